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

// Attacks: what they do to small models can be worked out.
@Suite struct AttackTests {
    private func bench() -> Bench {
        let bench = Bench()
        bench(
            """
            def asked(who) = question_set(map(w -> (question="Who is {w}?", answer="{w} is a poet.", \
            paraphrased_question="What does {w} do?", paraphrased_answer="A poet is {w}.", \
            false_answers=["{w} is a smith.", "{w} is a monk."]), who))
            f = asked(["Ann", "Bob", "Gus"]); r = asked(["Cid", "Dan"])
            data = (forget=f, retain=r)
            letters = question_set([(question="abcdefghijklmnopqrstuvwxyz", answer="ABCDEFGW.?")])
            m = gpt((f + r + letters).vocab, layers=2, width=16, heads=2, context=200, seed=1)
            n = train(m, f + r, steps=60, batch=5, optimizer=adamw(lr=1e-2), seed=1)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        return bench
    }

    private func holds(_ bench: Bench, _ condition: String, _ place: SourceLocation = #_sourceLocation) {
        #expect(bench(condition) == "true\n", "\(condition): \(bench.messages)", sourceLocation: place)
    }

    @Test func oneTableOfAll() {
        let bench = bench()
        bench("def own(m, data) = -nll(m, data.forget)")
        bench(
            "t = attack(m, n, on=(forget=f, retain=r + asked([\"Eva\"]))); u = attack(n, on=data, attacks=[own, quantized(bits=16, block=8)])"
        )
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "t.n.probability > 0.5 and t.n.probed >= 0 and t.m.few_shot > 0 and t.n.paraphrased > 0")
        // Sixteen bits are nearly all there are.
        holds(bench, "abs(u.n.quantized - t.n.probability) < 0.01 and abs(u.n.own + nll(n, f)) < 1e-5")
        holds(bench, "abs(t.n.quantized_bits_4 - t.n.probability) > abs(t.n.quantized_bits_8 - t.n.probability)")
    }

    @Test func requestsInSequence() {
        let bench = bench()
        bench("two = sequence(n, [f[0:1], f[1:2]], r, by=(m, f, r) -> unlearn(m, f, r, steps=2, seed=1))")
        bench("one = unlearn(n, f[0:1], r, steps=2, seed=1)")
        bench("sequence(n, [f[0:1], f[1:2]], r, by=unlearn(steps=2, seed=1));")
        #expect(bench.messages == "", "\(bench.messages)")
        holds(bench, "two[0] == one and two[1] == unlearn(one, f[1:2], r, steps=2, seed=1)")
        bench("def serve(m, f, r) = unlearn(m, f, r, steps=2, seed=1)")
        bench("grown = sequence(n, [f[0:1], f[1:2]], r, growing=true, by=serve)")
        holds(bench, "grown[1] == unlearn(n, f[0:2], r, steps=2, seed=1)")
        bench("sequence(n, [f], r, by=m -> 3)")
        #expect(!bench.failures.isEmpty)
    }

    /// Where only the last block differs, its own states are needed; where only the embeddings do, the first are enough.
    @Test func patchingFindsTheDepth() {
        let bench = bench()
        bench(
            """
            def part(names) {
              d = parameters(m - n)
              picked = filter(k -> any(map(s -> contains(k, s), names)), keys(d))
              return n + direction(n, to_record(picked, map(k -> d[k], picked)))
            }
            early, late = part(["wpe"]), part(["h.1."])
            a = patched(early, f, reference=n, details=true)
            b = patched(late, f, reference=n, details=true)
            c = patched(n, f, reference=n, details=true)
            t = attack(n, late, on=data, attacks=[patched, probability])
            own = [probability(n, f), probability(late, f), probability(early, f)]
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        // The original's stream through blocks that are its own gives its own answers, and the other way round.
        holds(bench, "max(abs(tensor(a.curve) - own[0])) < 1e-5 and abs(a.own - own[2]) < 1e-5")
        holds(bench, "abs(b.curve[2] - own[0]) < 1e-5 and max(abs(tensor(b.curve[0:2]) - own[1])) < 1e-5")
        holds(bench, "a.value == 0 and c.value == 0 and b.value > 0.5 and b.value <= 1 and b.layers == [0, 1, 2]")
        holds(bench, "t.n.patched == 0 and abs(t.late.patched - b.value) < 1e-6")
        bench("patched(m, f)")
        #expect(bench.messages.contains("reference="), "\(bench.messages)")
        bench("patched(m, f, reference=gpt((f + r + letters).vocab, layers=1, width=16, heads=2, context=200))")
        #expect(bench.messages.contains("2 blocks"), "\(bench.messages)")
    }

    @Test func aSystemPromptIsAskedWithEverywhere() throws {
        let folder = try TemporaryFolder(), bench = bench()
        bench(
            """
            told = system_prompt(n, "Who? Gus.")
            ids = encode(n, "Who? Gus.\\nQuestion: Who is Ann?\\nAnswer: Ann is a poet.")
            """)
        bench("def mine_loss(m, data) = nll(m, data.forget)")
        bench("d = compare(n, told, on=data, metrics=[probability, mine_loss]); t = attack(n, told, on=data)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "encode(told, f[0:1])[0].ids[0:len(ids)] == ids and encode(n, f[0:1])[0].ids != ids")
        holds(bench, "d.told.probability != d.n.probability and abs(d.told.mine_loss - nll(told, f)) < 1e-6")
        holds(bench, "t.told.patched == 0 and t.told.quantized_bits_8 != t.n.quantized_bits_8")
        holds(
            bench, "told != n and system_prompt(told, \"\") == n and (told + (m - n)).system_prompt == \"Who? Gus.\""
        )
        holds(bench, "distance(n, told, on=f) > 0 and distance(told, told, on=f) == 0")
        bench("u = unlearn(told, f, r, steps=2, seed=1); v = unlearn(n, f, r, steps=2, seed=1)")
        holds(bench, "u.system_prompt == told.system_prompt and distance(u, v) > 0")
        bench(":save \(folder.path)/s.ws")
        let other = Bench()
        other(":load \(folder.path)/s.ws")
        #expect(other.failures.isEmpty, "\(other.messages)")
        holds(
            other, "told.system_prompt == \"Who? Gus.\" and repr(nll(told, f)) == repr(nll(told + 0 * (m - n), f))")
        bench("save(told, \"\(folder.path)/told\")")
        #expect(bench.messages.contains("system prompt"), "\(bench.messages)")
        bench("oracle_cka(told, f, oracle=n)")
        #expect(bench.messages.contains("different templates or system prompts"), "\(bench.messages)")
        bench("system_prompt(gpt(5, layers=1, width=8), \"x\")")
        #expect(bench.messages.contains("tokenizer"), "\(bench.messages)")
    }

    @Test func attacksAreDrawn() throws {
        let folder = try TemporaryFolder(), bench = bench()
        bench(
            """
            p = robustness(n, m, on=data, save="\(folder.path)/p.svg", attacks=[relearned(examples=1, steps=5), \
            patched, \
            quantized(bits=8), quantized(bits=3), paraphrased])
            h = asked(["Eve", "Fay", "Deb"])
            s = membership(n, (forget=f, holdout=h), attack=mia_min_k(k=0.5))
            e = membership(n, (forget=f, holdout=h), attack=nll, threshold=1)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "p.plots == [\"relearned\", \"patched\", \"quantized\"] and p.models == [\"n\", \"m\"]")
        holds(
            bench,
            "p.table == attack(n, m, on=data, attacks=[relearned(examples=1, steps=5), patched, quantized(bits=8), quantized(bits=3), paraphrased])"
        )
        #expect(try String(contentsOfFile: folder.path + "/p.svg", encoding: .utf8).contains("<svg"))
        #expect(bench("p").contains("paraphrased"))
        holds(bench, "s.auc == mia_min_k(n, f, holdout=h, k=0.5) and s.false_positive_rate <= 1 and s.threshold > 0")
        holds(bench, "abs(e.auc - mia_loss(n, f, holdout=h)) < 1e-6 and e.threshold == 1")
        bench("robustness(n, on=data, attacks=[paraphrased])")
        #expect(bench.messages.contains("nothing to draw"), "\(bench.messages)")
        bench("membership(n, (forget=f, holdout=h), attack=probability)")
        #expect(bench.messages.contains("mia_loss"), "\(bench.messages)")
    }

    @Test func gradientsAlignByLayerAndExample() {
        let bench = bench()
        bench("d = gradient_alignment(n, data, details=true); g = grad(m -> nll(m, f), n); k = grad(m -> nll(m, r), n)")
        bench(
            """
            block = x -> concat(map(k -> reshape(parameters(x)[k], -1), filter(k -> contains(k, "h.1."), \
            keys(parameters(x)))))
            one = grad(m -> nll(m, f[1:2]), n)
            cosine = (a, b) -> dot(a, b) / norm(a) / norm(b)
            """)
        holds(bench, "abs(d[\"transformer.h.1\"] - cosine(block(g), block(k))) < 1e-4")
        holds(bench, "abs(d[\"transformer.h.1.by_example\"][1] - cosine(block(one), block(k))) < 1e-4")
    }

    @Test func whatIsLearnedAgainIsKnownAgain() {
        let bench = bench()
        bench("d = relearned(m, f, examples=2, steps=30, lr=0.01, details=true)")
        holds(bench, "d.curve[-1] > d.curve[0] and len(d.by_example) == 1 and d.steps[-1] == 30")
        holds(bench, "abs(d.curve[0] - probability(m, f[2:3])) < 1e-6")
    }

    @Test(arguments: [
        ("quantized(m, f, block=100000)", "block="), ("quantized(m, f, bits=1)", "from 2 to 16"),
        ("relearned(m, f, examples=3)", "examples=2"), ("few_shot(m, f)", "retain="),
        ("probed(m, data, layer=9)", "9"),
        ("paraphrased(m, question_set([(question=\"A\", answer=\"A\")]))", "paraphrased_question"),
        ("attack(on=data)", "at least one model"), ("attack(m, on=data, attacks=[])", "empty"),
    ])
    func whatIsMissingIsSaid(_ program: String, _ word: String) {
        let bench = bench()
        bench(program)
        #expect(!bench.failures.isEmpty && bench.messages.contains(word), "\(program): \(bench.messages)")
    }
}

@Suite struct EvaluationFileTests {
    /// As open-unlearning writes it: indices as names, in any order; the AUC of an attack with both sides.
    @Test func filesOfOpenUnlearningAreRead() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/TOFU_EVAL.json", bench = Bench()
        let text = """
            {"forget_Q_A_Prob": {"agg_value": 0.5, "value_by_index": {
                "10": {"prob": 0.75, "avg_loss": 0.25}, "2": {"prob": 0.25, "avg_loss": 1.5}}},
             "mia_loss": {"auc": 0.9, "agg_value": 0.9, "forget": {"agg_value": 1, "value_by_index": {"0": {"score": \
            1}}}},
             "forget_quality": {"agg_value": null}}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("e = evaluation(\"\(path)\")")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        for condition in [
            "e.forget_Q_A_Prob.by_example == [0.25, 0.75] and e.forget_Q_A_Prob.avg_loss == [1.5, 0.25]",
            "e.forget_Q_A_Prob.index == [2, 10] and e.forget_Q_A_Prob.value == 0.5",
            "e.mia_loss.auc == 0.9 and e.mia_loss.forget.by_example == [1] and e.forget_quality.value == none",
        ] { #expect(bench(condition) == "true\n", "\(condition): \(bench.messages)") }
    }

    @Test(arguments: [
        ("[1, 2]", "no object"), ("{\"a\": {\"value_by_index\": {\"x\": 1}}}", "no whole number"),
        ("{\"a\": \"b\"}", "the string"),
    ])
    func otherFilesAreRefused(_ text: String, _ word: String) throws {
        let folder = try TemporaryFolder(), path = folder.path + "/e.json", bench = Bench()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("evaluation(\"\(path)\")")
        #expect(bench.messages.contains(word), "\(bench.messages)")
    }

    /// What was read is written back as it was.
    @Test func whatIsReadIsWrittenBack() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/TOFU_EVAL.json", bench = Bench()
        let text = """
            {"forget_Q_A_Prob": {"agg_value": 0.5, "value_by_index": {
                "10": {"prob": 0.75, "avg_loss": 0.25}, "2": {"prob": 0.25, "avg_loss": 1.5}}},
             "forget_Q_A_PERT_Prob": {"agg_value": null, "value_by_index": {
                "0": [{"prob": 0.1, "avg_loss": 2.5}, {"prob": 0.2, "avg_loss": 1.5}]}},
             "mia_loss": {"auc": 0.9, "agg_value": 0.9, "forget": {"agg_value": 1, "value_by_index": {"0": {"score": \
            1}}}, "holdout": {"value_by_index": {"0": {"score": 2}}}},
             "truth": {"agg_value": NaN, "value_by_index": {"0": {"score": null}, "1": {"score": 0.5}}},
             "forget_quality": {"agg_value": null}}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("e = evaluation(\"\(path)\"); x = evaluation(\"\(folder.path)/B_EVAL.json\", results=e)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(bench("repr(x) == repr(e) and repr(evaluation(\"\(folder.path)/B_EVAL.json\")) == repr(e)") == "true\n")
        bench("a, b = read_json(\"\(path)\"), read_json(\"\(folder.path)/B_EVAL.json\")")
        for name in ["forget_Q_A_PERT_Prob", "forget_quality"] {
            #expect(bench("repr(a.\(name)) == repr(b.\(name))") == "true\n", "\(name): \(bench("print(b)"))")
        }
        #expect(
            bench(
                "b.forget_Q_A_Prob.value_by_index[\"2\"].avg_loss == 1.5 and b.mia_loss.holdout == a.mia_loss.holdout")
                == "true\n", "\(bench.messages)")
        #expect(bench("keys(read_json(\"\(folder.path)/B_SUMMARY.json\"))").contains("forget_Q_A_Prob"))
    }

    @Test func whatIsNoResultIsRefused() throws {
        let bench = Bench()
        bench("evaluation(\"/tmp/never.json\", (a=\"b\"))")
        #expect(bench.messages.contains("`a` of `results`"), "\(bench.messages)")
    }
}
