// Every loss in runs: what it asks for is there, its steps come back to the bit, and what is missing is named.
import Foundation
import TestSupport
import Testing
import Unlearning

@Suite struct LossRunTests {
    private static let setup = """
        texts = question_set([
          (question="Who?", answer="anna"), (question="Where?", answer="in nora"), (question="When?", answer="now"),
          (question="What?", answer="a hat"), (question="Why?", answer="no"),
        ])
        asked = (forget=texts[0:2], retain=texts[2:5])
        others = question_set([(question="Who?", answer="nora"), (question="Where?", answer="a hat")])
        said = ["no", "a no", "nora now", "hat"]
        given = (forget=batch([[1, 2, 3, 4], [2, 3, 1]], labels=[[-100, 2, 3, 4], [-100, 3, 1]]), \
        retain=batch([[4, 5, 6, 1], [5, 1, 2], [3, 2]]))
        base = gpt(texts.vocab, layers=2, width=8, heads=2, context=40, seed=1)
        base = base + 0.2 * randn_like(base, seed=2)
        ref = base + 0.02 * randn_like(base, seed=3)

        """

    /// A loss by its settings, and the same written with what the run gives by name, where that can be written.
    private struct Tried {
        let name: String
        var settings = ""
        /// Weights so that its gradients are of ordinary size.
        var written: String?
    }

    private static let tried = [
        Tried(name: "ga", written: "(m, f, r) -> -nll(m, f)"),
        Tried(name: "graddiff", settings: "retain_weight=2", written: "(m, f, r) -> 2 * nll(m, r) - nll(m, f)"),
        Tried(name: "ga_kl", written: "(m, f, r, reference) -> kl(m, r, reference=reference) - nll(m, f)"),
        Tried(
            name: "npo", settings: "beta=0.3",
            written: """
                (m, f, r, reference) -> 2 / 0.3 * mean(softplus(-0.3 * (sequence_nll(m, f) - \
                sequence_nll(reference, f)))) + nll(m, r)
                """),
        Tried(
            name: "dpo", settings: "alternatives=said",
            written: """
                (m, f, r, reference, alternatives=said) -> 20 * mean(softplus(-0.1 * (sequence_nll(m, f) - \
                sequence_nll(reference, f) - sequence_nll(m, alternatives) + sequence_nll(reference, alternatives)))) \
                + nll(m, r)
                """),
        Tried(name: "simnpo"),
        Tried(
            name: "po", settings: "alternatives=said",
            written: "(m, f, r, alternatives=said) -> nll(m, alternatives) + nll(m, r)"),
        Tried(name: "wga", written: "(m, f, r) -> nll(m, r) - mean(detach(exp(-token_nll(m, f))) * token_nll(m, f))"),
        Tried(name: "satimp"), Tried(name: "undial"), Tried(name: "ceu"), Tried(name: "rmu", settings: "steering=2"),
        Tried(
            name: "pdu", settings: "rate=0.2, epsilon=1",
            written: """
                (m, f, r, state=1) -> [pdu(m, f, retain=none) + state * nll(m, r), max(0, state + 0.2 * (nll(m, r) - \
                1))]
                """),
        Tried(
            name: "random_label", written: "(m, f, r, other_answers) -> nll(m, other_answers) + nll(m, r)"),
        Tried(name: "finetune", written: "(m, f, r) -> nll(m, r)"),
        Tried(name: "finetune_l1"), Tried(name: "inverted_hinge"),
    ]

    private let temporary: TemporaryFolder
    init() throws { temporary = try TemporaryFolder() }

    @Test func everyLossIsTried() {
        #expect(Set(Self.tried.map(\.name)) == Set(UnlearningLosses.all.map { $0.name }))
    }

    @Test(arguments: ["asked", "given"]) func stepsComeBackAndCopiesAgree(_ data: String) {
        var results: [String] = []
        for threads in [1, 2] {
            let bench = Bench(threads: threads), after = Bench(threads: threads)
            bench(Self.setup + "data = \(data); seen = []")
            // Without a tokenizer's text strings stand for nothing; rows do.
            if data == "given" { bench("said = batch([[1, 4], [2, 5, 5]], labels=[[-100, 4], [-100, 5, 5]])") }
            for tried in Self.tried {
                for loss in ["\(tried.name)(\(tried.settings))", tried.written].compactMap(\.self) {
                    bench(
                        """
                        loss = \(loss.hasSuffix("()") ? String(loss.dropLast(2)) : loss)
                        run = start(base, data.forget, data.retain, loss=loss, optimizer=sgd(lr=0.02), batch=2, \
                        memory=1)
                        late = step(run, 4)
                        e = explain(step(run, 2))
                        fork = step(back(late, 3), 2)
                        assert(fork.model == step(run, 3).model and fork.loss_state == step(run, 3).loss_state, "fork")
                        assert(explain(back(late, 2)).update == e.update and explain(back(late, 2)).loss_state == \
                        e.loss_state and e.next_loss_state == fork.loss_state or "\(tried.name)" == "pdu" and \
                        \(loss.hasPrefix("pdu") ? "false" : "true"), "explained")
                        u = unlearn(base, data.forget, data.retain, loss=loss, optimizer=sgd(lr=0.02), batch=2, steps=4)
                        v = unlearn(base, data.forget, data.retain, loss=loss, optimizer=sgd(lr=0.02), batch=2, steps=2)
                        v = unlearn(v, data.forget, data.retain, loss=loss, optimizer=sgd(lr=0.02), batch=2, steps=2)
                        assert(u == late.model and v == u and distance(u, base) > 0, "unlearn")
                        numbers = late.log.loss + [e.update, e.forget.predicted, norm(late.model - base)]
                        seen = seen + [numbers]
                        """)
                    #expect(bench.failures.isEmpty, "\(data) \(loss): \(bench.messages)")
                }
                if tried.written != nil {
                    bench(
                        """
                        for pair in zip(seen[-1], seen[-2]) {
                          assert(abs(pair[0] - pair[1]) <= 2e-4 * max(1, abs(pair[1])), "{pair}")
                        }
                        """)
                    #expect(bench.failures.isEmpty, "\(data) \(tried.name) differs from its copy: \(bench.messages)")
                }
                bench(":save \(temporary.path)/\(data)\(threads).ws")
                after(":load \(temporary.path)/\(data)\(threads).ws")
                let look = """
                    print(back(late, 2).model == step(run, 2).model, repr(norm(step(late).model - base)), \
                    step(late).loss_state, explain(step(run, 2)) == e, explain(late).loss_state, e.next_loss_state)
                    """
                let expected = bench(look)
                #expect(expected.hasPrefix("true "), "\(data) \(tried.name): \(expected) \(bench.messages)")
                #expect(after(look) == expected, "\(data) \(tried.name): \(after.messages)")
            }
            results.append(bench("repr(seen)"))
        }
        #expect(results[0] == results[1], "threads change bits")
    }

    // MARK: Weights of the step

    @Test func weightsFollowTheStep() {
        let bench = Bench()
        bench(
            Self.setup + """
                data = given
                o = sgd(lr=0.05)
                a = unlearn(base, data.forget, data.retain, loss=graddiff(retain_weight=(epoch, epochs) -> 4 * epoch / \
                epochs), optimizer=o, steps=4)
                b = unlearn(base, data.forget, data.retain, loss=(m, f, r, step, steps) -> 4 * step / steps * nll(m, \
                r) \
                - nll(m, f), optimizer=o, steps=4)
                c = unlearn(base, data.forget, data.retain, loss=graddiff(retain_weight=n -> n), optimizer=o, steps=4)
                d = step(start(base, data.forget, data.retain, loss=graddiff(retain_weight=(step, steps) -> 4 * step / \
                steps), optimizer=o, steps=4), 4).model
                n = 7
                def scaled(step) = step + n * 0
                e = start(base, data.forget, data.retain, loss=graddiff(retain_weight=scaled), optimizer=o)
                n = none
                e = step(e, 4).model
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let look = "print(distance(a, b) < 1e-5, distance(a, c) < 1e-5, a == d, a == e, distance(a, base) > 1e-3)"
        #expect(bench(look) == "true true true true true\n", "\(bench.messages)")
        // What counts on a plan does not go on beyond it unasked.
        bench("f = unlearn(a, data.forget, data.retain, loss=graddiff(retain_weight=n -> n), optimizer=o, steps=1)")
        bench("g = unlearn(c, data.forget, data.retain, loss=graddiff(retain_weight=n -> n), optimizer=o, steps=1)")
        #expect(bench("[f.log.steps, g.log.steps]") == "[1, 5]\n", "\(bench.messages)")
    }

    // MARK: Alternatives

    /// As published: once a pass over the forget data, by the mean of the retain terms on the way.
    @Test func aMultiplierFollowsEachPass() {
        let bench = Bench()
        bench(
            Self.setup + """
                loss = pdu(every="epoch", rate=0.5)
                run = start(base, asked.forget, asked.retain, loss=loss, optimizer=sgd(lr=0.02), batch=1)
                one, two, four = step(run, 1), step(run, 2), step(run, 4)
                first = 1 + 0.5 * mean(two.log.retain)
                assert(one.loss_state.multiplier == 1 and abs(two.loss_state.multiplier - first) < 1e-4, "first pass")
                second = first + 0.5 * mean(four.log.retain[2:4])
                assert(abs(four.loss_state.multiplier - second) < 1e-4, "second pass")
                assert(step(back(four, 3), 1).model == step(run, 2).model, "back within a pass")
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
    }

    @Test func alternativesAreDrawnOnceWithTheSeed() {
        let bench = Bench()
        bench(
            Self.setup + """
                def keep(m, f, r, alternatives=said, state=[]) = [nll(m, r), state + [alternatives.ids]]
                def drawn(seed, batch=2) = step(start(base, texts, texts, loss=keep, optimizer=sgd(lr=0.01), \
                batch=batch, seed=seed), 6).loss_state
                a, b, c = drawn(1), drawn(1), drawn(2)
                whole = drawn(1, batch=5)
                rows = x -> sort(map(repr, unique(x)))
                each = fold((all, x) -> all + x, [], a)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        // Two epochs of five examples in threes see each example's own alternative twice, whatever the batch.
        #expect(
            bench("print(a == b, a == c, rows(each) == rows(whole[0]), rows(whole[0]) == rows(whole[5]))")
                == "true false true true\n", "\(bench.messages)")
        bench("one = start(base, asked.forget, asked.retain, loss=po(alternatives=others), optimizer=sgd(lr=0.1))")
        bench("two = start(base, others, asked.retain, loss=(m, f, r) -> nll(m, f) + nll(m, r), optimizer=sgd(lr=0.1))")
        #expect(bench("distance(step(one, 3).model, step(two, 3).model) < 1e-6") == "true\n", "\(bench.messages)")
        #expect(bench("len(refusals()) == len(unique(refusals()))") == "true\n")
        bench("write_json(\"I pass.\", \"\(temporary.path)/r.txt\")")
        #expect(bench("refusals(\"\(temporary.path)/r.txt\")") == "[\"\\\"I pass.\\\"\"]\n", "\(bench.messages)")
    }

    @Test func generatedAnswersAreOthers() {
        let bench = Bench()
        bench(
            """
            qa, base = authors(), load("authors")
            f = qa.forget[0:4]
            a = generate_alternatives(base, f, temperature=1.5, most=24, seed=3)
            b = generate_alternatives(base, f, temperature=1.5, most=24, seed=3)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let look = """
            print(a == b, a.questions == f.questions, len(filter(i -> a[i].answer == f[i].answer, range(4))), \
            min(map(len, a.answers)) > 0)
            """
        #expect(bench(look) == "true true 0 true\n", "\(bench.messages)")
        bench("u = unlearn(base, f, qa.retain[0:4], loss=dpo(alternatives=a), optimizer=adamw(lr=1e-4), steps=3)")
        #expect(bench("nll(u, a) < nll(base, a)") == "true\n", "\(bench.messages)")
    }

    // MARK: What is missing

    @Test(arguments: [
        ("npo(base, f, r)", "reference="), ("dpo(base, f, r, reference=ref)", "alternatives="),
        ("po(base, f, r)", "alternatives="), ("graddiff(base, f)", "retain data"),
        ("random_label(base, f, retain=none)", "retain data"), ("ga_kl(base, f, r)", "reference="),
        ("graddiff(base, f, r, retain=kl)", "reference="), ("kl(base, r)", "reference="),
        ("unlearn(base, f, loss=random_label(retain=none), steps=1)", "retain data"),
        ("unlearn(base, f, loss=graddiff, steps=1)", "retain data"),
        ("unlearn(nameless, f, r, loss=po, steps=1)", "alternatives="),
        ("unlearn(nameless, f, r, loss=po(alternatives=[\"no\"]), steps=1)", "tokenizer"),
        ("po(base, f, r, alternatives=r)", "3 examples, and there are 2"),
        ("po(base, asked.forget, asked.retain, alternatives=asked.forget[::-1])", "another question at position 0"),
        ("po(base, f, r, alternatives=7)", "refusals()"), ("rmu(base, f, r, reference=ref, layer=3)", "layer"),
        ("graddiff(retain=3)", "retain term"), ("graddiff(base, f, retain=r)", "third argument"),
        ("graddiff(retain_weight=\"x\")", "function of the step"), ("npo(beta=0)", "1e-6"),
        ("ceu(base, f, r, ignore=9)", "ignore="),
        ("graddiff(base, f, r, retain_weight=n -> n)", "outside of a run"),
        ("start(base, f, r, loss=graddiff(retain_weight=(epoch, epochs) -> epoch / epochs))", "steps=60"),
        ("start(base, f, r, loss=(m, f, r, steps) -> steps * nll(m, f))", "steps=60"),
        ("start(base, f, r, loss=graddiff(retain_weight=(step, width) -> 1))", "`width`"),
        ("step(start(base, f, r, loss=graddiff(retain_weight=n -> \"x\")))", "must return a number"),
        ("step(start(base, f, r, loss=(m, f, r, state=0) -> nll(m, f)))", "the next state"),
        ("hidden_states(base, f, 3)", "from 0 to 2"), ("attention(base, f, 2)", "from 0 to 1"),
        ("grad(x -> npo(base, f, r, reference=x), base)", "frozen"),
    ]) func whatIsMissingIsNamed(_ call: String, _ word: String) {
        let bench = Bench()
        bench(Self.setup + "f, r = given.forget, given.retain; nameless = gpt(9, layers=1, width=8, seed=1)")
        bench(call)
        #expect(bench.messages.contains(word) && bench.failures.count == 1, "\(call): \(bench.messages)")
    }

    // MARK: Looking into models

    @Test func innerStatesAreThoseOfTheModel() {
        for kind in ["gpt(9", "llama(9, groups=1"] {
            let model = kind + ", layers=2, width=8, heads=2, seed=1)"
            let bench = Bench()
            bench(
                """
                m = \(model)
                m = m + 0.3 * randn_like(m, seed=2)
                x = batch([[1, 2, 3, 4], [5, 6]])
                w = parameters(m)
                head = if m.architecture == "gpt2" { w["transformer.wte.weight"] } else { w["lm_head.weight"] }
                last = hidden_states(m, x)
                assert(max(abs(last[0] @ head.T - logits(m, x)[0])) < 1e-5, "the last gives the logits")
                e = if m.architecture == "gpt2" { w["transformer.wte.weight"][6] + w["transformer.wpe.weight"][1] } \
                else { w["model.embed_tokens.weight"][6] }
                assert(max(abs(hidden_states(m, x, 0)[1, 1] - e)) < 1e-6, "the first are embeddings")
                for layer in range(2) {
                  a = attention(m, x, layer)
                  assert(a.shape == [2, 2, 4, 4] and max(abs(sum(a, 3) - 1)) < 1e-5, "rows add up to 1")
                  assert(a[0, 1, 1, 2] == 0 and a[1, 0, 3, 2] == 0 and a[1, 0, 1, 1] > 0, "neither ahead nor at \
                padding")
                }
                v = randn_like(m, seed=3)
                v = v / norm(v)
                for f in [m -> sum(hidden_states(m, x, 1)^3), m -> sum(attention(m, x, 1)^2), m -> log(top(m, [1, 2], \
                3)[2].probability)] {
                  g = dot(grad(f, m), v)
                  d = (f(m + 0.01 * v) - f(m + -0.01 * v)) / 0.02
                  assert(abs(g - d) < 0.02 * max(abs(g), 0.1), "{f}: {g}, {d}")
                }
                t = top(m, [1, 2], 9)
                p = softmax(logits(m, batch([[1, 2]]))[0, 1])
                assert(abs(sum(map(x -> x.probability, t)) - 1) < 1e-5 and abs(p[t[0].id] - max(p)) < 1e-6, "top")
                """)
            #expect(bench.failures.isEmpty, "\(model): \(bench.messages)")
        }
    }

    // MARK: The log, references

    /// A built-in loss inside one of the user's own tells the log what it knows of the step's batches.
    @Test(arguments: [
        "npo(reference=ref)", "ga", "simnpo", "graddiff", "dpo(alternatives=given.forget, reference=ref)",
    ])
    func theLogKnowsWhatALossInsideALossKnows(_ loss: String) {
        let bench = Bench()
        bench(
            Self.setup + """
                inner = \(loss)
                def outer(m, f, r) = 2 * inner(m, f, r)
                a = step(start(base, given.forget, given.retain, loss=inner, optimizer=sgd(lr=0.01)), 2).log
                b = step(start(base, given.forget, given.retain, loss=outer, optimizer=sgd(lr=0.005)), 2).log
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench("print(len(a.forget), all(map(p -> abs(p[0] - p[1]) < 1e-4, zip(a.forget, b.forget))))")
                == "2 true\n", "\(bench.messages)")
    }

    /// One token id means different things to a model and to a reference with another tokenizer.
    @Test(arguments: [
        "npo(reference=other)", "dpo(alternatives=said, reference=other)", "undial(reference=other)",
        "ga_kl(reference=other)", "graddiff(retain=kl(reference=other))", "rmu(reference=other)",
        "graddiff(retain=embedding_difference(reference=other))", "(m, f, r) -> npo(reference=other)(m, f, r)",
        "(m, f, r, reference=other) -> nll(m, f) + kl(m, r, reference=reference)",
    ]) func aReferenceReadsAsTheModelDoes(_ loss: String) {
        let bench = Bench()
        bench(
            Self.setup + """
                shuffled = question_set([(question="Which?", answer="anno"), (question="Who?", answer="a hatter, now")])
                other = gpt(shuffled.vocab, layers=2, width=8, heads=2, context=40, seed=1)
                larger = gpt(40, layers=2, width=8, heads=2, context=40, seed=1)
                """)
        bench("step(start(base, asked.forget, asked.retain, loss=\(loss), optimizer=sgd(lr=0.01)))")
        #expect(
            bench.messages.contains("cannot be compared with the model"), "\(loss): \(bench.messages)")
        #expect(
            bench.messages.contains("has another tokenizer") || bench.messages.contains("knows"),
            "\(loss): \(bench.messages)")
        bench("step(start(base, given.forget, given.retain, loss=npo(reference=larger), optimizer=sgd(lr=0.01)))")
        #expect(bench.messages.contains("it knows 40 tokens"), "\(bench.messages)")
    }
}
