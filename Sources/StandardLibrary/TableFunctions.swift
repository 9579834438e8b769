// Functions of tables: table, columns, group. Those of lists (sort, filter, map, reverse, len, …) work on them, too.
import Language

enum TableFunctions {
    static var builtins: [Builtin] { [table, columns, group, latex] }

    private static var table: Builtin {
        Builtin(
            "table", family: "tables",
            [
                .positional(
                    "records", .either(.list(of: .record), .record(of: .list), .described("a table")),
                    default: .nothing, "the rows, or the columns by name"),
                .option(
                    "row_names", .string, default: .nothing,
                    "the column that names the rows: t.x is then a record by these names"),
                .named("column", .list, "columns by name: loss=[1, 2]"),
            ],
            summary: """
                A table of rows and columns. It is made of records, whose names are the columns' (what one lacks is \
                none), or of columns by name. t.loss is a column as a list, t[0] a row as a record, t[2:5] and \
                t[[3, 1]] tables; a loop gives the rows. compare, scores and attack give tables, too.
                """,
            examples: [
                """
                t = table([(rate=0.1, loss=2.5), (rate=0.01, loss=2.25, note="best")])
                t
                #> rate  loss  note
                #>  0.1   2.5  –
                #> 0.01  2.25  best
                """,
                "t = table(rate=[1, 2, 3], loss=[5, 4, 6])\nsort(t, by=\"loss\")[0].rate\n#> 2",
                "t = table(rate=[1, 2])\nt.half = map(x -> x / 2, t.rate)\nt[1]\n#> (rate=2, half=1)",
            ], seeAlso: ["columns", "group", "sort", "filter", "latex"]
        ) { call in
            let given = try call.value("records")
            var named = try call.record("column")
            var result: TableValue
            if given.isNothing {
                result = try Tables.table(ofColumns: named, at: .argument("column"))
                named = [:]
            } else if let table = try Tables.reading(given, call.interpreter, at: .argument("records")) {
                result = table
            } else {
                throw call.wrong("records", given, mustBe: "a list of records, or a record of lists")
            }
            for (name, column) in named.fields {
                result = try result.setting(column: name, to: column, at: .argument("column"))
            }
            if let heading = try call.optional("row_names", { try $0.string("row_names") }) {
                result = result.named(by: try result.known(column: heading, at: .argument("row_names")))
            }
            return .foreign(result)
        }
    }

    private static var columns: Builtin {
        Builtin(
            "columns", family: "tables",
            [
                .positional("table", .table, "what has columns"),
                .positional("names", .list(of: .string), default: .nothing, "the columns to keep, in that order"),
            ],
            summary: "Some columns of a table, in the order given; without names, the names of all of them.",
            examples: [
                "t = table(a=[1, 2], b=[3, 4], c=[5, 6])\ncolumns(t, [\"c\", \"a\"])\n#> c  a\n#> 5  1\n#> 6  2",
                "columns(table(a=[1], b=[2]))\n#> [\"a\", \"b\"]",
            ], seeAlso: ["table", "keys"]
        ) { call in
            let table = try call.foreign("table", as: TableValue.self)
            switch try call.value("names") {
            case .nothing: return .list(table.names.map { .string($0) })
            case .string(let name): return .foreign(try table.selecting(columns: [name.string], at: .argument("names")))
            default: return .foreign(try table.selecting(columns: call.strings("names"), at: .argument("names")))
            }
        }
    }

    private static var latex: Builtin {
        Builtin(
            "latex", family: "tables",
            [
                .positional("table", .table, "what is written"),
                .option("digits", .count(min: 1, max: 17), default: .nothing, shown: "as shown", "significant digits"),
            ],
            summary: """
                A table as a LaTeX tabular with the rules of booktabs (\\usepackage{booktabs}). Figures stand at the \
                right; characters that LaTeX obeys are written out.
                """,
            examples: [
                """
                print(latex(table(method=["ga_kl"], rise=[0.25])))
                #> \\begin{tabular}{lr}
                #> \\toprule
                #> method & rise \\\\
                #> \\midrule
                #> ga\\_kl & 0.25 \\\\
                #> \\bottomrule
                #> \\end{tabular}
                """
            ], seeAlso: ["table"]
        ) { call in
            let table = try call.foreign("table", as: TableValue.self)
            let digits = try call.optional("digits") { try $0.integer("digits") } ?? call.host.digits
            let isTracked = call.interpreter.noteText(of: .foreign(table))
            let text = try LaTeXTable.text(table, digits: digits, poll: call.interpreter.poll)
            return .string(Text(text).tracked(isTracked))
        }
    }
}

extension ParameterType {
    /// A table.
    public static let table = kind("a table", "tables", family: nil) { $0.foreign is TableValue }
}
