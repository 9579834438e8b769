// A session as a front end sees it: cells in, outputs out, completion, help, commands.
import Language
import Notebook
import Tensors
import Testing

/// Two built-ins, enough to see arguments, options and help.
private func smallRegistry() -> Registry {
    Registry([
        Builtin(
            "twice", family: "arithmetic",
            [.positional("x", .number, "the number"), .option("plus", .number, default: 0, "is added")],
            summary: "Doubles a number. It can add something.", examples: ["twice(2)\n#> 4"], seeAlso: ["crawl"]
        ) { call in .number(try 2 * call.number("x") + call.number("plus")) },
        Builtin(
            "crawl", family: "slow things", [.positional("steps", .count)], summary: "Takes its time."
        ) { call in
            for step in 0..<(try call.integer("steps")) {
                if call.isInterrupted { throw Interruption("interrupted at step \(step)") }
                call.host.progress("crawl", done: step + 1, total: try call.integer("steps"), note: "")
            }
            return .nothing
        },
        Builtin(
            "step", family: "runs", [.positional("run", .number), .positional("n", .number, default: 1)],
            summary: "Steps."
        ) {
            .number(try $0.number("run") + $0.number("n"))
        },
        Builtin(
            "back", family: "runs", [.positional("run", .number), .positional("n", .number, default: 1)],
            summary: "Goes back."
        ) {
            .number(try $0.number("run") - $0.number("n"))
        },
    ])
}

extension Talk {
    /// A session of two built-ins.
    convenience init(cancellation: Cancellation = Cancellation()) {
        var configuration = Session.Configuration(registry: smallRegistry())
        configuration.cancellation = cancellation
        self.init(Session(configuration))
    }
}

@Suite struct SessionTests {
    @Test func valuesArePrintedAndKept() {
        let talk = Talk()
        #expect(talk("1 + 1") == "2\n")
        #expect(talk("ans + 1") == "3\n")
        #expect(talk("out[1] + out[2]") == "5\n")
        #expect(talk("x = 4; x") == "4\n")
        #expect(talk("x;") == "")
        #expect(talk.session.nextCell == 6)
    }

    @Test func aFailureNamesItsCellAndEarlierNamesStay() {
        let talk = Talk()
        talk("a = 1")
        talk("b = 2\nnope\nc = 3")
        #expect(talk.messages.hasPrefix("error: `nope` is not defined\n  cell 2"))
        #expect(talk("b") == "2\n")
        talk("c")
        #expect(talk.messages.contains("`c` is not defined"))
    }

    @Test func completeness() {
        let session = Talk().session
        #expect(session.isComplete("def f(x) {") == .incomplete)
        #expect(session.isComplete("def f(x) {\nx }") == .complete)
        #expect(session.isComplete("f(1,") == .incomplete)
        #expect(session.isComplete("if c {\n print(1, 2)") == .incomplete)
        #expect(session.isComplete("1 +* 2") == .complete)
        #expect(session.isComplete("") == .complete)
    }

    @Test func completion() {
        let talk = Talk()
        talk("tweed = (inner=(deep=1), other=2)")
        func candidates(_ text: String) -> [String] { talk.session.complete(text, at: text.utf8.count).candidates }
        #expect(candidates("tw") == ["tweed", "twice"])
        #expect(candidates("x = 1 + twi") == ["twice"])
        #expect(candidates("tweed.") == ["inner", "other"])
        #expect(candidates("tweed.inner.d") == ["deep"])
        #expect(candidates("twice(1, pl") == ["plus="])
        #expect(candidates("twice(1, ") == ["plus="])
        #expect(!candidates("twice(1, plus=1, ").contains("plus="))
        #expect(candidates(":wh") == [":who"])
        #expect(candidates("# tw") == [])
        #expect(candidates("nothing_like_it") == [])
    }

    @Test func help() {
        let talk = Talk()
        let text = talk("?twice")
        for part in ["twice(x, plus=0)", "Doubles a number.", "the number", "twice(2)", "see also crawl"] {
            #expect(text.contains(part))
        }
        #expect(talk("twice?") == text)
        #expect(talk(":help twice") == text)
        #expect(talk("?\"doubles\"").contains("twice"))
        talk("?twicee")
        #expect(talk.messages.contains("did you mean `twice`?"))
        #expect(talk(":help").contains("slow things"))
        talk("def mine(a) = a + 1")
        #expect(talk("?mine").contains("def mine(a) = a + 1"))
    }

    @Test func undoTakesBackADrop() {
        let talk = Talk()
        talk("x = 7")
        talk(":drop x")
        talk(":undo")
        #expect(talk.messages == "took back cell 2\n")
        #expect(talk("x") == "7\n")
    }

    @Test func commands() {
        let talk = Talk()
        talk("run = 10")
        #expect(talk(":step run 5") == "15\n")
        #expect(talk("run") == "15\n")
        #expect(talk(":back run") == "14\n")
        #expect(talk(":who").hasPrefix("run  14"))
        talk(":undo")
        #expect(talk.messages == "took back cell 4\n")
        #expect(talk("run") == "15\n")
        talk(":undo 2")
        #expect(talk.messages == "took back cells 3 and 4\n")
        #expect(talk.session.nextCell == 3)
        talk(":undo 5")
        #expect(talk("run") == "")
        talk(":undo")
        talk(":undo")
        #expect(talk.messages == "nothing to undo\n")
        talk("run = 1")
        talk(":drop run")
        talk("run")
        #expect(talk.messages.contains("not defined"))
        talk(":set digits 3")
        #expect(talk("2/3") == "0.667\n")
        talk(":nosuch")
        #expect(talk.messages.contains("there is no command `:nosuch`"))
        talk(":s")
        #expect(talk.messages.contains(":save, :set, :stale, :step"))
        talk("1\n:q\n2")
        #expect(talk.session.isQuitting)
        #expect(talk.results == "1\n")
    }

    @Test func interruption() {
        let cancellation = Cancellation()
        let talk = Talk(cancellation: cancellation)
        talk("x = 1")
        cancellation.request()
        talk("x = 2\ncrawl(10)\nx = 3")
        #expect(talk.messages.contains("interrupted"))
        cancellation.reset()
        #expect(["1\n", "2\n"].contains(talk("x")))
    }

    @Test(arguments: [(false, "2\n"), (true, "1\n")])
    func anAbandonedStatementLeavesNamesAlone(_ abandons: Bool, _ expected: String) {
        let cancellation = Cancellation()
        let talk = Talk(cancellation: cancellation)
        talk("x = 1")
        if abandons { cancellation.abandon() } else { cancellation.request() }
        talk("if true { x = 2; crawl(10) }")
        cancellation.reset()
        #expect(talk("x") == expected)
    }
}

@Suite struct ScriptRunnerTests {
    @Test func stopsAtTheFirstFailure() {
        let talk = Talk()
        #expect(ScriptRunner(session: talk.session).run("1\nnope\n3\n", name: "f.lethe") == .failure)
        #expect(talk.results == "1\n")
        #expect(talk.messages.hasPrefix("f.lethe:2:1: error:"))
    }

    @Test func goesOnWhenAskedTo() {
        let talk = Talk()
        let text = "def f(x) = x + 1; 1\nnope; 2;\n f(2)\n"
        #expect(ScriptRunner(session: talk.session, keepsGoing: true).run(text, name: "f.lethe") == .failure)
        #expect(talk.results == "1\n3\n")
        #expect(talk.messages.hasPrefix("f.lethe:2:1: error:"))
    }

    @Test func succeedsAndHandsOverArguments() {
        let talk = Talk()
        #expect(ScriptRunner(session: talk.session).run("args[0]", name: "-", arguments: ["a b"]) == .success)
        #expect(talk.results == "\"a b\"\n")
    }

    @Test func aSyntaxErrorRunsNothing() {
        for keepsGoing in [false, true] {
            let talk = Talk()
            #expect(ScriptRunner(session: talk.session, keepsGoing: keepsGoing).run("1\n2 +* 3", name: "f") == .failure)
            #expect(talk.results == "")
        }
    }

    @Test func quittingIsNoFailure() {
        let talk = Talk()
        #expect(ScriptRunner(session: talk.session).run("1\n:quit\n2", name: "f") == .success)
        #expect(talk.results == "1\n")
    }

    @Test func interruptionHasItsOwnStatus() {
        let cancellation = Cancellation()
        let talk = Talk(cancellation: cancellation)
        cancellation.request()
        #expect(ScriptRunner(session: talk.session).run("crawl(3)", name: "f") == .interrupted)
    }
}
