/// Options of runs with optimizers and losses that read them in their own way: the right number, or a refusal.
import Testing

@Suite struct MeetingTests {
    private static let setup = """
        m = gpt(20, layers=2, width=16, heads=2, seed=1)
        f = batch([[1, 2, 3, 4], [5, 6, 7], [2, 9], [3, 3, 8, 1, 2]])
        r = batch([[1, 5, 9], [7, 7, 2, 3], [11, 12, 4], [4, 5]])
        def moved(o, trainable=none, clip_norm=0, loss=graddiff(retain_weight=0.05)) = step(
          start(m, f, r, loss=loss, optimizer=o, seed=1, trainable=trainable, clip_norm=clip_norm)).model - m

        """

    /// The combined gradient is shortened, not its terms.
    @Test(arguments: ["gru(sgd(lr=0.1))", "blur(sgd(lr=0.1))", "sam(sgd(lr=0.1), on=\"forget\")"])
    func clippingKeepsTheDirection(_ optimizer: String) {
        let bench = Bench()
        bench(Self.setup + "a, b = moved(\(optimizer)), moved(\(optimizer), clip_norm=0.01)")
        #expect(
            bench("dot(a, b) / norm(a) / norm(b) > 0.9999 and abs(norm(b) - 0.001) < 1e-5") == "true\n",
            "\(bench("print(norm(a), norm(b))")) \(bench.messages)")
    }

    /// A sphere of all weights would reach the few that move with a share of its length.
    @Test func aSphereIsOneOfTheWeightsThatMove() {
        let bench = Bench()
        bench(
            Self.setup + """
                n = "transformer.h.1.ln_1.weight"
                d = moved(zeroth_order(lr=1, mu=0.01, direction="sphere"), trainable=n)
                """)
        #expect(bench("norm(d) > 1e-5 and norm(parameters(d)[n]) == norm(d)") == "true\n", "\(bench.messages)")
    }

    /// Blocks of which one weight moves are averages of that one.
    @Test func blocksAverageWhatMoves() {
        let bench = Bench()
        bench(
            Self.setup + """
                x = zeros([16, 64])
                for i in range(16) { for j in range(0, 64, 2) { x[i, j] = 1 } }
                mask = direction(m, to_record(["transformer.h.1.mlp.c_fc.weight"], [x]))
                a = moved(adahessian(lr=0.01, block=2), trainable=mask)
                b = moved(adahessian(lr=0.01, block=1), trainable=mask)
                """)
        #expect(bench("norm(a) > 0 and norm(a - b) < 1e-6 * norm(a)") == "true\n", "\(bench.messages)")
    }

    /// Weights that are drawn are drawn anew for each seed.
    @Test func aFrontierDrawsForEachSeed() {
        let bench = Bench()
        bench(
            Self.setup + """
                w = graddiff(retain_weight=step -> 1 + rand())
                rs = map(s -> start(m, f, r, loss=w, optimizer=sgd(lr=0.1), seed=s), [5, 6])
                each = map(x -> nll(step(x, 3).model, f), rs)
                front = frontier(rs[0], steps=3, every=3, seeds=2, on=(forget=f, retain=r), names=["a"])
                """)
        #expect(
            bench("each[0] != each[1] and abs(front.a.forget[1] - mean(each)) < 1e-5") == "true\n", "\(bench.messages)")
    }

    @Test(arguments: [
        ("start(m, f, r, optimizer=dualoptim(sgd(), sgd()), rates=[[\"*\", 0.5]])", "whose step is made of two"),
        (
            "moved(natural_gradient(), trainable=\"*.c_proj.weight\")", "natural_gradient works on whole layers"
        ),
        ("influence_scores(m, f, r, inverse=identity, parameters=\"all\", per=\"layer\")", "scores the linear layers"),
        (
            """
            start(m, f, batch([[1, 2], [2, 3], [3, 4]]), loss=(m, f, r) -> nll(m, r) - nll(m, f), batch=2, \
            accumulate=2) |> step
            """, "give accumulate"
        ),
    ]) func whatCannotBeRightIsRefused(_ program: String, _ message: String) {
        let bench = Bench()
        bench(Self.setup)
        bench(program)
        let said = bench.messages.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: " ")
        #expect(bench.failures.count == 1)
        #expect(said.contains(message) || message == "give accumulate" && said.contains("other shares"), "\(said)")
    }

    /// Each term has the share of its own examples.
    @Test func microBatchesOfALossInTwoTerms() {
        let bench = Bench()
        bench(
            """
            qa, t = authors(), load("authors")
            F, R = qa.forget[0:2], qa.retain[0:3]
            two = (m, f, r) -> (forget=-mean(sequence_nll(m, f)), retain=mean(sequence_nll(m, r)))
            def one(k) = step(start(t, F, R, loss=two, optimizer=sgd(lr=1e-4), seed=3, accumulate=k)).model - t
            a, b = one(1), one(2)
            """)
        #expect(bench("norm(a) > 0 and norm(a - b) < 1e-2 * norm(a)") == "true\n", "\(bench.messages)")
    }

    /// Token ids in micro-batches are what they are.
    @Test func microBatchesOfTokenIDs() {
        let bench = Bench()
        bench(
            Self.setup + """
                own = (m, f, r) -> mean(sequence_nll(m, r)) - mean(sequence_nll(m, f))
                def one(k) = step(start(m, f, r, loss=own, optimizer=sgd(lr=1e-2), accumulate=k)).model - m
                a, b = one(1), one(2)
                """)
        #expect(bench("norm(a) > 0 and norm(a - b) < 1e-4 * norm(a)") == "true\n", "\(bench.messages)")
        #expect(bench("explain(start(m, f, r, loss=own)).signal > 0") == "true\n", "\(bench.messages)")
    }

    /// Factors of linear layers know nothing of the other parameters, and say so.
    @Test func scoresOfAllParametersByFactorsAreWarnedOf() {
        let bench = Bench()
        bench(Self.setup + "s = influence_scores(m, f, r, parameters=\"all\")")
        #expect(bench.failures.isEmpty && bench.messages.contains("factors of the linear layers only"))
    }

    /// What nothing is to be predicted of is no example of what is to be forgotten.
    @Test func rowsWithoutLabelsCountAsNone() {
        let bench = Bench()
        bench(
            Self.setup + """
                one = batch([[1, 2, 3]])
                two = batch([[1, 2, 3], [4, 5, 6]], labels=[[1, 2, 3], [-100, -100, -100]])
                loss = simnpo(retain_weight=0)
                """)
        #expect(bench("abs(loss(m, one, r) - loss(m, two, r)) < 1e-6") == "true\n", "\(bench.messages)")
    }

    @Test func questionsAreLeftOut() {
        let bench = Bench()
        #expect(
            bench("leave_out(load(\"authors\"), authors().forget[0:6], leave_out=[1], steps=2) == load(\"authors\")")
                == "false\n", "\(bench.messages)")
    }

    /// A learning rate is advised only where the step is proportional to it.
    @Test func noRateIsAdvisedThatWouldNotHelp() {
        let bench = Bench()
        bench(
            Self.setup + """
                t = train(m, f + r, steps=30, optimizer=adamw(lr=1e-2))
                e = explain(start(t, f, r, loss=graddiff(retain_weight=0.01), optimizer=natural_gradient(lr=1), seed=1))
                """)
        #expect(bench("e.outlook.lr == none") == "true\n", "\(bench("e.outlook")) \(bench.messages)")
    }
}
