// Saved sessions: scripts that do again what the session did.
import Foundation
import Language
import Tensors
import Testing
import Vocabulary

import Notebook

@Suite struct SavedSessionTests {
    private func saved(_ cells: [String], seed: UInt64 = 0) -> (text: String, warnings: [String]) {
        let session = wholeSession(seed: seed)
        for cell in cells { session.run(Cell(cell)) }
        let saved = SavedSession(session.records, seed: seed)
        return (saved.text, saved.warnings)
    }

    @Test func cellsThatSucceededWithTheirOutputs() {
        let (text, warnings) = saved([
            "x = 1", "nope", ":who", "x + 1", "def f(x) {\n  x\n}", "a = 2\nb = nope\nc = 3", "1\n2;\n3", ":type x",
            "?len",
        ])
        #expect(text == "x = 1\nx + 1\n#> 2\ndef f(x) {\n  x\n}\na = 2\n1\n#> 1\n2;\n3\n#> 3\n")
        #expect(warnings.isEmpty)
    }

    @Test func randomNumbersAreTheSameAgain() throws {
        let (text, _) = saved(
            [
                "a = rand()", "rand() + nope", "rand()", ":bench rand()", "rand()", ":undo", "b = rand()\nb",
                ":rerun 3", "rand()",
            ], seed: 5)
        #expect(text.hasPrefix("seed(5)\n"))
        let report = Checker(session: wholeSession()).check(text, name: "f")
        #expect(report.mismatches.isEmpty, "\(text)\(report.text)")
    }

    @Test func whatIsMeasuredIsNotSaved() {
        let (text, _) = saved(["plan(() -> sum(randn(10, 10)))", "1"])
        #expect(text == "plan(() -> sum(randn(10, 10)))\n#> ...\n1\n#> 1\n")
        let report = Checker(session: wholeSession()).check(text, name: "f")
        #expect(report.mismatches.isEmpty, "\(report.text)")
    }

    @Test func numberedResultsGetNames() {
        let (text, warnings) = saved(["5 + 1", "out[1] * 2", "\"{out[1]} {out[2]}\""])
        #expect(
            text == "out_1 = 5 + 1\nout_1\n#> 6\nout_2 = out_1 * 2\nout_2\n#> 12\n\"{out_1} {out_2}\"\n#> \"6 12\"\n")
        #expect(warnings.count == 1)
    }

    /// Sessions whose saved script once did something else than they had done.
    @Test(arguments: [
        // A `|>` after a cell that is no printed value takes the last one, wherever that was.
        (
            ["2 + 3", "g = x -> x", "# why\n|> (x -> [x, 1])"],
            "2 + 3\n#> 5\ng = x -> x\n# why\nans |> (x -> [x, 1])\n#> [5, 1]\n"
        ),
        (["1;", "|> print"], "1;\nans |> print\n#> 1\n"),
        // Digits stay through a reset and go with what is taken back.
        ([":set digits 6", ":reset", "1 / 3"], ":set digits 6\n1 / 3\n#> 0.333333\n"),
        (["x = 1", "y = 2", ":set digits 6", ":undo", "1 / 3"], "x = 1\n1 / 3\n#> 0.3333\n"),
        // Of a line that failed its beginning stays, as silent as it was.
        (["a = 2; nope", "rand(); nope", "a"], "a = 2;\nrand();\na\n#> 2\n"), (["1 + 1; nope"], "1 + 1;\n"),
        // A cell that printed nothing has no value.
        (["x = 1", "2", "y = out[1]", "y"], "x = 1\n2\n#> 2\ny = nothing\ny\n"),
        // A comment is no recorded output.
        (["def f(x) {\n#> hm\n  x\n}", "f(2)"], "def f(x) {\n# > hm\n  x\n}\nf(2)\n#> 2\n"),
    ])
    func savedScriptsDoTheSameAgain(_ cells: [String], _ expected: String) {
        let session = wholeSession()
        for cell in cells { session.run(Cell(cell)) }
        let text = SavedSession(session.records, seed: 0, digits: session.savedDigits).text
        #expect(text == expected)
        #expect(Checker(session: wholeSession()).check(text, name: "f").mismatches.isEmpty)
        let again = wholeSession()
        again.begin(with: text, name: "f")
        #expect(SavedSession(again.records, seed: 0, digits: again.savedDigits).text == text)
    }

    @Test func whatCannotBeRepeatedIsSaid() {
        let (_, warnings) = saved(["x = 0", "for i in range(3) { x = i\n if i == 1 { error(\"no\") } }"])
        #expect(warnings.count == 1 && warnings[0].contains("cell 2"), "\(warnings)")
    }

    @Test(arguments: [
        "x = rand()\nx\n1 + 1\nprint(\"a\\n\\nb\")\n",
        "# A comment\n\n# %% [markdown]\n# Prose\n\n# %% A cell\n# why\nx = 1\n\nx\n\n# %% Another\nnope\n",
        "#!/usr/bin/env lethe\nx = 3\n\n\nx + 1\n# the end\n",
    ])
    func savingALoadedScriptAgainGivesTheSame(_ source: String) {
        let first = Checker(session: wholeSession()).check(source, name: "f").updated
        let session = wholeSession()
        session.begin(with: first, name: "f")
        let second = SavedSession(session.records, seed: 0).text
        #expect(
            second
                == first.replacingOccurrences(
                    of: "nope\n#> error: `nope` is not defined\n#>    │ nope\n#>    │ ^^^^\n", with: ""
                ).replacingOccurrences(of: "# %% Another\n", with: second.contains("Another") ? "# %% Another\n" : ""))
    }

    @Test func aReRunOfASavedSessionSavesTheSame() {
        let (text, _) = saved(["x = rand()", "x", "def f(a) {\n  a + x\n}", "[f(1), f(2)]", "x = 2; f(1)", ":drop x"])
        let session = wholeSession()
        session.begin(with: text, name: "f")
        #expect(SavedSession(session.records, seed: 0).text == text)
    }
}
