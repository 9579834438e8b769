// What identifies a training, a run and a value is its contents: no text, address or printed form stands for them.
import Foundation
import Language
import TestSupport
import Testing
import Vocabulary

@Suite struct IdentityTests {
    private static let start = """
        b, r = batch([[1, 2, 3, 4]]), batch([[1, 3, 4]])
        m = gpt(5, layers=1, width=8, seed=1)
        o = adamw(lr=1e-2)
        def make(w) = (m, f, r) -> w * nll(m, f)

        """

    /// A first training `t`, a second one, whether it goes on, and what is said when it begins anew.
    struct Continuation: Sendable, CustomTestStringConvertible {
        let first, second: String
        var saying: String?
        var between = ""
        var testDescription: String { "\(first) → \(between)\(second)" }
    }

    @Test(arguments: [
        Continuation(first: "train(m, b, optimizer=o, steps=3)", second: "train(t, b, optimizer=o, steps=2)"),
        // The same by value, however it was written or made.
        Continuation(
            first: "train(m, b, loss=make(1), optimizer=o, steps=3)",
            second: "train(t, batch([[1, 2, 3, 4]]), loss=make(2 - 1), optimizer=adamw(lr=1 / 100), steps=2)"),
        Continuation(first: "train(m, b, steps=3)", second: "train(t, b, optimizer=adamw, steps=2)"),
        Continuation(
            first: "unlearn(m, b, r, loss=npo(reference=gpt(5, layers=1, width=8, seed=3)), steps=3)",
            second: """
                unlearn(t, b, r, loss=npo(beta=0.1, reference=gpt(5, layers=1, width=8, seed=3)), optimizer=sophia, \
                steps=2)
                """
        ),
        Continuation(
            first: "train(m, b, loss=make(1), optimizer=o, steps=3)",
            second: "train(t, b, loss=make(-1), optimizer=o, steps=2)",
            saying: "the loss differs from that of the earlier training"),
        Continuation(
            first: "unlearn(m, b, r, loss=npo(reference=m), steps=3)",
            second: "unlearn(t, b, r, loss=npo(reference=m + 1e-6 * randn_like(m, seed=1)), steps=2)",
            saying: "the loss differs from that of the earlier unlearning"),
        Continuation(
            first: "train(m, b, loss=g, steps=3)", second: "train(t, b, loss=g, steps=2)",
            saying: "the loss (by `w`) differs", between: "w = 2; "),
        Continuation(
            first: "train(m, b, loss=h, steps=3)", second: "train(t, b, loss=h, steps=2)",
            saying: "the loss (by `inner`) differs", between: "def inner(x) = x + 1; "),
        Continuation(
            first: "train(m, b, loss=g, steps=3)", second: "train(t, b, loss=g, steps=2)", between: "w = 2; w = 1; "),
        Continuation(
            first: "train(m, b, steps=3)", second: "train(t, batch([[1, 2, 3, 4]], labels=[[-100, 2, 3, 4]]), steps=2)",
            saying: "the data differ from those"),
        Continuation(
            first: "unlearn(m, b, r, steps=3)", second: "unlearn(t, b, b, steps=2)",
            saying: "the data to retain differ from those"),
        Continuation(
            first: "train(m, b, steps=3)", second: "train(t, b, batch=4, clip_norm=1, seed=9, optimizer=o, steps=2)",
            saying: "the optimizer, the batch size, clip_norm and the seed differ from those of the earlier training"),
        // A schedule goes on for what it has left.
        Continuation(
            first: "train(m, b, schedule=\"linear\", steps=3)", second: "train(t, b, schedule=\"linear\", steps=3)",
            saying: "the earlier linear schedule of 3 steps is finished"),
        Continuation(
            first: "train(m, b, schedule=\"linear\", steps=3)", second: "train(t, b, steps=2)",
            saying: "the schedule differs"),
        // Unlearning what was trained is no training that goes on, and is not told.
        Continuation(first: "train(m, b, steps=3)", second: "unlearn(t, b, r, steps=2)", saying: ""),
    ]) func goesOnOnlyWhereAllIsTheSame(_ test: Continuation) throws {
        let bench = Bench()
        bench(
            Self.start + "w = 1\ndef inner(x) = x\ndef g(m, f, r) = w * nll(m, f)\ndef h(m, f, r) = inner(g(m, f, r))")
        bench("t = \(test.first)")
        #expect(bench.messages == "", "\(bench.messages)")
        let steps = bench("\(test.between)u = \(test.second); print(u.log.steps, norm(u - t) > 0)")
        if let saying = test.saying {
            #expect(steps.hasSuffix("\(test.second.contains("steps=3") ? 3 : 2) true\n"), "\(steps)")
            // One message, broken between words at the prompt.
            let said = bench.messages.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(
                separator: " ")
            #expect(saying.isEmpty ? said.isEmpty : said.contains("begins anew: \(saying)"), "\(said)")
            #expect(said.components(separatedBy: "warning:").count == (saying.isEmpty ? 1 : 2))
        } else {
            #expect(steps == "5 true\n", "\(steps) \(bench.messages)")
            #expect(bench.messages == "")
        }
    }

    /// What a loss reads while it runs is part of it, and of a run's steps.
    @Test func filesThatALossReadsCount() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/w.txt"
        func write(_ weight: String) throws { try weight.write(toFile: path, atomically: true, encoding: .utf8) }
        try write("1")
        bench(
            Self.start
                + """
                def f(m, f, r) = nll(m, f) * to_number(read_text("\(path)"))
                t = train(m, b, loss=f, optimizer=o, steps=3)
                run = step(start(m, b, loss=f, optimizer=o, memory=1), 3)
                """)
        try write("1")
        #expect(bench("u = train(t, b, loss=f, optimizer=o, steps=2); print(u.log.steps)") == "5\n")
        #expect(bench("print(back(run, 1).step)") == "2\n" && bench.messages == "", "\(bench.messages)")
        try write("-1")
        #expect(
            bench("u = train(t, b, loss=f, optimizer=o, steps=2); print(u.log.steps, nll(u, b) > nll(t, b))")
                == "2 true\n")
        // Messages are broken between words at the prompt.
        func says(_ words: String) -> Bool {
            bench.messages.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words)
        }
        #expect(says("begins anew") && says("has changed"), "\(bench.messages)")
        for line in ["step(run)", "back(run, 1)", "explain(run)"] {
            #expect(
                !bench("r2 = \(line)").isEmpty || says("has changed since this run read it first"))
        }
        // An optimizer too; and a file that a function writes itself is its own.
        try write("1")
        bench(
            """
            def plain(m, g, s=(v=0)) { return m - to_number(read_text("\(path)")) * g, s }
            run = step(start(m, b, optimizer=plain, memory=1), 3)
            """)
        try write("2")
        _ = bench("r3 = back(run, 1)")
        #expect(says("has changed since this run read it first"), "\(bench.messages)")
        bench(
            "def timed(m, f, r) = nll(m, f) * (1 + 0 * clock() + 0 * now())\nv = train(m, b, loss=timed, optimizer=o, steps=2)"
        )
        #expect(bench("w = train(v, b, loss=timed, optimizer=o, steps=2); print(w.log.steps)") == "2\n")
        bench("run = step(start(m, b, loss=timed, optimizer=o, memory=1), 3)\nr4 = back(run, 1)")
        #expect(says("reads the clock"), "\(bench.messages)")
    }

    @Test func howAModelIsAskedCounts() {
        let bench = Bench()
        bench(
            """
            qa, o = authors().forget[0:2], sgd(lr=1e-3)
            t = train(load("authors"), qa, optimizer=o, steps=1)
            same = train(with_template(t, "tofu"), qa, optimizer=o, steps=1)
            """
        )
        #expect(bench("print(same.log.steps)") == "2\n" && bench.messages == "", "\(bench.messages)")
        #expect(bench("u = train(with_template(t, \"soul\"), qa, optimizer=o, steps=1)\nprint(u.log.steps)") == "1\n")
        #expect(
            bench.messages.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
                "train begins anew: the model is asked in another"), "\(bench.messages)")
    }

    @Test func aClosuresCapturesCount() {
        let bench = Bench()
        bench(
            Self.start
                + """
                t = train(m, b, loss=make(1), optimizer=o, steps=10)
                u = train(t, b, loss=make(-1), optimizer=o, steps=10)
                """
        )
        #expect(bench("print(nll(t, b) < nll(m, b), nll(u, b) > nll(t, b))") == "true true\n")
    }

    /// What a file's functions read is part of them: another version of the file is another loss.
    @Test func usedFilesCount() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        func write(_ weight: Int) throws {
            try "w = \(weight)\ndef loss(m, f, r) = w * nll(m, f)\n".write(
                toFile: folder.path + "/recipes.lethe", atomically: true, encoding: .utf8)
        }
        try write(1)
        bench(Self.start + "mine = use \"\(folder.path)/recipes.lethe\"\nw = 5")
        bench(
            """
            t = train(m, b, loss=mine.loss, optimizer=o, steps=3)
            run = step(start(m, b, loss=mine.loss, optimizer=o), 3)
            """
        )
        #expect(
            bench("w = 7; train(t, b, loss=mine.loss, optimizer=o, steps=2).log.steps") == "5\n", "\(bench.messages)")
        try write(2)
        bench("mine = use \"\(folder.path)/recipes.lethe\"")
        #expect(bench("train(t, b, loss=mine.loss, optimizer=o, steps=2).log.steps") == "2\n", "\(bench.messages)")
        #expect(bench("back(run, 1).model == step(back(run, 3), 2).model") == "true\n", "\(bench.messages)")
        let after = Bench()
        bench(":save \(folder.path)/f.ws")
        after(":load \(folder.path)/f.ws")
        #expect(
            after("print(step(run).model == step(back(run, 2), 3).model, repr(nll(step(run).model, b)))")
                == bench("print(step(run).model == step(back(run, 2), 3).model, repr(nll(step(run).model, b)))"),
            "\(after.messages)")
    }

    /// Shared parts are gone through once: sixty doublings are as quick as one.
    @Test func sharedPartsAreSeenOnce() {
        let bench = Bench()
        bench(
            Self.start + """
                x = [1]
                for i in range(60) { x = [x, x] }
                def deep(m, f, r) { return nll(m, f) + 0 * len(x) }
                t = train(m, b, loss=deep, optimizer=o, steps=2)
                u = train(t, b, loss=deep, optimizer=o, steps=2)
                """)
        #expect(bench("u.log.steps") == "4\n", "\(bench.messages)")
        // Equal by value though not the same object.
        bench("x = [1]\nfor i in range(60) { x = [x, x] }")
        #expect(bench("train(t, b, loss=deep, optimizer=o, steps=2).log.steps") == "4\n")
        bench("x = [2]\nfor i in range(60) { x = [x, x] }")
        #expect(bench("train(t, b, loss=deep, optimizer=o, steps=2).log.steps") == "2\n")
    }

    // MARK: Runs

    private static let qa = """
        qa = authors()
        m = gpt(qa.full.vocab, layers=1, width=8, context=256, seed=1)
        k = 1
        def weight() = k
        def drawing(m, f, r) = weight() * nll(m, batch(qa.retain, 8)) - nll(m, f) + 0.01 * rand() * norm(parameters(m))
        def noisy(m, g, s=(n=0)) { s.n = s.n + k; return m - 0.1 * (g + 0.01 * randn_like(m)) / s.n, s }
        run = start(m, qa.forget, qa.retain, loss=drawing, optimizer=noisy, batch=2, memory=1)
        late = step(run, 3)

        """

    @Test func runsReadWhatTheyReadWhenTheyBegan() {
        let bench = Bench()
        bench(Self.qa)
        #expect(bench.messages == "")
        bench("k = 50\ndef weight() = 7 * k\nqa = none\nrand()")
        #expect(bench("late.model == step(run, 3).model") == "true\n", "\(bench.messages)")
        #expect(bench("back(late, 1).model == step(run, 2).model") == "true\n")
        #expect(bench("explain(run); late.model == step(step(run), 2).model") == "true\n")
        // Another memory gives the same bits, and so does a new run with the old values.
        bench("k = 1\ndef weight() = k\nqa = authors()")
        bench("other = start(m, qa.forget, qa.retain, loss=drawing, optimizer=noisy, batch=2)")
        #expect(bench("late.model == step(other, 3).model") == "true\n", "\(bench.messages)")
    }

    @Test func runsDrawFromTheirOwnStreams() {
        let bench = Bench()
        bench(Self.qa)
        // Neither steps, explanations nor frontiers move the session's generator.
        bench("a = rand()")
        let fresh = Bench()
        fresh(
            Self.qa
                + """
                explain(late)
                step(late, 2)
                frontier(run, steps=2, every=1, on=(forget=m -> rand(), retain=m -> rand()))
                influence(m, qa.forget[0:2], qa.retain[0:2], inverse=(H, v) -> v + 0.001 * randn_like(m))
                a = rand()
                """
        )
        #expect(fresh.failures.isEmpty, "\(fresh.messages)")
        #expect(bench("repr(a)") == fresh("repr(a)"))
        #expect(
            fresh(
                """
                influence(m, qa.forget[0:2], qa.retain[0:2], inverse=(H, v) -> v + 0.001 * randn_like(m)) == \
                influence(m, qa.forget[0:2], qa.retain[0:2], inverse=(H, v) -> v + 0.001 * randn_like(m))
                """
            ) == "true\n")
    }

    @Test func watchingChangesNothing() {
        let bench = Bench()
        bench(Self.qa)
        bench("a = unlearn(m, qa.forget, qa.retain, loss=drawing, optimizer=noisy, batch=2, steps=4)\nx = rand()")
        bench("seed(0)")
        bench(
            """
            b = unlearn(m, qa.forget, qa.retain, loss=drawing, optimizer=noisy, batch=2, steps=4, every=1, watch=m -> \
            rand())
            y = rand()
            """
        )
        #expect(bench("print(a == b, b.log.watch[0] != b.log.watch[1])") == "true true\n", "\(bench.messages)")
    }

    @Test func workspacesKeepWhatRunsRead() throws {
        let folder = try TemporaryFolder(), before = Bench(), after = Bench(seed: 7)
        before(Self.qa + "k = 50\nt = train(m, qa.forget, loss=(m, f, r) -> nll(m, f) * weight(), batch=2, steps=2)")
        before(":save \(folder.path)/f.ws")
        #expect(before.messages.contains("saved"), "\(before.messages)")
        after(":load \(folder.path)/f.ws")
        let look = """
            print(repr(nll(step(late, 2).model, qa.forget[0:4])), back(late, 2).model == step(run).model, k)
            print(repr(nll(train(t, qa.forget, loss=(m, f, r) -> nll(m, f) * weight(), batch=2, steps=2), \
            qa.forget[0:4])))
            print(train(t, qa.forget, loss=(m, f, r) -> nll(m, f) * weight(), batch=2, steps=2).log.steps)
            """
        let expected = before(look)
        #expect(expected.contains("true 50") && expected.hasSuffix("4\n"), "\(expected)\(before.messages)")
        #expect(after(look) == expected, "\(after.messages)")
    }

    // MARK: Tokenizers

    /// Encodings are kept by a tokenizer's contents: one that takes a freed one's place in memory changes nothing.
    @Test func encodingsBelongToTheirTokenizer() {
        let bench = Bench()
        bench(
            """
            data = text_set(["to be or not to be", "that is the question"])
            counts = []
            for i in range(40) {
              t = tokenizer([if i % 2 == 0 { "to be or not to be that is the question" } else { "xyz" }], size=if i % \
            2 == 0 { 300 } else { 258 })
              m = gpt(t, layers=1, width=8, seed=1)
              counts = counts + [len(token_nll(m, data))]
            }
            """)
        #expect(
            bench("[len(unique(counts[::2])), len(unique(counts[1::2])), counts[0] < counts[1]]") == "[1, 1, true]\n",
            "\(bench.messages)")
    }

    /// A file that a function takes in is part of what the function means, by its values: its text alone says nothing.
    @Test(arguments: ["p.read", "p.made", "p.inner", "outer"]) func filesThatWereTakenIn(_ loss: String) throws {
        let folder = try TemporaryFolder(), here = folder.path
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(here)/\(name)", atomically: true, encoding: .utf8)
        }
        try write("w = read_json(\"\(here)/w.json\").w\n", "b.lethe")
        try write(
            """
            w = read_json("\(here)/w.json").w
            def read(m, f, r) = w * nll(m, f)
            def make(k) = (m, f, r) -> k * nll(m, f)
            made = make(w)
            def inner(m, f, r) { q = use "b.lethe"; return q.w * nll(m, f) }

            """, "a.lethe")
        let definitions = """
            p = use "\(here)/a.lethe"
            def outer(m, f, r) { q = use "\(here)/b.lethe"; return q.w * nll(m, f) }

            """
        try write("{\"w\": 1}", "w.json")
        var bench = Bench()
        bench(Self.start + definitions + "t = train(m, b, loss=\(loss), optimizer=o, steps=3)\n")
        bench("run = step(start(m, b, r, loss=\(loss), optimizer=o), 3); :save \(here)/s.ws")
        bench(":save \(here)/s.ws")
        let losses = bench("repr(nll(step(run, 2).model, b))")
        // In another session: what is the same goes on, …
        bench = Bench()
        bench(":load \(here)/s.ws")
        bench(definitions + "u = train(t, b, loss=\(loss), optimizer=o, steps=2)")
        #expect(!bench.messages.contains("begins anew"), "\(bench.messages)")
        #expect(bench("u.log.steps") == "5\n", "\(bench.messages)")
        // … what is another begins anew, and a run goes on as it began.
        try write("{\"w\": -1}", "w.json")
        bench = Bench()
        bench(":load \(here)/s.ws")
        bench(definitions + "u = train(t, b, loss=\(loss), optimizer=o, steps=2)")
        #expect(bench.messages.contains("train begins anew: the loss"), "\(bench.messages)")
        #expect(bench("u.log.steps") == "2\n", "\(bench.messages)")
        #expect(bench("repr(nll(step(run, 2).model, b))") == losses, "\(bench.messages)")
    }

    /// A run's file means what it meant when the run began, also when it is taken back.
    @Test func aFileThatChangesUnderARun() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/a.lethe", bench = Bench()
        try "w = 1\n".write(toFile: path, atomically: true, encoding: .utf8)
        bench(Self.start + "def l(m, f, r) { p = use \"\(path)\"; return p.w * nll(m, f) }\n")
        bench("u = step(start(m, b, r, loss=l, optimizer=o, memory=1), 4); v = step(u, 2)")
        try "w = -1\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(bench("step(u, 2).model == v.model") == "true\n", "\(bench.messages)")
        #expect(bench("step(back(u, 2), 2).model == u.model") == "true\n", "\(bench.messages)")
        #expect(bench("step(start(m, b, r, loss=l, optimizer=o), 4).model == u.model") == "false\n")
        #expect(bench("(use \"\(path)\").w") == "-1\n")
    }
}
