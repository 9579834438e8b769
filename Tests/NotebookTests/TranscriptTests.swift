// Pasted transcripts: prompts and outputs go, everything else stays.
import Notebook
import Testing

@Suite struct TranscriptTests {
    @Test func numberedPromptsAndOutputsAreRemoved() {
        #expect(Transcript.stripped("3> x = 4\n4> x + 1\n#> 5") == "x = 4\nx + 1")
        #expect(Transcript.stripped("x + 1\n#> 5\n#> 6") == "x + 1")
    }

    @Test func outputsOfAPromptAreRemoved() {
        let text = """
            Lethe 0.1 · OpenBLAS 0.3.21 Cooperlake · 2 threads · seed 0      :help · :guide · Ctrl-D
            1> x = 4
            2> x + 1
            5
            3> nope
            error: `nope` is not defined
              cell 3 │ nope
                     │ ^^^^
            4> base = train(base, d, steps=5)
            train  5/5  loss 3.296 → 1.952  8.4 s  59 steps/s
            5> [1, 2]
            [1, 2]
            6> 
            """
        #expect(Transcript.stripped(text) == "x = 4\nx + 1\nnope\nbase = train(base, d, steps=5)\n[1, 2]\n")
    }

    @Test func cellsOfSeveralLinesStayWhole() {
        #expect(Transcript.stripped("1> def f(x) {\n..   x\n.. }\n2> f(1)\n1") == "def f(x) {\n  x\n}\nf(1)")
        #expect(Transcript.stripped("1> def f(x) {\n  x + 1\n}\n2> f(1)\n2") == "def f(x) {\n  x + 1\n}\nf(1)")
        #expect(Transcript.stripped("1> f(1,\n  2)\n3\n2> 4\n4") == "f(1,\n  2)\n4")
        // Assignments print nothing, so what follows them and is one is no output.
        #expect(Transcript.stripped("1> x = 1\ny = 2\n2> x\n1") == "x = 1\ny = 2\nx")
        // What a print or a loop wrote may look like one.
        #expect(Transcript.stripped("1> print(\"x = 3\")\nx = 3\n2> 4\n4") == "print(\"x = 3\")\n4")
        #expect(
            Transcript.stripped("1> for i in xs { print(\"x = {i}\") }\nx = 3\nx = 4")
                == "for i in xs { print(\"x = {i}\") }")
    }

    @Test func cancelledCellsAndIndentationGo() {
        #expect(Transcript.stripped("1> f(^C\n1> 2\n2") == "2")
        #expect(
            Transcript.stripped("    1> x = 4\n    2> if x > 3 {\n      1\n    }\n    1") == "x = 4\nif x > 3 {\n  1\n}"
        )
    }

    @Test(arguments: [
        // What goes on with an open bracket, block or string is code.
        ("x = [1,\n2> 1]\nx", nil), ("x = [1,\n#> 2\n2]", nil), ("f(a,\n> 3)", nil), ("if true {\n3> 2\n}", nil),
        ("x = (a\n>>> b", nil),
        ("1> x = [1,\n2> 1]\n2> x\n[1, true]", "x = [1,\n2> 1]\nx"),
        // Other programs' sessions.
        (">>> y = 3\n>>> y + 1\n4", "y = 3\ny + 1"), (">>> f(1,\n...   2)\n3\n>>>", "f(1,\n  2)\n"),
        ("In [1]: y = 3\n\nIn [2]: y + 1\nOut[2]: 4\n\nIn [3]: ", "y = 3\ny + 1\n"),
        ("In [7]: f(1,\n   ...:   2)\nOut[7]: 3", "f(1,\n  2)"),
        ("julia> y = 3\n3\n\njulia> y + 1\n4\n\njulia>", "y = 3\ny + 1\n"),
        ("> y = 3\n> f(1,\n+ 2)\n[1] 4\n> ", "y = 3\nf(1,\n2)\n"),
        ("octave:1> y = 3\ny = 3\noctave:2> y + 1\nans = 4", "y = 3\ny + 1"),
        (">> y = 3\n>> y + 1\n\nans =\n\n     4\n", "y = 3\ny + 1"),
        ("  >>> y = 3\n  >>> y", "y = 3\ny"), ("y = 3\n>>> y + 1\n4", "y = 3\ny + 1"),
        ("$ python3\n>>> 1 + 1\n2", "1 + 1"),
        // What only looks like it.
        ("a >>> b", nil), ("In = [1]", nil), ("# > quoted\n# >>> more", nil), ("x |> f\n|> g", nil),
        ("julia = 3\njulia > 2", nil),
    ]) func sessionsOfOtherProgramsAndOpenCells(_ text: String, _ cells: String?) {
        #expect(Transcript.stripped(text) == cells ?? text)
    }

    @Test func halfAComparisonThatIsTypedIsNoPrompt() {
        #expect(Transcript.strippedWhereSenseless("> 3") == "> 3")
        #expect(Transcript.strippedWhereSenseless(">>> y = 3") == "y = 3")
    }

    @Test func aLongScriptIsReadInTime() {
        let block = "def f(x) {\n" + String(repeating: "  x = x + 1\n", count: 2000) + "}\n"
        let start = ContinuousClock.now
        #expect(Transcript.stripped(block) == block)
        #expect(Transcript.stripped(block + "f(1)\n#> 2001") == block + "f(1)")
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func continuationPromptsAreRemovedInTranscriptsOnly() { #expect(Transcript.stripped("a\n.. b") == "a\n.. b") }

    @Test(arguments: ["x > 3", "3>x", "12 > 4", "# > 5", "x -> x + 1", "", "  x = 1\n  y = 2"])
    func codeThatLooksAlikeStays(_ text: String) { #expect(Transcript.stripped(text) == text) }

    @Test func aTypedPromptAloneIsAnEmptyCell() { #expect(Transcript.stripped("7> ") == "") }

    @Test func whatIsTypedLosesAPromptOnlyWhereItMakesNoSense() {
        #expect(Transcript.strippedWhereSenseless("3> 2") == "3> 2")
        #expect(Transcript.strippedWhereSenseless("3> x = 4") == "x = 4")
        #expect(Transcript.strippedWhereSenseless("x + 1\n#> 5") == "x + 1\n#> 5")
    }
}

@Suite struct CellLayoutTests {
    private func layout(_ before: String, _ after: String = "", columns: Int = 10) -> CellLayout {
        CellLayout(prompt: "\u{1}\u{1B}[1m\u{2}1> \u{1}\u{1B}[0m\u{2}", before: before, after: after, columns: columns)
        {
            $0.value == 0x301 ? 0 : $0.value > 0x2E80 ? 2 : 1
        }
    }

    @Test func rowsBreakAtTheEdgeAndAtNewLines() {
        #expect(layout("abc").rows.count == 1)
        #expect(layout("abcdefg", "h").rows.count == 2)
        #expect(layout("ab\ncd", "\n").rows == ["\u{1B}[1m1> \u{1B}[0mab", "cd", ""])
        #expect(layout("abc").cursor == (0, 6))
        #expect(layout("abcdefg").cursor == (1, 0))
        #expect(layout("ab\ncd").cursor == (1, 2))
    }

    @Test func widthsCount() {
        #expect(layout("日本").cursor == (0, 7))
        // A wide character does not hang over the edge.
        #expect(layout("日本語x日").cursor == (1, 2))
        #expect(layout("e\u{301}").cursor == (0, 4))
        #expect(layout("\t").cursor == (0, 8))
        #expect(layout("\u{7}").cursor == (0, 5))
    }
}

@Suite struct ColumnsTests {
    @Test func downTheColumns() {
        #expect(Columns.lines(["a", "b", "c", "d", "e"], columns: 8, most: 10) == ["a  c  e", "b  d"])
        #expect(Columns.lines(["long word", "b"], columns: 5, most: 10) == ["long word", "b"])
        #expect(Columns.lines([], columns: 5, most: 10).isEmpty)
    }

    @Test func tooManyAreCounted() {
        #expect(Columns.lines((0..<9).map { "w\($0)" }, columns: 8, most: 3) == ["w0  w2", "w1  w3", "… and 5 more"])
    }
}
