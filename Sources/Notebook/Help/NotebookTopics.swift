// Short pages about the prompt and notebooks: ?printing, ?cells, ?keys. Tests run their examples.

enum NotebookTopics {
    static let all: [Topic] = [
        Topic(
            "printing", [";", "output", "silence"], form: "expression   expression;",
            """
            A line that is an expression prints its value, at the prompt and in scripts alike; `;` behind it keeps it \
            silent. print writes without quotes, show writes all of a long value.
            """,
            ["1 + 1\n#> 2", "1 + 1;\nprint(\"sum\", 1 + 1)\n#> sum 2"], seeAlso: ["print", "show", "repr", ":set"]),
        Topic(
            "ans", ["out", "_"], form: "ans   out[3]",
            "The last value that was printed, and the value of the cell with that number.",
            ["6 * 7\nans + 1\n#> 42\n#> 43"], seeAlso: ["|>", ":undo"]),
        Topic(
            "random", ["seed", "randomness"], form: "seed(7)   f(…, seed=7)",
            """
            Every session starts from seed 0, so that the same script gives the same digits on the same machine, \
            whatever the number of threads. seed(n) starts again; seed=n lets one call draw from a stream of its own.
            """,
            ["seed(7)\na = randn(3)\nseed(7)\nnorm(a - randn(3))\n#> 0"], seeAlso: ["seed", "randn", ":set"]),
        Topic(
            "cells", ["# %%", "#>", "notebook", "scripts"], form: "# %% title   #> output",
            """
            A script is text with one statement a line; `# %% title` begins a cell, lines `#>` are what the code above \
            them printed. `lethe file.lethe` runs it; `args` holds the words behind the file's name.
            """,
            ["# %% Two numbers\nx = 2\nx + 1\n#> 3"], seeAlso: ["comments", "printing"]),
        Topic(
            "keys", ["editing", "history", "shortcuts"], form: "TAB   Up   Ctrl-R   Ctrl-C   Ctrl-D",
            """
            TAB completes names, fields, options and files. Enter runs the cell when it is whole and begins a new line \
            when it is not; Alt-Enter always begins one. Up and Down move between lines and then through earlier cells \
            that begin with what stands before the cursor; Ctrl-R searches them, and `:history text` lists those \
            that hold it. What stands grey behind the cursor is how the newest such cell went on: Right or End takes \
            it, \
            Alt-F a word of it. Ctrl-C drops what is typed, or stops \
            a computation and keeps what it has; Ctrl-D leaves. Ctrl-X Ctrl-E opens the cell in $EDITOR. Keys can be \
            set in ~/.inputrc between `$if lethe` and `$endif`.
            """,
            ["# typed at the prompt: def f(x) {, Enter, x + 1, Enter, }, Enter\ndef f(x) {\n  x + 1\n}\nf(1)\n#> 2"],
            seeAlso: [":help", ":undo"]),
    ]
}
