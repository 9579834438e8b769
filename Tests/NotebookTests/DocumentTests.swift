// Scripts as documents: their cells, what counts as the same output, checking and bringing up to date.
import Foundation
import Language
import Tensors
import Testing
import Vocabulary

import Notebook

@Suite struct DocumentTests {
    @Test func cellsAndProse() {
        let document = Document(
            """
            #!/usr/bin/env lethe
            # What this is.

            # %% [markdown]
            # # A title
            # Some *prose*.

            # %% A base model [slow]
            x = 1
            x
            #> 1
            y = 2

            # %%
            y
            #> 2
            """)
        #expect(document.hasMarkers)
        #expect(document.title == "A title")
        #expect(document.chunks.map(\.kind) == [.prose, .prose, .code, .code, .code])
        #expect(
            document.chunks.map(\.source) == ["What this is.", "# A title\nSome *prose*.", "x = 1\nx", "y = 2\n", "y"])
        #expect(document.chunks.map(\.title) == ["", "", "A base model", "", ""])
        #expect(
            document.chunks[2].tags == ["slow"] && document.chunks[3].tags == ["slow"]
                && document.chunks[4].tags.isEmpty)
        #expect(document.chunks[2].expected == ["1"])
        // Every line belongs to one chunk.
        #expect(document.chunks.flatMap { Array($0.lines) } == Array(0..<document.lines.count))
    }

    /// Lines that look like marks are comments where a bracket is open around them, as they are when the script runs.
    @Test(arguments: [
        ("x = [1,\n#> 2\n  2,\n# %% title\n  3]\nx\n#> [1, 2, 3]\n", 1),
        ("def f(a) {\n#> hm\n  a + 1\n}\nf(1)\n#> 2\n", 1),
        ("if 1 > 2 {\n  3\n} else {\n# %%\n#> 5\n  4\n}\n#> 4\n", 1),
        ("x = 1\nfor i in [x,\n# %%\n 2] {\n#> no\n  print(i)\n}\n#> 1\n#> 2\n", 1),
        // A bracket that nobody closes surrounds nothing, and two wrong statements are not one.
        ("x = (1\n#> error\n# %%\ny = 2\ny\n#> 2\n", 2), ("f(1\n#> error: a\nx)\n#> error: b\n", 2),
        ("x = \"(\"\n# %%\nx + \")\"\n#> \"()\"\n", 2),
    ]) func marksInsideOfBrackets(_ text: String, _ chunks: Int) {
        #expect(Document(text).chunks.count == chunks)
        #expect(Document(text).text == text)
    }

    @Test func aTextKeepsItsLines() {
        for text in ["", "x", "x\n", "#> 1\n", "# %%\n", "x\r\n#> 1\r\n", "x\r\ny\n", "\n\n1\n\n#> 1\n\n"] {
            #expect(Document(text).text == text)
        }
    }

    @Test(arguments: [
        ("1.98", "1.9753", true), ("1.98", "1.99", false), ("1.975", "1.9753", true), ("2", "2", true),
        ("2", "2.0", false), ("2", "3", false), ("3.0", "3", true), ("2.1e-35", "2.13e-35", true),
        ("2.1e-35", "2.2e-35", false), ("-0.5", "-0.49", true), ("-0.5", "0.5", false),
        ("loss 1.9  step 3", "loss 1.93  step 3", true), ("loss 1.9  step 3", "loss 1.93  step 4", false),
        ("a ... z", "a b c z", true), ("a ... z", "a b c", false), ("...", "anything", true), ("x  ", "x", true),
        ("gpt2 1.0", "gpt2 1", true), ("a  b", "a b", false), ("  1.50   2", "1.5 2", false),
        ("   1.50   2", " 1.497 2", true), ("nan", "nan", true), ("1.5", "nan", false),
        ("\"a 1.5\"", "\"a 1.52\"", true),
    ])
    func aLineAgreesToTheDigitsWritten(_ expected: String, _ actual: String, _ agrees: Bool) {
        #expect(ExpectedLine(expected).matches(actual) == agrees)
    }

    @Test(arguments: [
        (["..."], [], true), (["..."], ["a", "b"], true), (["a", "...", "d"], ["a", "b", "c", "d"], true),
        (["a", "..."], ["b"], false),
        (["...", "b", "...", "d"], ["a", "b", "b", "c", "d"], true), (["a"], ["a", "b"], false), ([], ["a"], false),
        ([], [], true),
    ])
    func dotsStandForLines(_ expected: [String], _ actual: [String], _ agrees: Bool) {
        #expect(ExpectedOutput(lines: expected).matches(actual) == agrees)
    }

    private func check(_ text: String) -> Checker.Report {
        Checker(session: wholeSession()).check(text, name: "f.lethe")
    }

    @Test func aScriptThatPrintsWhatItSays() {
        let report = check(
            """
            x = 2
            x / 3
            #> 0.67

            # %% An error
            nope
            #> error: `nope` is not defined
            #> ...
            # %% [skip]
            error("no")

            """
        )
        #expect(report.text == "f.lethe: 2 passed, 0 failed, 1 skipped")
    }

    @Test func aDifferenceIsShown() {
        let report = check("1 + 1\n#> 3\nprint(1)\nprint(2)\n#> 1\n2\n")
        #expect(
            report.text == """
                f.lethe:2: expected 3, got 2
                  -#> 3
                  +#> 2
                f.lethe:5: expected nothing, got 2
                  +#> 2
                f.lethe:6: expected nothing, got 2
                  +#> 2
                f.lethe: 0 passed, 3 failed
                """)
        #expect(report.updated == "1 + 1\n#> 2\nprint(1)\nprint(2)\n#> 1\n#> 2\n2\n#> 2\n")
        #expect(check(report.updated).mismatches.isEmpty)
    }

    @Test func anUnexpectedErrorIsADifference() {
        let report = check("x = nope\ny = 1\n#> 5\n2\n#> 2\n")
        #expect(report.mismatches.count == 1 && report.passed == 1)
        #expect(report.text.contains("got error: `nope` is not defined"))
    }

    @Test func updatingTouchesOnlyWhatDiffers() {
        let text = """
            # %% A
            print(1.23456)
            print(2)
            print(3.14159)
            #> 1.23
            #> 7
            #> 3.1

            # %% B

            5

            # %% C
            6
            #> 6

            """
        #expect(
            check(text).updated
                == text.replacingOccurrences(of: "#> 7", with: "#> 2").replacingOccurrences(
                    of: "\n5\n", with: "\n5\n#> 5\n"))
    }

    @Test(arguments: [
        ("1\r\n#> 2\r\n3\r\n#> 3\r\n", "1\r\n#> 1\r\n3\r\n#> 3\r\n"), ("1\r\n2\r\n", "1\r\n#> 1\r\n2\r\n#> 2\r\n"),
        ("1\n#> 2\nx = 1", "1\n#> 1\nx = 1"),
        ("print(\"a\\r\\nb\")\n", "print(\"a\\r\\nb\")\n#> a\r\n#> b\n"),
    ])
    func updatingKeepsTheEndsOfLines(_ text: String, _ expected: String) {
        let updated = check(text).updated
        #expect(updated == expected && Array(updated.utf8) == Array(expected.utf8))
        #expect(check(updated).mismatches.isEmpty)
    }

    @Test func manyDotsInALineTakeNoTime() {
        let line = String(repeating: "a", count: 5000)
        #expect(!ExpectedLine(String(repeating: "...a", count: 30) + "...b").matches(line))
        #expect(ExpectedLine(String(repeating: "...a", count: 30)).matches(line))
        #expect(ExpectedLine("x ... 1.5 ... 2.50 ... z").matches("x 1.5 1.5 2.4 2.501 2 z"))
    }

    @Test func outputsStandBelowTheirStatementsWhereThereAreNoMarkers() {
        #expect(check("1\nx = 2 # two\nx\n\n\n3").updated == "1\n#> 1\nx = 2 # two\nx\n#> 2\n\n\n3\n#> 3\n")
    }
}
