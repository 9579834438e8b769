// Short pages about what scripts become: pages with sliders, hand-outs, formulas. Tests run their examples.

enum PageTopics {
    static let all: [Topic] = [
        Topic(
            "sliders", ["slider", "interactive", "widgets", "manipulate"],
            form: "# %% title [slider lr=1e-4..1e-2 log 9]   [slider steps=10..50 5, loss=npo|graddiff]   [slider]",
            """
            A cell with such a title is computed for each of the values when the script is exported as a page, and the \
            page has a slider that switches between the results. The value is put in the place of that in the cell's \
            own line `lr = …`, which is what the script itself has; each starts from the same names and random \
            numbers. Ranges have 9 values unless they say how many, evenly apart or, after `log`, by equal ratios; \
            several sliders make up to 200 combinations. Cells titled [slider] right after it are computed with it.
            """,
            ["# %% One step [slider lr=0.1..0.9 5]\nlr = 0.5\n1 - lr * 2\n#> 0"],
            seeAlso: ["cells", "hand-outs", ":export"]),
        Topic(
            "hand-outs", ["handout", "exercises", "solutions", "lessons"],
            form: "# %% title [exercise]   # %% title [solution]",
            """
            The tags of cells of a lesson. `lethe export --handout` leaves out what is titled [solution]; a page folds \
            it otherwise. A cell titled [exercise] behind it is the task's check: `:play lesson.lethe` waits there \
            until the reader's own cells make it print what stands below it.
            """,
            ["# %% [solution]\ndef double(x) = 2 * x\n# %% Double [exercise]\ndouble(4)\n#> 8"],
            seeAlso: [":play", "cells", "sliders"]),
        Topic(
            "formulas", ["latex", "tex", "mathml", "math"], form: "$\\theta_{t+1} = \\theta_t - \\eta g$   $$ … $$",
            """
            LaTeX in prose, which a page shows as MathML. Known are Greek letters, operators, relations and arrows by \
            their usual names, ^ and _, primes, \\frac, \\binom, \\sqrt, \\left and \\right, \\text, \\operatorname, \
            \\mathbb, \\mathcal, \\mathbf, \\mathrm and their like, \\hat, \\bar, \\tilde, \\vec, \\dot, \\overline, \
            \\underbrace, \\overbrace, \\overset, \\underset, blanks, and the environments matrix, pmatrix, bmatrix, \
            vmatrix, cases, aligned and array. Another command stands as it is written; a formula whose braces do not \
            match stays text.
            """,
            ["# %% [markdown]\n# A step is $-\\eta\\, (H + \\lambda I)^{-1} g$.\n\n# %% Its sign\n-1\n#> -1"],
            seeAlso: ["cells", "sliders"]),
    ]
}
