// Examples are one kind of value: sets, parts of them, batches of token ids, and what a run hands to a loss.
import Foundation
import Language
import TestSupport
import Testing

@Suite struct ExamplesTests {
    private static let start = """
        qa = authors()
        m = gpt(qa.full.vocab, layers=1, width=8, context=256, seed=1)
        tokens = batch([[1, 2, 3, 4], [5, 6], [7, 8, 9]])
        texts = text_set(["anna", "nora", "otto"])
        tm = gpt(texts.vocab, layers=1, width=8, seed=1)

        """

    /// What can be done with questions, texts and token ids alike: an expression of `e`, and whether it must hold.
    @Test(arguments: [
        "len(e) == 3", "len(e[0:2]) == 2", "len([x for x in e]) == 3", "e[-1] == e[2]", "len(map(x -> x, e)) == 3",
        "len(e + e[0:1]) == 4", "e[0:1] + e[1:3] == e", "len(e[::-1]) == 3", "len(batch(e, 2, seed=1)) == 2",
        "len(where(e, x -> x != e[0])) == 2", "len(without(e, e[0:1])) == 2", "len(shuffle(e, seed=1)) == 3",
        "len(split(e, 0.34, seed=1)[0]) == 1", "nll(n, e) > 0", "len(token_nll(n, e)) > 3",
        "len(sequence_nll(n, e)) == 3", "logits(n, e).shape[0] == 3", "per_example(n, e).shape[0] == 3",
        "train(n, e, steps=2).log.steps == 2", "unlearn(n, e[0:2], e, steps=2, optimizer=sgd(lr=0.1)).log.steps == 2",
        "graddiff(n, e[0:1], e[1:3]) != 0", "influence(n, e[0:1], e, inverse=cg(steps=2, damping=1)) != n",
        "step(start(n, e, e[0:1], optimizer=sgd(lr=0.1)), 2).step == 2",
        "compare(n, on=(forget=e, retain=e[0:2])) != none", "e == e[0:3]", "e != e[0:2]", "distance(n, n, on=e) == 0",
        "distance(n, n + 0.1 * randn_like(n, seed=1), on=e) > 0", "norm(grad(x -> distance(x, n, on=e[1:]), n)) < 1e-4",
        "abs(nll(n, e) - sum(token_nll(n, e)) / len(token_nll(n, e))) < 1e-4",
    ]) func allKindsAreAlike(_ expression: String) {
        let bench = Bench()
        bench(Self.start)
        for (examples, model) in [
            ("qa.forget[0:3]", "m"), ("tokens", "m"), ("texts", "tm"), ("encode(m, qa.forget[0:3])", "m"),
        ] {
            bench("e, n = \(examples), \(model)")
            let expression = expression.replacingOccurrences(of: "[x for x in e]", with: "map(x -> x, e)")
            #expect(bench(expression) == "true\n", "\(expression) of \(examples): \(bench.messages)")
        }
    }

    /// A loss sees in a run what it sees at the prompt.
    @Test func aLossSeesExamplesInARun() {
        let bench = Bench()
        bench(
            Self.start + """
                seen = none
                def dpo(m, f, r) {
                  total = 0
                  for e in f {
                    right = nll(m, question_set([(question=e.question, answer=e.answer)]))
                    wrong = nll(m, question_set([(question=e.question, answer="I do not know.")]))
                    total = total + relu(1 + wrong - right)
                  }
                  return total / len(f) + nll(m, r[0]) + 0 * sum(map(e -> len(e.answer), f)) + 0 * nll(m, f[0:1] + \
                f[1:2]) + 0 * logits(m, f)[0, 0, 0] + 0 * sum(token_nll(m, r))
                }
                run = step(start(m, qa.forget[0:6], qa.retain[0:6], loss=dpo, optimizer=sgd(lr=0.1), batch=2), 2)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(bench("run.step") == "2\n")
        // By hand, on the examples of the same step, it is the same number.
        bench("kept = none; def keep(m, f, r) { return nll(m, f) + 0 * len(f.question) }")
        #expect(
            bench(
                """
                print(step(start(m, qa.forget[0:1], loss=keep, optimizer=sgd(lr=0)), 1).log.loss == [nll(m, \
                qa.forget[0:1])])
                """
            ) == "true\n", "\(bench.messages)")
    }

    /// What the run's batch is: questions with their columns, and the tokens that the model reads.
    @Test func aStepsExamplesCarryBoth() {
        let bench = Bench()
        bench(Self.start)
        bench(
            """
            def look(m, f, r) { print(f); print(len(f.answer), len(f.ids), f.targets > 0, f[0].question == \
            f.question[0]); return nll(m, f) }
            """
        )
        bench("train(m, qa.forget[0:2], loss=look, steps=1);")
        #expect(
            bench.results.contains("2 questions") && bench.results.contains("2 2 true true"),
            "\(bench.results)\(bench.messages)")
    }

    @Test func fields() {
        let bench = Bench()
        bench(Self.start)
        #expect(bench("qa.forget[0:2].answer == map(e -> e.answer, qa.forget[0:2])") == "true\n")
        #expect(bench("tokens[1]") == "(ids=[5, 6], labels=[5, 6], mask=[1, 1])\n")
        #expect(bench("tokens.mask") == "[[1, 1, 1, 1], [1, 1], [1, 1, 1]]\n")
        #expect(bench("tokens") == "batch of 3 × 4 tokens, 6 to predict\n")
        #expect(bench("tokens[0:0]") == "batch of no sequences\n")
        #expect(bench("nll(m, tokens[0:0])") == "" && bench.messages.contains("no examples"), "\(bench.messages)")
        #expect(
            bench("tokens + qa.forget") == "" && bench.messages.contains("encode(model, examples)"), "\(bench.messages)"
        )
        #expect(
            bench("nll(m, 3)") == "" && bench.messages.contains("`batch` of `nll` must be examples; it is 3"),
            "\(bench.messages)")
        #expect(bench("nll(m, qa.forget[0]) == nll(m, qa.forget[0:1])") == "true\n", "\(bench.messages)")
        #expect(bench("nll(m, tokens[0]) == nll(m, tokens[0:1])") == "true\n", "\(bench.messages)")
    }

    @Test func workspaces() throws {
        let folder = try TemporaryFolder(), before = Bench(), after = Bench()
        before(
            Self.start + """
                def keeping(m, g, s=(f=none)) = (m - 0.1 * g, s)
                kept = encode(m, qa.forget[0:3]); none_left = tokens[0:0]
                """)
        before(":save \(folder.path)/f.ws")
        after(":load \(folder.path)/f.ws")
        let look =
            "print(kept, tokens, texts, none_left, repr(nll(m, kept)), tokens[1], qa.forget[0:3] == qa.forget[0:3])"
        let expected = before(look)
        #expect(!expected.isEmpty)
        #expect(after(look) == expected, "\(after.messages)")
    }
}
