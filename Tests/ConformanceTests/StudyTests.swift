// Studies and tunings: what is kept of them, what is refused, and what they say.
import Foundation
import TestSupport
import Testing

@Suite struct StudyTests {
    private static let product = "study((a, b, seed) -> a * b + seed, grid=(a=[1, 2], b=[3, 4]), seeds=3"

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Three numbers x, x + 1, x + 2: standard deviation 1, and Student's t of two degrees of freedom is 4.3027.
    @Test func intervals() {
        let bench = Bench()
        let text = bench("s = \(Self.product))\ns")
        #expect(text.contains("a=1 b=3  4 ± 2.5\n") && text.contains("a=2 b=4  9 ± 2.5\n"), "\(text)\(bench.messages)")
        #expect(bench("abs(s[0].value_high - 4 - 4.302653 / sqrt(3)) < 1e-5") == "true\n")
        #expect(bench("print(len(s), len(s.rows), s.rows[4].value, s.rows[4].seed)") == "4 12 5 1\n")
        #expect(bench("s[\"a=2 b=3\"].a + s[-1].b") == "6\n")
    }

    @Test func aRerunDoesOnlyWhatIsMissing() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/s.jsonl"
        #expect(bench("s = \(Self.product), path=\"\(path)\");") == "", "\(bench.messages)")
        #expect(try lines(path).count == 13)
        bench("again = \(Self.product), path=\"\(path)\")")
        #expect(bench("again == s") == "true\n", "\(bench.messages)")
        #expect(try lines(path).count == 13, "nothing was done again")
        // A line that was half written does not count; another session goes on.
        var text = try String(contentsOfFile: path, encoding: .utf8)
        text.removeLast(20)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let other = Bench()
        let expected = bench("s")
        #expect(other("\(Self.product), path=\"\(path)\")") == expected, "\(other.messages)")
        #expect(try lines(path).count == 13)
        // More seeds join those that are there.
        #expect(
            other("len(study((a, b, seed) -> a * b + seed, grid=(a=[1, 2], b=[3, 4]), seeds=4, path=\"\(path)\").rows)")
                == "16\n", "\(other.messages)")
        #expect(try lines(path).count == 17)
    }

    @Test func anotherStudyIsRefusedAndSaidIsWhatDiffers() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/s.jsonl"
        bench("k = 2; def f(a) = k * a")
        bench("study(f, grid=(a=[1, 2]), path=\"\(path)\");")
        let before = try lines(path)
        bench("study(f, grid=(a=[1, 2, 3]), path=\"\(path)\")")
        #expect(
            bench.messages.contains("another study: the grid has `a=3`, which the file's has not"), "\(bench.messages)")
        #expect(bench.messages.contains("extend=true"))
        bench("study(f, grid=(a=[1]), path=\"\(path)\")")
        #expect(bench.messages.contains("the grid lacks `a=2` of the file's"), "\(bench.messages)")
        bench("k = 3; study(f, grid=(a=[1, 2]), path=\"\(path)\", extend=true)")
        #expect(bench.messages.contains("`k`, which it reads, is not the same"), "\(bench.messages)")
        bench("k = 2; def f(a) = k * a + 0; study(f, grid=(a=[1, 2]), path=\"\(path)\")")
        #expect(bench.messages.contains("its function was changed"), "\(bench.messages)")
        #expect(try lines(path) == before, "nothing was written")
        bench("def f(a) = k * a")
        #expect(bench("study(f, grid=(a=[1, 2, 3]), path=\"\(path)\", extend=true).rows[2].value") == "6\n")
        #expect(try lines(path).count == before.count + 2, "a header and a run")
        try "a,b\n1,2".write(toFile: folder.path + "/t.csv", atomically: true, encoding: .utf8)
        bench("study(f, grid=(a=[1]), path=\"\(folder.path)/t.csv\")")
        #expect(bench.messages.contains("is no file of a study") || bench.messages.contains("is damaged"))
        #expect(try String(contentsOfFile: folder.path + "/t.csv", encoding: .utf8) == "a,b\n1,2", "left as it was")
    }

    @Test func failuresAndNaNStayInTheirRows() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/s.jsonl"
        bench(
            """
            def f(a, seed) {
              if a == 2 { error("no luck") }
              if a == 3 and seed == 1 { error("once") }
              return (x=if a == 4 { nan } else { a }, note="n{a}")
            }
            """)
        let call = "study(f, grid=(a=[1, 2, 3, 4]), seeds=2, path=\"\(path)\")"
        let text = bench("s = \(call)\ns")
        let table = text.replacingOccurrences(of: " +", with: " ", options: .regularExpression)
        #expect(table.contains("a=1 1 ± 0\n"), "\(text)\(bench.messages)")
        #expect(table.contains("a=2 –\n") && text.contains("a=2, seed 0 failed: no luck"), "\(text)")
        #expect(table.contains("a=3 3 (n=1)\n"), "the seed that went well: \(text)")
        #expect(text.contains("nan"), "\(text)")
        #expect(bench("print(len(s.failed), s.failed[2].error, s.rows[0].note, s.rows[6].x)") == "3 once n1 nan\n")
        // Failures are results: they are tried again only where that is asked for.
        #expect(bench("\(call) == s") == "true\n")
        #expect(try lines(path).count == 9)
        bench("study(f, grid=(a=[1, 2, 3, 4]), seeds=2, path=\"\(path)\", retry=true);")
        #expect(try lines(path).count == 12)
    }

    /// A model that a training left goes on with its optimizer's state; one of the same weights that was loaded begins anew.
    @Test func whatATrainingWouldGoOnWithIsPartOfAStudy() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/s.jsonl"
        let training = """
            d = batch([[1, 2, 3, 4], [4, 3, 2, 1]])
            def taught(m, steps) = train(m, d, steps=steps, batch=2, optimizer=adamw(lr=1e-2))
            t = taught(gpt(8, layers=1, width=8, seed=1), 3)
            def further(steps) = nll(taught(t, steps), d)
            """
        bench(training)
        let first = bench("map(study(further, grid=(steps=[1, 2]), path=\"\(path)\").rows, r -> repr(r.value))")
        bench("save(t, \"\(folder.path)/t\"); t = load(\"\(folder.path)/t\")")
        bench("study(further, grid=(steps=[1, 2]), path=\"\(path)\")")
        #expect(bench.messages.contains("`t`, which it reads, is not the same"), "\(bench.messages)")
        // The same script is the same study.
        let other = Bench()
        other(training)
        #expect(
            other("map(study(further, grid=(steps=[1, 2]), path=\"\(path)\").rows, r -> repr(r.value))") == first,
            "\(other.messages)")
        #expect(try lines(path).count == 3)
    }

    @Test(arguments: [
        ("study((a, b) -> a, grid=(a=[1]))", "needs `b`, which the grid does not give"),
        ("study(a -> a, grid=(c=[1]))", "has no parameter `c`"),
        ("study(a -> a, grid=(a=[]))", "`a` of `grid` is empty"),
        ("study(a -> a, grid=3)", "a record of lists"), ("study((a, seed) -> a, grid=(a=[1], seed=[1]))", "seeds=[…]"),
        ("study(a -> a, grid=(a=[1]), seeds=[1, 1])", "has 1 twice"),
        ("study(a -> a, grid=(a=[1]), path=\"/nowhere/x.jsonl\")", "no such file or folder"),
        ("log_range(0, 1)", "a number above 0"),
        ("tune(gpt(5, layers=1, width=8), batch([[1, 2]]), batch([[1, 3]]))", "optimizer=[adamw, sophia]"),
        (
            "tune(gpt(5, layers=1, width=8), batch([[1, 2]]), batch([[1, 3]]), optimizer=sgd, rho=[1])",
            "none of the optimizers has a setting `rho`"
        ),
    ]) func misuse(_ cell: String, _ words: String) {
        let bench = Bench()
        bench(cell)
        #expect(bench.messages.contains(words), "\(cell): \(bench.messages)")
    }

    /// The session's random numbers are the run's, whatever came before, and go on as if nothing had been.
    @Test func runsDrawFromTheirSeeds() {
        let bench = Bench()
        let expected = bench("seed(5); print(repr([rand(), rand()]))")
        bench("def draw(a) = rand()")
        bench("first = study(draw, grid=(a=[1, 2]), seeds=[7, 8])")
        #expect(
            bench("seed(5); x = rand(); s = study(draw, grid=(a=[1, 2]), seeds=[7, 8]); print(repr([x, rand()]))")
                == expected)
        #expect(
            bench("s == first, s.rows[0].value == s.rows[2].value, s.rows[0].value != s.rows[1].value")
                == "[true, true, true]\n")
    }

    @Test func whatRunsPrintIsPrinted() {
        let bench = Bench()
        #expect(bench("def f(a) { print(\"a is {a}\"); return a }\nstudy(f, grid=(a=[1, 2]));") == "a is 1\na is 2\n")
    }

    /// Everything that a study holds goes through workspaces.
    @Test func workspaces() throws {
        let folder = try TemporaryFolder(), before = Bench(), after = Bench()
        before(
            """
            s = study((a, o, seed) -> (x=a, y=if a == 2 { nan } else { seed }), grid=(a=[1, 2], o=[adamw, sgd(lr=1)]), \
            seeds=2)
            f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
            m = train(gpt(5, layers=1, width=8, seed=1), f + r, steps=10, optimizer=adamw(lr=1e-2))
            t = tune(m, f, r, optimizer=[adamw, sgd], lr=[1e-3, 1e-2], budget=6)
            """)
        before(":save \(folder.path)/f.ws")
        after(":load \(folder.path)/f.ws")
        for look in ["s", "repr(s.rows[0].x)", "s[1].o", "t", "t.best.sgd.optimizer", "len(t.tries[0].forget)"] {
            let expected = before(look)
            #expect(!expected.isEmpty && after(look) == expected, "\(look): \(after.messages)")
        }
    }

    // MARK: tune

    /// Only what is trainable moves in a try.
    @Test func triesMoveWhatIsTrainable() {
        let bench = Bench()
        bench(
            """
            f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
            m = train(gpt(5, layers=2, width=8, seed=1), f + r, steps=20, optimizer=adamw(lr=1e-2))
            def forgets(what) = tune(m, f, r, optimizer=sgd, lr=[0.1], budget=8, trainable=what).tries[0].forget
            run = start(m, f, r, optimizer=sgd(lr=0.1), trainable=1)
            run = step(run, 4)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench("print(abs(forgets(1)[4] - nll(run.model, f)) < 1e-5, forgets(1)[-1] != forgets(none)[-1])")
                == "true true\n", "\(bench("print(forgets(1), nll(run.model, f))"))")
        #expect(
            bench("tune(m, f, r, optimizer=sgd, trainable=7)").contains("the model has layers 0 to 1"),
            "\(bench.messages)")
    }

    @Test func budgetsAreEqualAndProductsAreCounted() {
        let bench = Bench()
        bench(
            """
            f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
            m = train(gpt(5, layers=1, width=8, seed=1), f + r, steps=20, optimizer=adamw(lr=1e-2))
            t = tune(m, f, r, optimizer=[adamw, sophia, sophia(estimator="hutchinson")], lr=[1e-4, 1e-3], budget=24)
            """)
        #expect(
            bench("map(x -> [x.steps, x.gradients, x.products], t.tries[::2])")
                // Sophia estimates at steps 1 and 11 (and 21): a gradient each, or a product, which counts as three.
                == "[[24, 24, 0], [21, 24, 0], [18, 18, 2]]\n", "\(bench.messages)")
        #expect(bench("len(t.tries), keys(t.best)[0]") == "[6, \"adamw\"]\n", "\(bench.messages)")
        let text = bench("t")
        #expect(text.contains("2 tries each, 24 gradients a try"), "\(text)")
        // The same again, to the bit.
        #expect(
            bench(
                "tune(m, f, r, optimizer=[adamw, sophia, sophia(estimator=\"hutchinson\")], lr=[1e-4, 1e-3], budget=24) == t"
            )
                == "true\n")
    }

    /// Every optimizer gets the same number of tries, each value of a setting about equally often.
    @Test func triesAreSpread() {
        let bench = Bench()
        bench(
            """
            f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
            m = gpt(5, layers=1, width=8, seed=1)
            t = tune(m, f, r, optimizer=[adamw, sophia], lr=log_range(1e-4, 1e-2, 4), rho=[0.1, 1], retain_weight=[1, \
            2], tries=4, budget=2)
            own = filter(x -> x.name == "sophia", t.tries)
            mine = own[0].loss
            """)
        #expect(bench("sort(map(x -> x.lr, own)) == log_range(1e-4, 1e-2, 4)") == "true\n", "\(bench.messages)")
        #expect(bench("sum(map(x -> x.rho, own)), len(t.tries), mine(m, f, r) != none") == "[2.2, 8, true]\n")
    }

    /// Settings reach the optimizers within others, and tries that are cut are said.
    @Test func settingsReachInnerOptimizers() {
        let bench = Bench()
        bench("f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]]); m = gpt(5, layers=1, width=8, seed=1)")
        for optimizer in [
            "sam(adamw)", "clipped(adamw)", "gru(adamw)", "dualoptim", "alternate(adamw, sgd, every=1)",
            "scheduled(soul_released)", "decayed(scheduled(adamw))", "sam",
        ] {
            bench("t = tune(m, f, r, optimizer=\(optimizer), lr=[1e-3, 1e-2, 1e-1], tries=3, budget=12)")
            #expect(
                bench("len(t.tries) == 3 and len(unique(map(x -> x.forgotten, t.tries))) == 3") == "true\n",
                "\(optimizer): \(bench.messages)\(bench.results)")
        }
        bench("t = tune(m, f, r, optimizer=[soul_released, adamw], lr=[1e-3, 1e-2], rho=[1, 10], tries=4, budget=4)")
        #expect(bench.messages.contains("each optimizer gets 2 tries, not 4: adamw has"), "\(bench.messages)")
    }

    /// What a run read is part of its result.
    @Test func filesThatRunsReadAreRemembered() throws {
        let folder = try TemporaryFolder(), bench = Bench(), at = folder.path
        for (name, write, read) in [
            ("text", "write_text(\"{k}\", \"\(at)/x.txt\")", "len(read_text(\"\(at)/x.txt\"))"),
            ("json", "write_json([k], \"\(at)/x.json\")", "read_json(\"\(at)/x.json\")[0]"),
            (
                "model", "save(gpt(5, layers=1, width=8, seed=k), \"\(at)/m\")",
                "nll(load(\"\(at)/m\"), batch([[1, 2, 3]]))"
            ),
            // Read by what goes on within a run.
            (
                "nested", "write_json([k], \"\(at)/n.json\")",
                "study(x -> x + read_json(\"\(at)/n.json\")[0], grid=(x=[1, 2])).rows[1].value"
            ),
            (
                "nested with a file", "write_json([k], \"\(at)/f.json\")",
                "study(x -> x + read_json(\"\(at)/f.json\")[0], grid=(x=[1, 2]), path=\"\(at)/i{a}.jsonl\").rows[1].value"
            ),
            (
                "tuned", "write_json([k], \"\(at)/t.json\")",
                """
                len(
                  tune(
                    gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]]), batch([[1, 3, 4]]), optimizer=sgd, lr=[1e-3],
                    loss=(m, f, r) -> nll(m, f) * read_json("\(at)/t.json")[0], budget=2).tries)
                """
            ),
        ] {
            let path = "\(at)/\(name).jsonl"
            bench("k = 1; \(write)")
            bench("def go(a) = a + \(read)")
            #expect(bench("len(study(go, grid=(a=[1, 2]), path=\"\(path)\").rows)") == "2\n", "\(bench.messages)")
            #expect(bench("len(study(go, grid=(a=[1, 2]), path=\"\(path)\").rows)") == "2\n", "\(bench.messages)")
            bench("k = 20; \(write)")
            for call in ["grid=(a=[1, 2])", "grid=(a=[1, 2, 3]), extend=true"] {
                bench("study(go, \(call), path=\"\(path)\")")
                #expect(bench.messages.contains("which has changed since"), "\(name): \(bench.messages)")
            }
            bench("k = 1; \(write)")
            #expect(
                bench("len(study(go, grid=(a=[1, 2, 3]), extend=true, path=\"\(path)\").rows)") == "3\n",
                "\(name): \(bench.messages)")
        }
        // What a run wrote itself is its own.
        bench(
            """
            def own(a) {
              write_text("{a}", "\(at)/own-{a}.txt")
              len(read_text("\(at)/own-{a}.txt"))
            }
            s = study(own, grid=(a=[1, 20]), path="\(at)/own.jsonl")
            write_text("something else", "\(at)/own-1.txt")
            """)
        #expect(bench("study(own, grid=(a=[1, 20]), path=\"\(at)/own.jsonl\") == s") == "true\n", "\(bench.messages)")
    }

    /// What is reached where the retained loss has risen by the limit lies on the way there.
    @Test func theBestIsJudgedAtEqualRetention() {
        let bench = Bench()
        bench(
            """
            f, r = batch([[1, 2, 3]]), batch([[1, 2, 4]])
            m = train(gpt(5, layers=1, width=8, seed=1), f + r, steps=40, optimizer=adamw(lr=1e-2))
            t = tune(m, f, r, optimizer=sgd, loss=ga, lr=[0.3, 1], budget=40, limit=0.05)
            x = t.best.sgd
            """)
        #expect(
            bench("x.retained <= x.retain[0] + 0.05 + 1e-6, x.forgotten > x.forget[0]") == "[true, true]\n",
            "\(bench.messages)")
    }

    /// Two-sided quantiles of Student's t, from tables.
    @Test func studentT() {
        let bench = Bench()
        for (n, t) in [(2, 12.7062), (3, 4.30265), (6, 2.57058), (31, 2.04227)] {
            bench("s = study((a, seed) -> seed, grid=(a=[1]), seeds=\(n))")
            // The seeds 0 to n - 1 have a variance of n (n + 1) / 12.
            let expected = "\(t) * sqrt((\(n) + 1) / 12)"
            #expect(
                bench("abs(s[0].value_high - s[0].value - \(expected)) < 1e-4") == "true\n", "\(n): \(bench.messages)")
        }
    }
}
