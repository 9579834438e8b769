// Metrics in the language: built-in and users' own, in comparisons, scores, runs and pictures, and what is said where one
// lacks what it needs.
import Foundation
import TestSupport
import Testing

@Suite struct MetricTests {
    /// A session with two small models, questions to forget, to retain and held out, and a metric of the user's own.
    private func bench(threads: Int = TestThreads.count) -> Bench {
        let bench = Bench(threads: threads)
        bench(
            """
            def asked(who) = question_set(map(w -> (question="Who is {w}?", answer="{w} is a poet.", \
            paraphrased_answer="A poet is {w}.", false_answers=["{w} is a smith.", "{w} is a monk."]), who))
            f = asked(["Ann", "Bob"]); r = asked(["Cid", "Dan"]); h = asked(["Eve", "Fay"])
            data = (forget=f, retain=r, real_authors=r, world_facts=r, holdout=h)
            letters = question_set([(question="abcdefghijklmnopqrstuvwxyz", answer="ABCDEFGW.?")])
            m = gpt((f + r + h + letters).vocab, layers=1, width=16, heads=2, context=64, seed=1)
            n = train(m, f + r, steps=30, batch=4, optimizer=adamw(lr=1e-2), seed=1)
            o = train(m, r, steps=30, batch=2, optimizer=adamw(lr=1e-2), seed=1)
            def mine(m, data) = nll(m, data.forget)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        return bench
    }

    private func holds(_ bench: Bench, _ condition: String, _ place: SourceLocation = #_sourceLocation) {
        #expect(bench(condition) == "true\n", "\(condition): \(bench.messages)", sourceLocation: place)
    }

    @Test func aComparisonTakesBuiltInAndOwnMetrics() {
        let bench = bench()
        bench(
            """
            t = compare(m, n, oracle=o, on=data, metrics=[probability, forget_quality, model_utility, \
            mia_min_k(k=0.2), \
            privacy_leak, oracle_kl, oracle_cka, gradient_alignment, multiple_choice, perplexity, bleu, mine, m -> \
            norm(m - n)])
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "t.n.probability > t.m.probability and t.n.perplexity < t.m.perplexity")
        holds(bench, "abs(t.n.mine - nll(n, f)) < 1e-5 and t.n.metric_13 == 0 and t.m.metric_13 > 0")
        holds(bench, "t.n.probability == probability(n, f) and t.n.mia_min_k == mia_min_k(n, data, k=0.2)")
        holds(bench, "t.oracle.oracle_kl == none and t.n.oracle_kl > 0 and abs(oracle_cka(o, f, oracle=o) - 1) < 1e-6")
    }

    @Test func theBuiltInAuthorsHaveHeldOutOnes() {
        let bench = Bench()
        bench("qa = authors();")
        holds(bench, "len(qa.holdout) == len(qa.forget) and len(without(qa.holdout, qa.full)) == len(qa.holdout)")
        holds(bench, "len(qa.holdout[0].false_answers) == 5")
    }

    @Test func figuresOfSingleQuestions() {
        let bench = bench()
        bench("s = scores(n, f, metrics=[exact_memorization, truth_ratio(average=\"prob_mean\"), (m, d) -> nll(m, d)])")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "abs(s[1].metric_3 - s[1].loss) < 1e-5")
        holds(bench, "abs(s[0].truth_ratio - 1 / (1 + scores(n, f)[0].truth_ratio)) < 1e-5")
        bench("scores(n, f, metrics=[model_utility])")
        #expect(!bench.failures.isEmpty)
    }

    @Test func runsAndFrontiersTakeThem() {
        let bench = bench()
        bench("w = unlearn(n, f, r, steps=2, optimizer=adamw(lr=1e-3), watch=probability).log.watch")
        holds(bench, "len(w) == 2 and w[0] > 0 and w[0] <= 1")
        bench("run = start(n, f, r, optimizer=adamw(lr=1e-3))")
        bench("p = frontier(run, steps=2, every=2, on=(known=exact_memorization, own=mine))")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "p.adamw.known[0] == exact_memorization(n, f)")
    }

    @Test func tokenListsAndTextsAreJudged() {
        let bench = bench()
        bench("b = batch([[1, 2, 3, 4], [2, 3]]); c = batch([[4, 3, 2]])")
        holds(bench, "abs(log(perplexity(m, b)) - nll(m, b)) < 1e-5")
        holds(bench, "mia_loss(m, b, holdout=c) >= 0 and mia_gradnorm(m, (forget=b, holdout=c)) <= 1")
        holds(bench, "perplexity(n, text_set([\"Ann is a poet.\"]), per=\"byte\") > 1")
    }

    /// A template's mark of several tokens ends an answer as one token does: none of its pieces counts.
    @Test(arguments: ["chatml", "llama3", "zephyr"]) func marksOfSeveralTokensDoNotCount(_ template: String) {
        let bench = Bench()
        bench(
            """
            m = with_template(load("authors"), "\(template)")
            q = authors().forget[0:3]
            each = map(i -> token_nll(m, q[i:i + 1]), range(3))
            bare = map(x -> len(encode(m, x.answer)), q)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        // The tokenizer may draw the answer's first blank or last stop into a neighbour: one token either way.
        bench(
            """
            def like(x, p) = filter(k -> abs(exp(mean(x[:k])) / p - 1) < 1e-4, range(1, len(x) + 1))
            k = map(i -> like(each[i], perplexity(m, q[i:i + 1])), range(3))
            """)
        #expect(
            bench("all(map(i -> any(map(c -> abs(c - bare[i]) <= 1, k[i])), range(3)))") == "true\n",
            "\(bench("print(k, bare, map(len, each))"))\(bench.messages)")
    }

    /// Rows that are filled up with labels of -100 end where their last label is.
    @Test func filledRowsEndAtTheirLastLabel() {
        let bench = Bench()
        bench(
            """
            m = load("authors")
            a, c = encode(m, "Who?\\nJane.<|endoftext|>"), encode(m, "What is it?\\nIt is a house.<|endoftext|>")
            n = len(c)
            la, lc = [-100, -100] + a[2:], [-100, -100] + c[2:]
            more = n - len(a)
            filled = batch([a + [0] * more, c], labels=[la + [-100] * more, lc])
            masked = batch([a + [0] * more, c], labels=[la + [-100] * more, lc], mask=[[1] * len(a) + [0] * more, [1] \
            * n])
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        for metric in ["perplexity", "exact_memorization", "extraction_strength"] {
            holds(bench, "abs(\(metric)(m, filled) - \(metric)(m, masked)) < 1e-4")
        }
        bench("one = perplexity(m, batch([a], labels=[la]), details=true).by_example[0]")
        holds(bench, "abs(perplexity(m, filled, details=true).by_example[0] / one - 1) < 1e-4")
    }

    @Test func twoThreadsGiveTheSameBits() {
        let look =
            "repr([mia_min_k_plus_plus(n, data), mia_gradnorm(n, data), truth_ratio(n, f), oracle_cka(n, f, oracle=o)])"
        #expect(bench(threads: 1)(look) == bench(threads: 2)(look))
    }

    @Test(arguments: [
        ("mia_loss(m, f)", "holdout="), ("forget_quality(m, f)", "oracle="), ("privacy_leak(m, data)", "oracle="),
        ("mia_reference(m, data)", "reference="), ("model_utility(m, f)", "real_authors"),
        ("truth_ratio(m, question_set([(question=\"Who?\", answer=\"Ann.\")]))", "false_answers"),
        ("bleu(m, batch([[1, 2]]))", "question_set"),
        ("mia_zlib(m, batch([[1, 2]]), holdout=batch([[1, 2]]))", "question_set"),
        ("gradient_alignment(m, f)", "retain="), ("compare(m, on=f, metrics=[])", "metrics"),
        ("compare(m, on=f, metrics=[3])", "number 1"), ("compare(m, on=f, metrics=[forget_quality])", "oracle"),
        ("probability(m, data, set=\"training\")", "forget"), ("mia_min_k(m, data, k=0)", "above 0"),
        ("perplexity(m, f[0:0])", "empty"),
    ])
    func whatIsMissingIsSaid(_ program: String, _ word: String) {
        let bench = bench()
        bench(program)
        #expect(!bench.failures.isEmpty && bench.messages.contains(word), "\(program): \(bench.messages)")
    }

    @Test func aBrokenModelStaysInItsColumn() {
        let bench = bench()
        bench("broken = m + (1 / 0) * (n - m)")
        bench("t = compare(m, broken, oracle=o, on=data, metrics=[probability, forget_quality, mia_loss])")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "t.m.forget_quality >= 0 and t.broken.forget_quality != t.broken.forget_quality")
    }

    @Test func workspacesKeepMetricsAndSuites() throws {
        let folder = try TemporaryFolder(), bench = bench(), path = folder.path + "/m.ws"
        bench("list = [mia_min_k(k=0.3), mine]; qa = authors(); t = compare(m, on=data, metrics=list); :save \(path)")
        bench(":save \(path)")
        let other = Bench()
        other(":load \(path)")
        #expect(other.failures.isEmpty, "\(other.messages)")
        holds(other, "t == compare(m, on=data, metrics=list) and len(qa.holdout) == 60")
    }
}
