// `use "file.lethe"`: what a file defines, as a record.
import Language
import Testing

@Suite struct UseTests {
    private func bench(_ files: [String: String]) -> Bench {
        let bench = Bench()
        bench.files = files
        return bench
    }

    @Test func givesWhatAFileDefines() {
        let bench = bench(["lib.lethe": "half = 2\ndef f(x) = g(x) / half\ndef g(x) = x + 1\nf(3)\nprint(\"read\")"])
        #expect(bench.cell(1, "lib = use \"lib.lethe\"") == "read\n")
        #expect(bench.cell(2, "lib.f(3)") == "2\n")
        #expect(bench.cell(3, "keys(lib)") == "[\"half\", \"f\", \"g\"]\n")
        // Its names are its own, and the session's are none of its business.
        #expect(bench.cell(4, "half").contains("`half` is not defined"))
        #expect(bench.cell(5, "half = 100; def g(x) = 0\nlib.f(3)") == "2\n")
        #expect(bench.interpreter.globals.map(\.name) == ["lib", "half", "g"] || bench.interpreter.globals.count <= 4)
        #expect(bench.cell(6, "(use \"lib.lethe\").half + map((use \"lib.lethe\").f, [1])[0]") == "3\n")
    }

    @Test func runsOncePerVersion() {
        let bench = bench([
            "a.lethe": "print(\"a\"); x = 1", "b.lethe": "a = use \"a.lethe\"\nprint(\"b\"); y = a.x + 1",
        ])
        #expect(bench.cell(1, "(use \"b.lethe\").y") == "a\nb\n2\n")
        #expect(bench.cell(2, "for i in range(3) { (use \"b.lethe\").y }\nuse \"a.lethe\"") == "(x=1)\n")
        // Whoever uses a file that changed runs again; whoever holds the old one keeps it.
        #expect(bench.cell(3, "old = use \"b.lethe\"") == "")
        bench.files["a.lethe"] = "x = 5"
        #expect(bench.cell(4, "(use \"b.lethe\").y") == "b\n6\n")
        #expect(bench.cell(5, "old.y") == "2\n")
    }

    @Test func pathsStartFromTheFileThatUsesThem() {
        let bench = bench([
            "lib/a.lethe": "b = use \"parts/b.lethe\"", "lib/parts/b.lethe": "c = (use \"../c.lethe\").c",
            "lib/parts/../c.lethe": "c = 7",
        ])
        #expect(bench.run("a = use \"a.lethe\"; a.b.c", origin: .file("lib/main.lethe")) == "7\n")
    }

    @Test func circlesAreRefused() {
        let files = [
            "a.lethe": "b = use \"b.lethe\"", "b.lethe": "c = use \"c.lethe\"", "c.lethe": "a = use \"a.lethe\"",
            "me.lethe": "use \"me.lethe\"",
        ]
        let text = bench(files).cell(1, "use \"a.lethe\"")
        #expect(text.contains("these files use each other in a circle: a.lethe → b.lethe → c.lethe → a.lethe"))
        #expect(text.contains("c.lethe:1:5"))
        #expect(bench(files).cell(1, "use \"me.lethe\"").contains("`me.lethe` uses itself"))
    }

    @Test func errorsPointIntoTheFile() {
        let bench = bench([
            "bad.lethe": "x = 1\ny = x + \"a\"", "syntax.lethe": "x = 1\ny = (", "command.lethe": ":save f",
            "late.lethe": "def f(x) = x.nosuch", "builtin.lethe": "len = 3",
        ])
        let text = bench.cell(1, "lib = use \"bad.lethe\"")
        #expect(text.hasPrefix("bad.lethe:2:5: error: `+` has no meaning between a number and a string"))
        #expect(text.contains("in bad.lethe, used in cell 1: use \"bad.lethe\""))
        #expect(bench.cell(2, "lib").contains("`lib` is not defined"))
        #expect(bench.cell(3, "use \"syntax.lethe\"").hasPrefix("syntax.lethe:2:"))
        #expect(bench.cell(4, "use \"command.lethe\"").contains("commands act on the session"))
        #expect(bench.cell(5, "(use \"late.lethe\").f(3)").hasPrefix("late.lethe:1:"))
        #expect(bench.cell(6, "use \"builtin.lethe\"").contains("`len` is built in"))
        #expect(bench.cell(7, "use \"nosuch.lethe\"").contains("cannot read `nosuch.lethe`"))
        #expect(bench.cell(8, "try { use \"bad.lethe\" } catch e { [e.place, e.line] }") == "[\"bad.lethe\", 2]\n")
    }

    @Test func goingBackKeepsWhatFilesDefine() throws {
        let bench = bench(["lib.lethe": "k = 3\ndef f(x) = x * k"])
        let before = bench.interpreter.snapshot()
        _ = bench.cell(1, "lib = use \"lib.lethe\"; f = lib.f")
        let function = try #require(bench.interpreter["f"])
        bench.interpreter.restore(before)
        #expect(bench.interpreter["lib"] == nil)
        bench.interpreter["f"] = function
        #expect(bench.cell(2, "f(2)") == "6\n")
    }

    @Test func aFunctionTakesFilesInWhenItRuns() {
        let bench = bench(["lib.lethe": "k = 3"])
        #expect(bench.cell(1, "def f() = (use \"lib.lethe\").k\nf() + f()") == "6\n")
    }
}
