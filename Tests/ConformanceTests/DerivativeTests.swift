// What would drop a derivative is refused in words that say what to do; what drops none is free.
import TestSupport
import Testing

@Suite struct DerivativeTests {
    private static let setting = """
        m = gpt(5, layers=1, width=8, seed=1)
        base = m + 0.05 * randn_like(m, seed=3)
        b = batch([[1, 2, 3, 4]])
        v = randn_like(m, seed=2)
        """

    /// Expressions in x, a number that a derivative follows.
    @Test(arguments: [
        "to_number(\"{x}\")", "to_number(\"{x:.9f}\")", "to_number(repr(x))", "to_number(str([x])[1:-1])",
        "to_number(join([x, \"\"]))", "to_number(trim(\" {x} \"))", "to_number(x)", "[1, 2, 3][x]",
        "tensor([1, 2, 3])[x]", "sum([1, 2, 3][:x])", "sum(range(x))", "sum(zeros(x))", "rand(seed=x)", "round(x, x)",
        "mean(tensor([1, 2]), x)", "harmonic_mean([x, 1])", "ks_test([x, 1], [2, 3]).p",
        "sgd(lr=x)(tensor([1]), tensor([1]), none)[0][0]", "adamw(lr=0.1)(tensor([x]), tensor([1]), none)[0][0]",
        "adamw(lr=0.1)(tensor([1]), tensor([x]), none)[0][0]", "norm(cg(v -> v, tensor([x, 1])))",
        "norm(cg(v -> x * v, tensor([1, 1])))", "norm(exact(v -> v, tensor([1, 1]), damping=x))",
        "woodfisher(tensor([[x, 1]]), tensor([1, 1]))[0]",
        "nll(train(m, b, steps=1, loss=(m, f, r) -> x * nll(m, f)), b)", "nll(train(m, b, steps=x), b)",
        "nll(train(m, b, steps=1, optimizer=(m, g) -> m - x * g), b)",
        "nll(train(m, b, steps=1, optimizer=sgd(lr=x)), b)", "nll(train(m + x * v, b, steps=1), b)",
        "nll(start(m + x * v, b).model, b)", "nll(step(start(m, b, loss=(m, f, r) -> x * nll(m, f))).model, b)",
        "explain(start(m, b, loss=(m, f, r) -> x * nll(m, f))).update",
        """
        nll(unlearn(m, b, b, steps=1, optimizer=sophia(k=1, estimator="hutchinson"), loss=(m, f, r) -> nll(m, f)^x), b)
        """,
        "nll(influence(m + x * v, b, b), b)", "nll(influence(m, b, b, scale=x), b)",
        "nll(influence(m, b, b, inverse=(H, w) -> x * w), b)", "compare(m + x * v, on=(b=b)).m.b",
        "scores(m + x * v, authors().forget[0:1])[0].loss", "generate(m + x * v, [1, 2])[0]",
        "graddiff(forget_weight=x)(m, b, b)", "npo(reference=m + x * v)(m, b, b)",
        "contour(p -> x * p[0], x=[0, 1], y=[0, 1]).lines[0]", "histogram([x, 2]).bins", "len(plot([x, 2]))",
        "quadratic([1, 1], cond=x)", "race(sgd(lr=0.1), on=p -> x * p[0], start=[1, 1], steps=2).table.sgd.value",
        "batch([[x, 1]]).targets",
        // Counting the characters of a number, or choosing by them.
        "len(repr(x))", "len(\"{x}\")", "len(\"{x:.2f}\")", "len(str([x]))", "len(join([x, 1]))",
        "len(\"a\" + \"{x}\")",
        "find(\"{x}\", \"2\")", "len(split_words(\"{x} a\"))", "len(to_list(\"{x}\"))", "len(upper(\"{x}\"))",
        "len((\"{x}\" * 2)[1:])", "len(replace(\"a\", \"a\", \"{x}\"))", "len(latex(table(a=[x])))",
        "len(reverse(repr(x)))", "len(trim(\" {x} \"))", "len(\"{x}\"[0])", "sum(map(len, [\"{x}\"]))",
        "len((try { error(\"{x}\") } catch e { e.message }))", "{ n = 0; for c in \"{x}\" { n = n + 1 }; n }",
        "len(keys(to_record([\"{x}\"], [1]))[0])", "(a=1, b=2)[if x > 1 { \"{x}\" } else { \"a\" }]",
    ]) func whatWouldDropADerivativeIsRefused(_ expression: String) {
        let bench = Bench()
        bench(Self.setting)
        bench("grad(x -> \(expression), 2)")
        #expect(bench.failures.count == 1 && bench.messages.contains("detach"), "\(bench.results)\(bench.messages)")
        // The same with a constant in its place is either fine or wrong for another reason.
        bench("grad(x -> 0 * x + (y -> \(expression.replacing("x", with: "y", whole: true)))(detach(x)), 2)")
        #expect(
            !bench.messages.contains("a derivative follows") && !bench.messages.contains("has no derivative"),
            "\(bench.messages)")
    }

    @Test(arguments: [
        "write_json(x, \"{folder}/a.json\")", "write_json([[x]], \"{folder}/a.json\")",
        "write_tensors((a=tensor([x])), \"{folder}/a.safetensors\")", "save(m + x * v, \"{folder}/model\")",
    ]) func filesKeepNoDerivative(_ statement: String) throws {
        let bench = Bench(), folder = try TemporaryFolder()
        bench(Self.setting + "\nfolder = \"\(folder.path)\"")
        bench("grad(x -> { \(statement); x }, 2)")
        #expect(bench.messages.contains("detach") && folder.names.isEmpty, "\(bench.messages)")
        bench("grad(x -> { y = detach(x); \(statement.replacing("x", with: "y", whole: true)); x }, 2)")
        #expect(bench.messages.isEmpty && folder.names.count == 1, "\(bench.messages)")
    }

    @Test func decisionsAreFree() {
        let bench = Bench()
        bench(
            """
            def f(x) {
              print("x is {x:.2f}", x, [x])
              y = if x > 1 and [x, 1] != [1, 2] and x in [2, 3] and not isnan(0) { x^2 } else { x }
              y = y * len(tensor([x, x])) / tensor([x]).size * sort([x, 3, 1])[1] / x
              y = y + floor(x) + round(x) + sign(x) + (tensor([x, 3]) > 2)[1]
              y = y * len(unique([x, x, 2])) * (1 + find([1, x], x)) / 2
              assert(max([x, 1]) == x and any([x > 1]) and all([x]))
              y
            }
            print(grad(f, 2))
            """)
        #expect(bench.failures.isEmpty && bench.results.hasSuffix("8\n"), "\(bench.results)\(bench.messages)")
        // A string that is read outside of the derivative, or that holds nothing of it, is a string like any other.
        #expect(bench("grad(x -> { print(\"{x}\"); x^2 }, 2); to_number(\"2\")") == "2\n2\n", "\(bench.results)")
        #expect(bench("grad(x -> x * to_number(\"{3}\"), 2)") == "3\n")
        #expect(bench("grad(x -> x * to_number(\"{detach(x)}\"), 2)") == "2\n")
        #expect(bench("grad(x -> { s = \"{x:.0f}\"; x * len(detach(s)) * len(\"ab\") }, 3)") == "2\n")
        #expect(bench("grad(x -> if \"{x:.0f}\" == \"3\" { 2 * x } else { x }, 3)") == "2\n")
        bench("kept = [\"\"]\ndef f(x) { print(\"{x}\"); return x^2, \"{x}\" }")
        #expect(bench("grad(x -> f(x)[0], 2); len(f(2)[1])") == "2\n2\n1\n", "\(bench.results)\(bench.messages)")
    }

    @Test func detachTakesAnyValue() {
        let bench = Bench()
        bench(Self.setting)
        #expect(bench("grad(x -> x * detach([x, (a=x, b=\"text\", c=nothing)])[1].a, 3)") == "3\n", "\(bench.messages)")
        #expect(
            bench("norm(grad(n -> nll(detach(n), b) * nll(n, b), m) - nll(m, b) * grad(n -> nll(n, b), m)) < 1e-5")
                == "true\n", "\(bench.messages)")
        #expect(
            bench("[detach(2), detach(\"a\"), detach(none)]") == "[2, \"a\", nothing]\n",
            "\(bench.results)\(bench.messages)")
    }

    @Test(arguments: ["nll(m, f)", "3", "norm(detach(q) - m)", "nll(detach(q), f)", "norm(grad(x -> nll(x, f), m))"])
    func aLossThatDoesNotDependOnTheModelSaysSo(_ loss: String) {
        let bench = Bench()
        bench(Self.setting)
        for call in [
            "train(m, b, loss=mine)", "unlearn(m, b, b, loss=mine)", "step(start(m, b, loss=mine))",
            "explain(start(m, b, loss=mine))",
        ] {
            bench("def mine(q, f, r) = \(loss)\n\(call)")
            #expect(
                bench.messages.contains("the loss mine does not depend on the model"),
                "\(call): \(bench.results)\(bench.messages)")
        }
    }

    @Test func gaussNewtonProductsKnowTheirCut() {
        let bench = Bench()
        bench(Self.setting)
        bench(
            """
            def byhand(m) { p = parameters(m); h = p["transformer.wte.weight"]; return logsumexp(tanh(h @ h.T)[1]) }
            def cut(m) { p = parameters(m); h = p["transformer.wte.weight"]; return logsumexp(network_output(tanh(h @ \
            h.T)[1])) }
            """)
        for f in ["byhand", "x -> norm(x - base)", "x -> 3"] {
            bench("ggnvp(\(f), m, v)")
            #expect(bench.messages.contains("network_output(x)") && bench.messages.contains("hvp"), "\(bench.messages)")
        }
        bench("ggnvp(x -> nll(x, b) + byhand(x), m, v)")
        #expect(bench.messages.contains("a second network beside its logits"), "\(bench.messages)")
        // Jᵀ H J by hand, of the network and of what follows it.
        bench(
            """
            z = x -> tanh(parameters(x)["transformer.wte.weight"] @ parameters(x)["transformer.wte.weight"].T)[1]
            J = jvp(z, m, v)
            expected = dot(J, hvp(logsumexp, z(m), J))
            dot(v, ggnvp(cut, m, v)) / expected
            """)
        #expect(bench.results == "1\n", "\(bench.results)\(bench.messages)")
        #expect(
            bench("dot(v, ggnvp(x -> nll(x, b) + cut(x), m, v)) / (expected + dot(v, ggnvp(x -> nll(x, b), m, v)))")
                == "1\n", "\(bench.messages)")
    }

    @Test func sixtyDeepAndNoFurther() {
        let bench = Bench()
        bench("def deep(n) = if n == 0 { x -> x } else { f = deep(n - 1); x -> grad(f, x) }")
        #expect(bench("deep(3)(2)") == "0\n", "\(bench.messages)")
        bench("deep(70)(2)")
        #expect(bench.messages.contains("derivatives inside one another"), "\(bench.messages)")
    }

    /// Rows, answers and scores come in the order they were asked for, whatever is batched together inside.
    @Test func resultsComeInTheOrderGiven() {
        let bench = Bench()
        bench(
            """
            qa = authors()
            t = tokenizer(map(e -> e.question, to_list(qa.full[0:40])) + map(e -> e.answer, to_list(qa.full[0:40])), \
            size=400)
            m = gpt(t, layers=1, width=16, context=128, seed=1)
            data = question_set([(question="Who?", answer="A very long answer to a short question, with many more \
            words than the others have."), (question="What is it that they have all been asking about since?", \
            answer="No."), (question="Where?", answer="In the town beside the river."), (question="Why?", \
            answer="Yes."), (question="And when was that, if you please?", answer="Late.")])
            rows = per_example(m, data)
            tokens = token_nll(m, data)
            sums = sequence_nll(m, data)
            marks = map(e -> e.loss, scores(m, data))
            answers = generate(m, map(e -> e.question, to_list(data)), most=5)
            position = 0
            for i in range(len(data)) {
              one = data[i:(i + 1)]
              g = grad(x -> nll(x, one), m)
              assert(norm(rows[i] - g.values) <= 1e-4 * norm(g), "per_example {i}")
              alone = token_nll(m, one)
              assert(norm(tokens[position:(position + len(alone))] - alone) < 1e-4, "token_nll {i}")
              position = position + len(alone)
              assert(abs(sums[i] - sum(alone)) < 1e-3, "sequence_nll {i}")
              assert(abs(marks[i] - mean(alone)) < 1e-4, "scores {i}")
              assert(answers[i] == generate(m, data[i].question, most=5), "generate {i}")
              assert(generate(m, data, most=5)[i] == answers[i], "generate of data {i}")
            }
            assert(position == len(tokens))
            lists = [[1, 2, 3, 4, 5, 6], [7, 8], [9, 10, 11, 12]]
            rows = per_example(m, batch(lists))
            replies = generate(m, lists, most=3)
            for i, ids in enumerate(lists) {
              assert(norm(rows[i] - grad(x -> nll(x, batch([ids])), m).values) <= 1e-4 * norm(rows[i]), "token lists \
            {i}")
              assert(replies[i] == generate(m, ids, most=3), "generate of ids {i}")
            }
            # The first of the data is the first of the Fisher, on which this solver's result depends.
            u = influence(m, data[0:2], data, inverse=woodfisher_released(examples=5))
            w = influence(m, data[0:2], data, inverse=(H, v) -> woodfisher_released(per_example(m, data), v, \
            examples=5))
            assert(norm((u - m) - (w - m)) <= 1e-4 * norm(u - m), "influence")
            print(len(rows))
            """)
        #expect(bench.failures.isEmpty && bench.results == "3\n", "\(bench.results)\(bench.messages)")
        bench("per_example(m, batch([[1, 2, 3], [4, 5]], labels=[[1, 2, 3], [-100, -100]]))")
        #expect(bench.messages.contains("example 1 of `data` has no token to predict"), "\(bench.messages)")
    }
}

extension String {
    /// With another word in place of one.
    fileprivate func replacing(_ word: Character, with other: String, whole: Bool) -> String {
        var result = ""
        let characters = Array(self)
        func isLetter(_ i: Int) -> Bool {
            characters.indices.contains(i) && (characters[i].isLetter || characters[i] == "_" || characters[i].isNumber)
        }
        for (i, character) in characters.enumerated() {
            // A name in braces within a string, or by itself; not an option's `x=`.
            let isOption = characters.indices.contains(i + 1) && characters[i + 1] == "="
            result += character == word && !isLetter(i - 1) && !isLetter(i + 1) && !isOption ? other : String(character)
        }
        return result
    }
}
