// Attacks: what they do to small models can be worked out.
import Foundation
import TestSupport
import Testing

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
