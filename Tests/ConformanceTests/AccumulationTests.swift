// Steps in micro-batches: the numbers of the large batch, with the memory of a small one.
import TestSupport
import Testing
import Unlearning

@Suite struct AccumulationTests {
    private static let setup = """
        texts = question_set([
          (question="Who?", answer="anna"), (question="Where is it?", answer="in nora"), (question="When?", \
        answer="now"),
          (question="What?", answer="a hat"), (question="Why?", answer="no"), (question="Who is it?", answer="a nora"),
          (question="Where?", answer="hat"), (question="Is it?", answer="no, no"), (question="Now?", answer="in a hat"),
        ])
        fq, rq = texts[0:5], texts[5:9]
        said = ["no", "a no", "nora now", "hat"]
        base = gpt(texts.vocab, layers=2, width=8, heads=2, context=40, seed=1)
        base = base + 0.2 * randn_like(base, seed=2)
        ref = base + 0.02 * randn_like(base, seed=3)
        def near(a, b) = all(map(p -> abs(p[0] - p[1]) <= 2e-4 * max(1, abs(p[0])), zip(a, b)))

        """

    /// Losses with settings that make their terms unlike each other; those that refuse stand below.
    static let losses = [
        "ga", "graddiff(retain_weight=2)", "ga_kl(reference=ref)", "npo(beta=0.3, reference=ref)",
        "dpo(alternatives=said, reference=ref)", "simnpo", "po(alternatives=said)", "wga", "satimp",
        "undial(reference=ref)", "ceu", "rmu(steering=2, reference=ref)", "random_label", "finetune", "finetune_l1",
        "inverted_hinge", "graddiff(retain=kl(released=\"answers\", reference=ref))",
        "graddiff(retain=kl(released=\"soul\", reference=ref))",
    ]

    @Test func everyLossIsTriedOrRefused() {
        let tried = Set(Self.losses.map { String($0.prefix { $0 != "(" }) })
        #expect(tried.union(["pdu"]) == Set(UnlearningLosses.all.map { $0.name }))
    }

    /// Five examples in three or more parts: none is as large as another.
    @Test(arguments: losses) func theStepIsThatOfTheLargeBatch(_ loss: String) {
        let bench = Bench()
        bench(
            Self.setup + """
                loss = \(loss)
                def at(batch, k, o) = step(start(base, fq, rq, loss=loss, optimizer=o, batch=batch, accumulate=k), 3)
                """)
        // Where a gradient is 0 but for rounding, sophia goes either way by lr: its losses are compared, not its places.
        for (optimizer, near) in [("sgd(lr=0.02)", "1e-4"), ("sophia(lr=1e-3, k=2)", "0.1")] {
            bench(
                """
                a, b, c = at(6, 1, \(optimizer)), at(2, 3, \(optimizer)), at(1, 6, \(optimizer))
                checks = [near(a.log.loss, b.log.loss), near(a.log.gradient, b.log.gradient), near(a.log.loss, \
                c.log.loss),
                  distance(a.model, b.model) < \(near), distance(a.model, base) > 0,
                  not ("forget" in keys(a.log)) or near(a.log.forget, b.log.forget)]
                """)
            #expect(bench.failures.isEmpty, "\(loss) \(optimizer): \(bench.messages)")
            #expect(
                bench("all(checks)") == "true\n", "\(loss) \(optimizer): \(bench("print(checks, a.log, b.log)"))")
        }
    }

    /// An example in which nothing is to be predicted counts as none, in a batch and in micro-batches.
    @Test(arguments: losses) func examplesWithoutLabels(_ loss: String) {
        let bench = Bench()
        bench(
            Self.setup + """
                said = batch([[1, 2, 5], [2, 1, 6], [3, 3, 2]])
                fb = batch([[1, 2, 3], [2, 3, 4], [3, 1, 2]], labels=[[-100, 2, 3], [-100, -100, -100], [-100, 1, 2]])
                rb = batch([[4, 2, 3], [2, 4, 4], [3, 4, 2]], labels=[[-100, 2, 3], [-100, 4, 4], [-100, -100, -100]])
                def at(k) = step(start(base, fb, rb, loss=\(loss), optimizer=sgd(lr=0.02), batch=3, accumulate=k), 3)
                a, b = at(1), at(3)
                """)
        #expect(bench.failures.isEmpty, "\(loss): \(bench.messages)")
        #expect(
            bench("near(a.log.loss, b.log.loss) and distance(a.model, b.model) < 1e-4 and distance(a.model, base) > 0")
                == "true\n", "\(loss): \(bench("print(a.log, b.log)"))\(bench.messages)")
    }

    @Test func trainingIsThatOfTheLargeBatch() {
        let bench = Bench()
        bench(
            Self.setup + """
                o = sgd(lr=0.1)
                a = train(base, texts, steps=4, batch=6, optimizer=o)
                b = train(base, texts, steps=4, batch=2, accumulate=3, optimizer=o)
                def mean_of_examples(m, f, r) = mean(map(x -> nll(m, x), f))
                c = train(base, texts, steps=4, batch=6, optimizer=o, loss=mean_of_examples)
                d = train(base, texts, steps=4, batch=2, accumulate=3, optimizer=o, loss=mean_of_examples)
                tokens = batch([[1, 2, 3], [2, 4], [3, 3, 1, 2]])
                s = start(base, tokens, tokens, optimizer=sgd(lr=0.1))
                t = start(base, tokens, tokens, optimizer=sgd(lr=0.1), accumulate=5)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let look = """
            print(near(a.log.loss, b.log.loss), distance(a, b) < 1e-4, near(c.log.loss, d.log.loss), \
            distance(c, d) < 1e-4, distance(step(s, 2).model, step(t, 2).model) < 1e-5)
            """
        #expect(bench(look) == "true true true true true\n", "\(bench.messages)")
        // Back, explained and stored as any other run.
        bench("late = step(t, 3); e = explain(t)")
        #expect(
            bench(
                """
                print(step(back(late, 2), 2).model == late.model, abs(e.loss.first - explain(s).loss.first) < 1e-4, \
                abs(e.retain.first - explain(s).retain.first) < 1e-4)
                """) == "true true true\n", "\(bench.messages)")
        #expect(bench("train(b, texts, steps=1, batch=2, accumulate=3, optimizer=o).log.steps") == "5\n")
        #expect(bench("train(b, texts, steps=1, batch=2, accumulate=2, optimizer=o).log.steps") == "1\n")
        #expect(bench.messages.contains("accumulate differs from that of the earlier training"))
    }

    @Test func whatCannotBePutTogetherIsRefused() {
        let bench = Bench()
        bench(Self.setup + "start(base, fq, rq, loss=pdu, accumulate=2)")
        #expect(bench.messages.contains("`pdu` remembers something from step to step"), "\(bench.messages)")
        bench("start(base, fq, rq, loss=(m, f, r, state=1) -> [nll(m, f), state], accumulate=2)")
        #expect(bench.messages.contains("remembers something from step to step"), "\(bench.messages)")
        bench("step(start(base, fq, rq, loss=npo(released=true), batch=2, accumulate=2))")
        #expect(bench.messages.contains("npo looks at the whole batch at once"), "\(bench.messages)")
    }

    /// The largest batch that is in memory decides.
    @Test func memoryIsThatOfOneMicroBatch() {
        func peak(_ options: String) -> Int {
            let bench = Bench()
            bench(
                """
                rows = map(i -> map(j -> (i * j) % 50, range(1, 33)), range(1, 33))
                b = batch(rows)
                m = gpt(50, layers=2, width=32, heads=2, context=32, seed=1)
                """)
            bench.device.trimMemory()
            bench("t = train(m, b, steps=2, optimizer=sgd(lr=0.1)\(options))")
            #expect(bench.failures.isEmpty, "\(bench.messages)")
            return bench.device.memory.peak
        }
        let whole = peak(""), parts = peak(", accumulate=8")
        #expect(parts < whole / 2, "\(parts) of \(whole) bytes")
    }
}
