// Short pages about the language itself: ?for, ?def, ?slices, ?|>. Tests run their examples.

import Language
import Vocabulary

/// One page about the language.
public struct Topic: Sendable {
    public let name: String
    public let aliases: [String]
    /// How it is written.
    public let form: String
    public let text: String
    public let examples: [String]
    public let seeAlso: [String]

    init(
        _ name: String, _ aliases: [String] = [], form: String, _ text: String, _ examples: [String],
        seeAlso: [String] = []
    ) {
        self.name = name
        self.aliases = aliases
        self.form = form
        self.text = text
        self.examples = examples
        self.seeAlso = seeAlso
    }
}

/// All pages about the language, in the order in which one learns it.
public enum LanguageTopics {
    public static let all =
        basics + control + functions + ModelTopics.all + RunTopics.all + NotebookTopics.all + PageTopics.all

    private static let basics: [Topic] = [
        Topic(
            "names", ["=", "assignment", "let", "var"], form: "name = expression",
            """
            Gives a value a name. Values never change; a name can be given another value, and whoever holds the old \
            one keeps it. A function's names are its own, whatever they are called. Outside functions the names of \
            built-in ones cannot be taken, except those of optimizers, losses, solvers and test functions and \
            \(listed(Vocabulary.takenNouns)); :drop gives them back.
            """,
            ["x = 3\ny = x\nx = 4\n[x, y]\n#> [4, 3]", "a, b = [1, 2]\nb\n#> 2", "step = 7\nstep + 1\n#> 8"],
            seeAlso: ["records", ":who", ":drop", ":undo"]),
        Topic(
            "numbers", ["number", "arithmetic", "operators", "+", "-", "*", "/", "%", "^", "**"],
            form: "1   2.5   3e-4   1_000_000",
            """
            There is one kind of number. `+ - * / %` calculate, `^` is the power, `==  !=  <  <=  >  >=` compare and \
            can be chained. Four significant digits are shown; repr shows all, :set digits 8 shows more.
            """,
            ["2 ^ 10 + 1\n#> 1025", "7 % 3\n#> 1", "x = 0.5\n0 < x <= 1\n#> true"],
            seeAlso: ["repr", "round", ":set", "@"]),
        Topic(
            "strings", ["string", "text", "\"", "'", "interpolation"], form: "\"text\"   'text'   \"{expression:.2f}\"",
            """
            Between double or single quotes. `{…}` inside puts a value in, `:.2f` behind it says how many digits; `{{` \
            is a brace. \\n is a new line, \\\" a quote. Strings have lengths, slices, `+` and `in`. Their characters \
            are Unicode scalars: "e\\u{301}" has two, and is another string than "é".
            """,
            [
                "x = 2 / 3\n\"x is {x:.3f}\"\n#> \"x is 0.667\"", "\"Lethe\"[0:3] + \"!\"\n#> \"Let!\"",
                "\"eth\" in \"Lethe\"\n#> true",
            ],
            seeAlso: ["print", "split_words", "replace", "slices"]),
        Topic(
            "lists", ["list", "[", "[]"], form: "[a, b, c]",
            """
            Values in order, counted from 0; a negative position counts from the end. Setting an item changes the \
            name's own copy. A list is a sequence and no vector: `+` joins two, `*` repeats one, and there is no other \
            arithmetic; tensor(xs) has all of it. Functions of one number, such as exp and round, take a list of \
            numbers and give the list of their values, as map would.
            """,
            [
                "[1, 2] * 2\n#> [1, 2, 1, 2]", "sqrt([1, 4])\n#> [1, 2]", "tensor([1, 2]) * 2\n#> tensor [2, 4]",
                "xs = [3, 1, 2]\nxs[0] + xs[-1]\n#> 5", "xs = [3, 1, 2]\nxs[1] = 10\nsort(xs)\n#> [2, 3, 10]",
                "[1, 2] + [3]\n#> [1, 2, 3]",
            ],
            seeAlso: ["slices", "len", "map", "range", "sort"]),
        Topic(
            "slices", ["slice", "indexing", "index", "[:]", "mask", "masks"],
            form: "x[start:stop]   x[start:stop:step]   x[:, 0]   x[[2, 0]]   x[mask]",
            """
            A part of a list, a string, examples, a table or a tensor: from start up to but without stop; either may \
            be left out. A list of positions chooses items in that order; a mask, a list of true and false or what \
            comparing a tensor gives, chooses those where it is true. Tensors take one index a dimension.
            """,
            [
                "range(10)[2:5]\n#> [2, 3, 4]", "\"forget\"[:3]\n#> \"for\"", "range(10)[::3]\n#> [0, 3, 6, 9]",
                "[\"a\", \"b\", \"c\"][[2, 0]]\n#> [\"c\", \"a\"]", "[5, 6, 7][[true, false, true]]\n#> [5, 7]",
            ],
            seeAlso: ["lists", "range", "tables"]),
        Topic(
            "tables", ["dataframe", "DataFrame", "data.frame", "csv"],
            form: "table([(a=1, b=2), …])   t.a   t[0]   t[0:5, \"a\"]",
            """
            Rows and columns of any values. table makes them of records or of columns; compare, scores and attack give \
            tables whose rows have names. A column is read with a point and set with `=`; t[i] is a row as a record, \
            slices, masks and lists of positions give tables. Loops, map, filter, sort and reverse work on rows, `+` \
            puts rows together. Long tables are cut in the middle; show writes all.
            """,
            [
                """
                t = table(rate=[0.1, 0.01, 0.001], loss=[2.5, 2.25, 2.75])
                for row in t { if row.loss > 2.5 { print(row.rate) } }
                #> 0.001
                """,
                "t = table(rate=[1, 2, 3], loss=[5, 4, 6])\nsort(t, by=\"loss\")[:2].rate\n#> [2, 1]",
                "t = table(a=[1, 2]) + table([(a=3, b=\"x\")])\nt.b\n#> [nothing, nothing, \"x\"]",
            ], seeAlso: ["table", "columns", "group", "sort", "filter", "write_csv", "latex"]),
        Topic(
            "records", ["record", "fields", ".", "dict"], form: "(name=value, other=value)   record.name",
            """
            Values by name, in order. A field is read with a point and set with `=`, which changes the name's own \
            copy. A loop with one name goes through the names of the fields, one with two through names and values; so \
            do map and filter, by the number of arguments that their function takes.
            """,
            [
                "for name, value in (a=1, b=2) { print(name, value) }\n#> a 1\n#> b 2",
                "s = (mom=0, hess=1)\ns.mom = 5\ns\n#> (mom=5, hess=1)", "keys((a=1, b=2))\n#> [\"a\", \"b\"]",
            ], seeAlso: ["keys", "merge", "has"]),
        Topic(
            "truth", ["and", "or", "not", "true", "false", "in", "==", "boolean", "&&", "||", "!"],
            form: "a and b   a or b   not a   x in xs",
            """
            Conditions are true or false. `and` and `or` stop as soon as the answer is known; `in` looks for an item, \
            a part of a string or a field.
            """,
            ["2 in [1, 2] and not (1 > 2)\n#> true", "x = 5\nx < 3 or x > 4\n#> true"], seeAlso: ["if"]),
        Topic(
            "nothing", ["none", "null"], form: "nothing   none",
            "The value of what has no value. It prints as nothing and is what options are that are not set.",
            ["x = nothing\nx == none\n#> true"], seeAlso: ["options"]),
        Topic(
            "tensors", ["@", "matrix"], form: "tensor([[1, 2], [3, 4]])   a @ b   a.T",
            """
            Arrays of 32-bit numbers. Arithmetic works element by element and stretches sides of length 1; `@` is the \
            matrix product; .shape, .size and .T are fields.
            """,
            ["a = tensor([[1, 2], [3, 4]])\n(a @ a)[0, 1]\n#> 10", "(tensor([1, 2]) * 10).shape\n#> [2]"],
            seeAlso: ["zeros", "randn", "sum", "slices", "argmax", "where", "solve"]),
        Topic(
            "comments", ["#", "comment"], form: "# to the end of the line",
            """
            Lethe reads no further than a `#`. A line `# %%` begins a cell of a script, and lines `#>` are recorded \
            output.
            """,
            ["1 + 1  # two\n#> 2"], seeAlso: ["cells"]),
    ]

    private static let control: [Topic] = [
        Topic(
            "if", ["else", "elif", "conditional", "?:"], form: "if condition { … } else if condition { … } else { … }",
            "Chooses. It is an expression: its value is that of the block that was chosen.",
            [
                "x = 3\nif x > 2 { \"big\" } else { \"small\" }\n#> \"big\"",
                "x = 3\nsize = if x < 0 { -1 } else if x == 0 { 0 } else { 1 }\nsize\n#> 1",
            ],
            seeAlso: ["truth", "while"]),
        Topic(
            "for", ["loop", "foreach"], form: "for item in items { … }   for a, b in pairs { … }",
            """
            Goes through a list, a string, a record's names, examples or a range. The loop's names stay after it. \
            A loop that takes long shows its progress, and Ctrl-C keeps what it did.
            """,
            [
                "total = 0\nfor i in range(5) { total = total + i }\ntotal\n#> 10",
                "for a, b in [[1, 2], [3, 4]] { print(a * b) }\n#> 2\n#> 12",
            ],
            seeAlso: ["range", "map", "while", "break"]),
        Topic(
            "while", form: "while condition { … }", "Repeats as long as a condition holds.",
            ["n = 1\nwhile n < 100 { n = n * 2 }\nn\n#> 128"], seeAlso: ["for", "break"]),
        Topic(
            "break", ["continue"], form: "break   continue",
            "`break` leaves the innermost loop, `continue` goes on with its next round.",
            [
                """
                for i in range(10) {
                  if i % 2 == 0 { continue }
                  if i > 6 { break }
                  print(i)
                }
                #> 1
                #> 3
                #> 5
                """
            ], seeAlso: ["for", "while"]),
        Topic(
            "try", ["catch", "except", "exception", "errors", "raise"], form: "try { … } catch e { … }",
            """
            Goes on after an error: the value is that of the first block, or of the second where the first one fails. \
            `e` is a record: `e.message` says what went wrong, `e.place`, `e.line` and `e.column` where, `e.advice` \
            what to do, `e.report` all of it as it would be printed. What was done before the error stays done; the \
            statement that failed did nothing. Ctrl-C is no error and passes through.
            """,
            [
                "def safe(x) = try { to_number(x) } catch { 0 }\nmap([\"1\", \"b\"], safe)\n#> [1, 0]",
                "try { 1 + \"a\" } catch e { e.message }\n#> \"`+` has no meaning between a number and a string\"",
            ], seeAlso: ["error", "assert"]),
        Topic(
            "use", ["import", "module", "include", "require"], form: "name = use \"file.lethe\"",
            """
            Takes in a file: its value is a record of the names that the file defines. The file runs once a session, \
            and again when it has changed; its names are its own. The path starts from the folder of the file that \
            `use` stands in; a file that is not there is looked for in the folders of LETHE_PATH (between colons), and \
            among the recipes that come with Lethe.
            """,
            ["# lib = use \"lib.lethe\"; lib.f(3)"], seeAlso: ["records", ":load"]),
    ]

    private static let functions: [Topic] = [
        Topic(
            "def", ["function", "functions", "func", "return"],
            form: "def f(x, k=1) = expression   def f(x) { … return a, b }",
            """
            Defines a function. A block gives its last expression, or what `return` says; several values come back as \
            a list. `k=1` makes k an option with a default. A function sees the names around it and cannot change them.
            """,
            [
                "def f(x, k=1) = k * x\nf(3) + f(3, k=10)\n#> 33",
                "def both(x) {\n  y = x ^ 2\n  return x, y\n}\na, b = both(4)\nb\n#> 16",
            ],
            seeAlso: ["->", "options", "source"]),
        Topic(
            "->", ["lambda", "arrow", "anonymous", "=>"], form: "x -> expression   (a, b) -> { … }",
            "A function without a name, for what takes a function.",
            ["map([1, 2, 3], x -> x ^ 2)\n#> [1, 4, 9]", "grad(x -> x ^ 3, 2)\n#> 12"],
            seeAlso: ["def", "map", "grad"]),
        Topic(
            "|>", ["pipe", "pipeline", "|"], form: "value |> f   value |> f(more, arguments)",
            """
            The left side becomes the first argument of the call on the right. A line that begins with `|>` continues \
            the one before; at the prompt it continues from the last value.
            """,
            ["[3, 1, 2] |> sort |> reverse\n#> [3, 2, 1]", "range(4)\n  |> map(x -> x * 10)\n  |> sum\n#> 60"],
            seeAlso: ["def", "ans"]),
        Topic(
            "options", ["keyword", "arguments", "named"], form: "f(x, name=value)   f(name=value)",
            """
            What a function works on is given by position, how it works by name. A call that gives only options to a \
            function that still needs arguments sets those options and gives the function back: that is how \
            optimizers, losses and solvers are configured.
            """,
            [
                "def scaled(x, by=1) = x * by\ntwice = scaled(by=2)\ntwice(21)\n#> 42",
                "opt = adamw(lr=3e-3)\nopt\n#> adamw(lr=0.003), needs model, gradient",
            ],
            seeAlso: ["def", "adamw", "graddiff"]),
    ]
}
