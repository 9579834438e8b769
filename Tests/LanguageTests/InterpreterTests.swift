// What scripts cannot see: interruption, stopping after a statement, snapshots, calls from outside.
import Language
import Testing
import StandardLibrary

@Suite struct InterpreterTests {
    /// A built-in that is "interrupted": it gives back what it has and lets the statement finish.
    private static func partial(_ bench: () -> Bench?) -> Builtin {
        Builtin("partial", family: "test", [.positional("x", .number, default: 7)], summary: "Interrupted at once.") {
            call in
            call.interpreter.finishStatementThenStop("interrupted — \(call.assignedName ?? "?") holds step 3")
            return try call.value("x")
        }
    }

    @Test(arguments: [
        "for i in range(10^9) { x = i }", "def f() { for i in range(10^9) { x = i } }\nf()", "while true { }",
        "def f(n) { while n > 0 { n = n + 1 } }\nf(1)", "def f(n) = if n > 0 { f(n) } else { 0 }\nmap(f, range(10))",
        "map(x -> x, range(10^8))",
    ]) func aLoopStopsWhenAsked(_ text: String) {
        let bench = CountingBench(polls: 5)
        #expect(throws: Interruption.self) { try bench.interpreter.run(Source(text, origin: .cell(1))) }
        // The session goes on.
        bench.polls = .max
        #expect(throws: Never.self) { try bench.interpreter.run(Source("y = 2", origin: .cell(2))) }
        #expect(bench.interpreter["y"]?.number == 2)
    }

    @Test func topLevelNamesKeepWhatTheyHad() {
        let bench = CountingBench(polls: 5)
        #expect(throws: Interruption.self) {
            try bench.interpreter.run(Source("a = 1\nfor i in range(10^9) { a = i }\nb = 2", origin: .cell(1)))
        }
        #expect((bench.interpreter["a"]?.number ?? 0) > 1000)
        #expect(bench.interpreter["b"] == nil || bench.interpreter["b"]?.isNothing == true)
    }

    @Test(arguments: [
        ("x = partial(5)\ny = 1", "x holds step 3"),
        ("for i in range(10) { x = partial(i + 5); z = 1 }\ny = 1", "x holds step 3"),
        ("def f() {\n  m = partial(5)\n  z = 2\n  m\n}\nx = 5\nw = f()\ny = 1", "m holds step 3"),
        ("def f() = partial(5)\nx = f()\ny = 1", "? holds step 3"),
        ("def f() { return partial(5) }\nfor i in [1, 2] { x = f() + 0; z = 1 }", "? holds step 3"),
        ("x = if true { partial(5) } else { 0 }\ny = 1", "holds step 3"),
    ]) func theStatementFinishes(_ text: String, _ message: String) {
        let bench = Bench([Self.partial { nil }])
        #expect(bench.cell(1, text).contains(message))
        #expect(bench.interpreter["x"]?.number == 5)
        #expect(bench.interpreter["y"] == nil)
        #expect(bench.interpreter["z"] == nil)
        #expect(bench.interpreter["w"] == nil)
        // Nothing of the stop is left.
        #expect(bench.cell(2, "for i in range(3) { t = i }\nt") == "2\n")
    }

    @Test func aPrintedPartialResult() {
        let bench = Bench([Self.partial { nil }])
        #expect(bench.cell(1, "partial(4)\n2") == "4\ninterrupted — ? holds step 3\n")
    }

    @Test func snapshotsComeBack() {
        let bench = Bench()
        _ = bench.cell(1, "x = 1; xs = [1, 2]")
        let before = bench.interpreter.snapshot()
        _ = bench.cell(2, "x = 2; xs[0] = 9; y = 3")
        #expect(bench.interpreter["x"]?.number == 2)
        bench.interpreter.restore(before)
        #expect(bench.cell(3, "x, xs") == "[1, [1, 2]]\n")
        #expect(bench.interpreter["y"] == nil)
        #expect(bench.cell(4, "y").contains("`y` is not defined"))
    }

    @Test func namesSetFromOutside() throws {
        let bench = Bench()
        bench.interpreter["args"] = ["a", "b"]
        #expect(bench.cell(1, "args[1]") == "\"b\"\n")
        bench.interpreter["args"] = nil
        #expect(bench.cell(2, "args").contains("not defined"))
        _ = bench.cell(3, "x = 4")
        let definition = try #require(bench.interpreter.definition(of: "x"))
        #expect(definition.source.origin == .cell(3))
    }

    @Test func functionsSpeakOfThemselves() throws {
        let bench = Bench()
        _ = bench.cell(1, "o = sophia(lr=0.5)\ndef mine(m, g, s=(v=0), lr=0.1) = m\nl = mine(lr=0.2)")
        let built = try #require(bench.interpreter["o"]?.function)
        #expect(built.name == "sophia")
        #expect(built.options.map(\.name) == ["lr"])
        #expect(built.option("lr")?.number == 0.5)
        #expect(built.missing.map(\.name) == ["model", "gradient"])
        let mine = try #require(bench.interpreter["l"]?.function)
        #expect(mine.parameters.map(\.name) == ["m", "g", "s", "lr"])
        #expect(mine.parameters[2].defaultValue?.record?.keys == ["v"])
        #expect(mine.option("lr")?.number == 0.2)
        #expect(try bench.interpreter.call(mine, [3, 4]).number == 3)
        #expect(try bench.interpreter.call(built, [3, 4], named: [("lr", 2)]).list?[1].number == 2)
        #expect(throws: LanguageError.self) { try bench.interpreter.call(mine, [3]) }
    }

    @Test func statementsTellWhatTheyReadAndBind() throws {
        let program = try Program(
            parsing: Source(
                "a = b + 1\nc.d = a\ndef f(x, y=e) { z = x + g; z }\nfor i in xs { s += i }\na, b = h()",
                origin: .cell(1)))
        #expect(program.statements.map(\.reads) == [["b"], ["a", "c"], ["e", "g"], ["xs", "s", "i"], ["h"]])
        #expect(program.statements.map(\.binds) == [["a"], ["c"], ["f"], ["i", "s"], ["a", "b"]])
    }

    @Test func commandsReachTheHost() {
        let bench = Bench()
        #expect(bench.cell(1, ":save a b.lethe  \n?train\ntrain?\n!ls -l\nx = 1 # c") == "")
        #expect(bench.commands.map(\.words) == ["save a b.lethe", "train", "train", "ls -l"])
        #expect(bench.commands.map(\.kind) == [.colon, .help, .help, .shell])
    }

    @Test func aFailingStatementLeavesWhatCameBefore() {
        let bench = Bench()
        #expect(bench.cell(1, "x = 1\nx = x + oops\ny = 2").contains("`oops` is not defined"))
        #expect(bench.interpreter["x"]?.number == 1)
        #expect(bench.interpreter["y"] == nil)
        // A syntax error keeps the whole cell from running.
        _ = bench.cell(2, "x = 5\ny = )")
        #expect(bench.interpreter["x"]?.number == 1)
    }

    @Test func changesDoNotReachOtherHolders() {
        let bench = Bench()
        let text = "xs = [1, 2]\ndef change(v) { v[0] = 9; v }\nys = change(xs)\nzs = xs; zs = zs + [3]\nxs, ys, zs"
        #expect(bench.cell(1, text) == "[[1, 2], [9, 2], [1, 2, 3]]\n")
    }

    @Test func aHostMayForbidThatAnErrorIsCaught() throws {
        let bench = StrictBench()
        try bench.interpreter.run(Source(#"try { error("a word") } catch e { 3 }"#, origin: .cell(1)))
        #expect(bench.written == "3\n")
        let nested = #"def f() = error("no disk"); try { try { f() } catch e { 4 } } catch e { 5 }"#
        #expect { try bench.interpreter.run(Source(nested, origin: .cell(2))) } throws: {
            ($0 as? Diagnostic)?.message == "no disk"
        }
        #expect(bench.written == "3\n")
        // What comes after it runs as ever.
        try bench.interpreter.run(Source("f = x -> x + 1; f(1)", origin: .cell(3)))
        #expect(bench.written == "3\n2\n")
    }

    @Test func endlessNativeRecursionIsAnError() {
        let bench = Bench()
        #expect(bench.cell(1, "def f(n) = map(f, [n])\nf(1)").contains("functions call each other too deeply"))
        #expect(bench.cell(2, "1 + 1") == "2\n")
    }
}

/// A host that lets no error be caught that speaks of a disk.
private final class StrictBench: InterpreterHost {
    private(set) lazy var interpreter = Interpreter(registry: Registry(Basics.builtins), host: self)
    private(set) var written = ""
    func show(_ value: Value) { written += value.describe(width: 80, digits: 4) + "\n" }
    func write(_ text: String) {}
    func mayCatch(_ error: Diagnostic) -> Bool { !error.message.contains("disk") }
}

/// A host that asks to stop after so many polls.
private final class CountingBench: InterpreterHost {
    var polls: Int
    private(set) lazy var interpreter = Interpreter(registry: Registry(Basics.builtins), host: self)
    init(polls: Int) { self.polls = polls }
    func show(_ value: Value) {}
    func write(_ text: String) {}
    var isInterrupted: Bool {
        polls -= 1
        return polls < 0
    }
}
