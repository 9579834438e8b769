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

@Suite struct SessionMemoryTests {
    private func talk(_ cells: [String], in session: Session = wholeSession()) -> String {
        var last = ""
        session.onOutput = { output in
            switch output {
            case .value(let rendering): last += rendering.plain + "\n"
            case .text(_, let text), .interrupted(let text): last += text
            case .failure(let diagnostic): last += diagnostic.rendered() + "\n"
            }
        }
        for cell in cells {
            last = ""
            session.run(Cell(cell))
        }
        return last
    }

    @Test func aCellIsStaleThroughAFunction() {
        let session = wholeSession()
        #expect(
            talk(["lr = 0.1", "def f(x) = x * lr", "y = f(2)", "z = y + 1", "lr = 0.2", ":stale"], in: session)
                .contains("cell 3: y = f(2)  `lr` was changed in cell 5"))
        #expect(session.staleCells().map { session.records[$0.index].number } == [3, 4])
        #expect(talk([":rerun stale", ":stale"], in: session) == "no cell is stale\n")
        #expect(talk(["z"], in: session) == "1.4\n")
    }

    @Test(arguments: [
        (["x = 1", "x", "x"], []), (["x = 1", "x + 1", "x = 2"], [2]), (["x = 1", "y = x", "x = 2", "y = 5"], []),
        (["x = 1", "x = x + 1", "y = x", "x = 3"], [3]), (["x = 1", "f = a -> a + x", "x = 2"], []),
        (["x = 1", "f = a -> a + x", "[f][0](1)", "x = 2"], [3]),
        (["n = 3", "for i in range(n) { s = i }", "n = 4"], [2]),
        (["a = 1", "b = a + 1", "a = b + 1", "a"], [2, 3, 4]), (["x = 1", "x;", "x = 2", "x;"], []),
    ])
    func staleness(_ cells: [String], _ expected: [Int]) {
        let session = wholeSession()
        _ = talk(cells, in: session)
        #expect(session.staleCells().map { session.records[$0.index].number } == expected)
    }

    @Test func rerunningDrawsTheSameNumbers() {
        let session = wholeSession()
        let first = talk(["rand()"], in: session)
        _ = talk(["rand()"], in: session)
        #expect(talk([":rerun 1"], in: session).hasSuffix(first))
        #expect(talk(["rand()"], in: session) == talk(["rand()", "rand()", "rand()"]))
    }

    @Test func aStaleCellRunsAfterThoseItBuildsOn() {
        let session = wholeSession()
        _ = talk(["a = 1; b = 1; c = 1", "d = c + 1", "c = a + b", "a = 5", ":rerun stale"], in: session)
        #expect(talk([":stale"], in: session) == "no cell is stale\n")
        #expect(talk(["[c, d]"], in: session) == "[6, 7]\n")
        // Two that use each other's names run once each.
        _ = talk([":reset", "p = 1; q = 1", "p = q + 1", "q = p + 1", ":rerun stale"], in: session)
        #expect(talk(["[p, q]"], in: session) == "[4, 5]\n")
    }

    @Test func aCellThatRanOthersRunsThemOnce() {
        let session = wholeSession()
        #expect(talk(["x = 1", "x = x + 1", ":rerun 2", ":rerun 3", "x"], in: session).hasSuffix("4\n"))
    }

    @Test func undoGivesBackNumbersNamesAndRandomNumbers() {
        let session = wholeSession()
        let drawn = talk(["x = 1", "x = 2", "rand()"], in: session)
        #expect(talk([":undo 2"], in: session) == "took back cells 2 and 3\n")
        #expect(session.nextCell == 2)
        #expect(talk(["x"], in: session) == "1\n")
        #expect(talk(["rand()"], in: session) == drawn)
        #expect(session.records.map(\.source).filter { !$0.hasPrefix(":") } == ["x = 1", "x", "rand()"])
    }

    @Test func aResetCanBeTakenBack() {
        let session = wholeSession()
        _ = talk(["x = 1", "rand()", ":reset"], in: session)
        #expect(talk(["x"], in: session).contains("not defined"))
        #expect(talk([":undo 2", "x"], in: session) == "1\n")
        #expect(SavedSession(session.records, seed: 0).text.hasPrefix("x = 1\nrand()"))
    }

    @Test func lookingChangesNothing() {
        let session = wholeSession()
        _ = talk(["5", ":type rand()", ":bench rand()"], in: session)
        #expect(talk(["ans"], in: session) == "5\n")
        #expect(talk(["rand()"], in: session) == talk(["rand()"]))
    }

    @Test func onlyTheLastHundredResultsAreKept() {
        let session = wholeSession()
        for number in 1...150 { session.run(Cell("\(number)")) }
        #expect(talk(["[out[10], out[49], out[60], out[150]]"], in: session) == "[nothing, nothing, 60, 150]\n")
    }
}

@Suite struct JournalTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-\(UUID().uuidString)")
        .path

    @Test func aLostSessionComesBack() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession(seed: 3)
        do {
            let journal = Journal(folder: folder, seed: 3)
            for cell in ["x = rand()", "nope", "y = 1\ny"] {
                journal.begin(cell)
                session.run(Cell(cell))
                journal.end(session)
            }
            journal.begin("while true { }")
            #expect(LostSession.latest(in: folder) == nil, "it lives")
        }
        let lost = try #require(LostSession.latest(in: folder))
        #expect(lost.seed == 3)
        #expect(lost.cells.map(\.text) == ["x = rand()", "nope", "y = 1\ny", "while true { }"])
        #expect(lost.cells.map(\.hasEnded) == [true, true, true, false])
        let again = wholeSession(seed: 3)
        for cell in lost.cells where cell.hasEnded { again.rerun(cell) }
        #expect(again.nextCell == 4)
        #expect(SavedSession(again.records, seed: 3).text == SavedSession(session.records, seed: 3).text)
        lost.remove()
        #expect(LostSession.latest(in: folder) == nil)
    }

    @Test func aSessionKilledWhileItIsBroughtBackIsStillWhole() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession()
        func keep(_ cells: [String], in journal: Journal) {
            for cell in cells {
                journal.begin(cell)
                session.run(Cell(cell))
                journal.end(session)
            }
        }
        do { keep(["x = 1", "y = 2"], in: Journal(folder: folder, seed: 0)) }
        let lost = try #require(LostSession.latest(in: folder))
        usleep(2000)
        do { keep(["x = 1"], in: Journal(folder: folder, seed: 0, restoring: lost)) }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["x = 1", "y = 2"])
        LostSession.clean(folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        usleep(2000)
        // One that was stopped on the way and went on by itself.
        do {
            let journal = Journal(folder: folder, seed: 0, restoring: lost)
            keep(["x = 1"], in: journal)
            journal.stopRestoring()
            keep(["z = 3"], in: journal)
        }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["x = 1", "z = 3"])
        lost.remove()
        usleep(2000)
        do { keep(["w = 4"], in: Journal(folder: folder, seed: 0, restoring: lost)) }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["w = 4"])
    }

    @Test func tornLinesAreLeftOut() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession()
        do {
            let journal = Journal(folder: folder, seed: 0)
            journal.begin("x = 1")
            session.run(Cell("x = 1"))
            journal.end(session)
            journal.begin("x = 2")
        }
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: folder + "/" + name))
            let cells = LostSession.latest(in: folder)?.cells ?? []
            #expect(["x = 1", "x = 2"].starts(with: cells.map(\.text)))
        }
    }

    @Test func aPeacefulEndLeavesNothing() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = Journal(folder: folder, seed: 0)
        journal.begin("x = 1")
        journal.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
