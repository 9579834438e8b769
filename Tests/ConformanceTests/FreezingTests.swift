// Weights that are frozen stay to the bit, whatever moves the others; parts of a model have learning rates of their own.
import Foundation
import TestSupport
import Testing

@Suite struct FreezingTests {
    private static let setup = """
        f = batch([[1, 2, 3, 4], [2, 3, 1]], labels=[[-100, 2, 3, 4], [-100, 3, 1]])
        r = batch([[4, 5, 6, 1], [5, 1, 2], [3, 2]])
        base = gpt(7, layers=2, width=8, heads=2, context=8, seed=1)
        base = base + 0.2 * randn_like(base, seed=2)
        names = keys(parameters(base))
        def moved(m) = filter(n -> norm(parameters(m)[n] - parameters(base)[n]) > 0, names)
        mlp = filter(n -> "mlp" in n, names)
        def plain(m, g, s=(v=0), lr=0.05) { s.v = 0.9 * s.v + g + 0.1 * (m - base); return m - lr * s.v - 0.01 * lr * \
        randn_like(m, seed=4), s }
        def own(m, f, r) = nll(m, r) + 0.1 * dot(m - base, m - base) - nll(m, f)
        def curved(m, f, r) { g = grad(x -> nll(x, r), m); return nll(m, r) + 0.01 * dot(g, g) - nll(m, f) }

        """

    /// Decay, momentum, curvature by both estimators, and rules of one's own that move everything.
    static let optimizers = [
        "sgd(lr=0.05, momentum=0.9, weight_decay=0.1)", "adamw(lr=0.01, weight_decay=0.5)",
        "adam(lr=0.01, weight_decay=0.1)", "sophia(lr=0.01, weight_decay=0.5, k=2)",
        "sophia(lr=0.01, k=2, estimator=\"hutchinson\")", "lion(lr=0.01, weight_decay=0.5)", "soul_released(lr=0.01)",
        "adagrad", "rmsprop(lr=0.01)", "plain",
    ]

    @Test(arguments: optimizers, ["graddiff", "own", "curved"])
    func frozenWeightsDoNotMoveByABit(_ optimizer: String, _ loss: String) {
        let bench = Bench()
        bench(
            Self.setup + """
                run = start(base, f, r, loss=\(loss), optimizer=\(optimizer), trainable="*.mlp.*")
                e = explain(run)
                late = step(run, 3)
                u = unlearn(base, f, r, loss=\(loss), optimizer=\(optimizer), trainable="*.mlp.*", steps=3)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench("print(moved(late.model) == mlp, u == late.model, step(back(late, 2), 2).model == late.model)")
                == "true true true\n", "\(bench.messages)")
        // What is said of the step is said of what moves.
        let inside = """
            print(abs(e.update - norm(step(run).model - base)) <= 1e-6, abs(e.trainable - run.trainable) < 1e-12, \
            len(e.conflicts), run.trainable < 1)
            """
        #expect(bench(inside) == "true true 2 true\n", "\(bench.messages)")
    }

    /// What is frozen has no part in the backward pass, and what moves does not notice: the same bits as a gradient of the
    /// whole, cut to what moves, gives.
    @Test(arguments: [
        "gpt(7, layers=3, width=8, heads=2, context=8, seed=1)",
        "llama(7, layers=3, width=8, heads=2, groups=1, context=8, seed=1)",
    ])
    func aFrozenPartChangesNoBitOfTheRest(_ model: String) {
        let bench = Bench()
        bench(
            """
            f = batch([[1, 2, 3, 4], [2, 3, 1]], labels=[[-100, 2, 3, 4], [-100, 3, 1]])
            r = batch([[4, 5, 6, 1], [5, 1, 2], [3, 2]])
            base = \(model)
            base = base + 0.2 * randn_like(base, seed=2)
            names = keys(parameters(base))
            def bits(what, loss, wanted) {
              cut = start(base, f, r, loss=loss, optimizer=sgd(lr=1), trainable=what)
              free = start(base, f, r, loss=loss, optimizer=sgd(lr=1))
              a, b = parameters(step(cut).model), parameters(step(free).model)
              return all(map(n -> all(a[n] == if wanted(n) { b[n] } else { parameters(base)[n] }), names))
            }
            def own(m, f, r) = nll(m, r) - nll(m, f) + 0.1 * mean(hidden_states(m, r, 1)^2)
            def curved(m, f, r) { g = grad(x -> nll(x, r), m); return nll(m, r) + 0.01 * dot(g, g) - nll(m, f) }
            norms, rows = if "model.norm.weight" in names { ["*norm*", "*embed*"] } else { ["*ln_*", "*wte*"] }
            ways = [[2, n -> ".2." in n], [0, n -> ".0." in n], ["*mlp*", n -> "mlp" in n], ["*attn*", n -> "attn" in \
            n],
              [norms, n -> "norm" in n or "ln_" in n], [rows, n -> "wte" in n or "embed" in n],
              ["*.1.*weight", n -> ".1." in n and "weight" in n]]
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        for loss in ["graddiff", "npo(reference=base)", "rmu(layer=3)", "own", "curved"] {
            #expect(
                bench("all(map(w -> bits(w[0], \(loss), w[1]), ways))") == "true\n", "\(loss) \(bench.messages)")
        }
        bench("start(base, f, r, loss=rmu(layer=1), trainable=2) |> step")
        #expect(bench.messages.contains("no weight that is trainable reaches the loss rmu"), "\(bench.messages)")
        // Estimates of the curvature, products with it, and what wraps an optimizer.
        for optimizer in [
            "sophia(lr=0.01, k=1)", "adahessian(lr=0.01)", "newton_cg(damping=10)", "sam(sgd(lr=0.1))",
            "dualoptim_plus(lr=0.01)", "dualoptim_plus(lr=0.01, eps=0)", "adam(lr=0.01, eps=0)",
        ] {
            bench(
                """
                def stays(w) {
                  run = step(start(base, f, r, optimizer=\(optimizer), trainable=w[0]), 3)
                  a = parameters(run.model)
                  still = filter(n -> all(a[n] == parameters(base)[n]), names)
                  return still == filter(n -> not w[1](n), names) and explain(run).update > 0
                }
                """)
            #expect(bench("all(map(stays, ways))") == "true\n", "\(optimizer) \(bench.messages)")
        }
    }

    /// The backward pass ends below the lowest layer that moves.
    @Test func frozenLayersAreNotSweptThrough() throws {
        func seconds(_ trainable: String) -> Double {
            let bench = Bench(threads: 1)
            bench(
                """
                base = gpt(128, layers=8, width=64, heads=4, context=32, seed=1)
                b = batch(map(i -> map(j -> (i * 7 + j * 13) % 128, range(32)), range(16)))
                run = step(start(base, b, loss=ga, optimizer=sgd(lr=1e-3), trainable=\(trainable)), 1)
                """)
            #expect(bench.failures.isEmpty, "\(bench.messages)")
            return computingTime { bench("run = step(run, 5);") }
        }
        let top = seconds("-1"), whole = seconds("none")
        #expect(top < 0.7 * whole, "\(top) of \(whole)")
    }

    /// Momentum and squares of frozen weights stay 0, so that thawing them begins anew.
    @Test func nothingGathersWhereNothingMoves() throws {
        let folder = try TemporaryFolder(), bench = Bench(), after = Bench()
        bench(
            Self.setup + """
                run = step(start(base, f, r, optimizer=adam(lr=0.01, weight_decay=0.5), trainable=[1]), 2)
                """)
        bench(":save \(folder.path)/f.ws")
        after(":load \(folder.path)/f.ws")
        #expect(
            after("print(step(run).model == step(back(run, 2), 3).model, repr(norm(step(run).model - base)))")
                == bench("print(true, repr(norm(step(run).model - base)))"), "\(after.messages)")
        #expect(after("names = moved(run.model); [len(names), names[0]]") == "[12, \"transformer.h.1.ln_1.weight\"]\n")
        #expect(after("run").contains("weights trainable, 2 steps"))
    }

    /// Ways to say the same.
    @Test func patternsLayersAndMasksAgree() {
        let bench = Bench()
        bench(
            Self.setup + """
                def trained(what) = train(base, f, steps=3, trainable=what, optimizer=adamw(lr=0.01))
                p = parameters(base)
                block = filter(n -> ".h.1." in n, names)
                for n in names { p[n] = if n in block { p[n] * 0 + 1 } else { p[n] * 0 } }
                part = direction(base, p)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        bench(
            """
            ways = [1, [1], -1, "*.h.1.*", ["*.h.1.*"], "transformer.h.1.ln_?.*|*.h.1.attn.*|*.h.1.mlp.*", part]
            results = map(trained, ways)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench("print(all(map(t -> t == results[0], results)), moved(results[0]) == block)") == "true true\n",
            "\(bench.messages)")
        // All of them is nothing special.
        #expect(bench("trained(\"*\") == train(base, f, steps=3, optimizer=adamw(lr=0.01))") == "true\n")
    }

    /// A gradient in a subspace is the gradient of the whole, cut.
    @Test func aMaskCutsElementByElement() {
        let bench = Bench()
        bench(
            Self.setup + """
                g = grad(m -> nll(m, f), base)
                mask = abs(g) > 0.05
                t = train(base, f, steps=1, trainable=mask, optimizer=sgd(lr=0.1))
                whole = train(base, f, steps=1, optimizer=sgd(lr=0.1))
                d, w = (t - base).values, (whole - base).values
                clipped = train(base, f, steps=1, trainable=mask, optimizer=sgd(lr=0.1), clip_norm=0.01)
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let look = """
            print(max(abs(d - w * mask.values)) < 1e-7, norm(d) > 0, t.log.gradient[0] < whole.log.gradient[0], \
            abs(t.log.gradient[0] - norm(g * mask)) < 1e-4, abs(norm(clipped - base) - 0.001) < 1e-6)
            """
        #expect(bench(look) == "true true true true true\n", "\(bench.messages)")
    }

    @Test func ratesOfPartsMultiplyTheirUpdates() {
        let bench = Bench()
        bench(
            Self.setup + """
                def after(o, rates) = step(start(base, f, r, optimizer=o, rates=rates), 1).model - base
                def one(o) {
                  a, b = parameters(after(o, none)), parameters(after(o, [["*.mlp.*", 0.25], [0, 2], ["*.wte.*", 0]]))
                  rest = filter(n -> not ("mlp" in n or ".h.0." in n or "wte" in n), names)
                  near = (x, y, k) -> max(abs(y - k * x)) <= 1e-6
                  return [near(a["transformer.h.0.mlp.c_fc.weight"], b["transformer.h.0.mlp.c_fc.weight"], 0.25),
                    near(a["transformer.h.0.attn.c_attn.weight"], b["transformer.h.0.attn.c_attn.weight"], 2),
                    norm(b["transformer.wte.weight"]), len(filter(n -> norm(a[n] - b[n]) > 0, rest))]
                }
                """)
        for optimizer in ["sgd(lr=0.05)", "adamw(lr=0.01, weight_decay=0.5)", "lion(lr=0.01)", "plain"] {
            #expect(bench("one(\(optimizer))") == "[true, true, 0, 0]\n", "\(optimizer) \(bench.messages)")
        }
    }

    /// A part shrinks by lr times a decay of its own, and the optimizer leaves it alone.
    @Test func partsHaveADecayOfTheirOwn() {
        let bench = Bench()
        bench(
            Self.setup + """
                def after(o, decay, m=base) = parameters(step(start(m, f, r, optimizer=o, decay=decay, \
                rates=[["*.h.1.*", \
                0.5]]), 1).model)
                def near(x, y) = max(abs(x - y)) <= 1e-6
                p = parameters(base)
                def shrunk(o, plain) {
                  # The optimizer's own decay is that of none for what has one of its own.
                  a, b, c = after(o, [["*.mlp.*", 0.5], ["*bias", 0.2], ["*", 0]]), after(plain, none), after(o, \
                [["*", 0]])
                  low, high = "transformer.h.0.mlp.c_fc.weight", "transformer.h.1.mlp.c_fc.bias"
                  other, rest = "transformer.h.0.attn.c_attn.bias", "transformer.h.1.attn.c_attn.weight"
                  return [near(a[low], b[low] - 0.1 * 0.5 * p[low]), near(a[high], b[high] - 0.5 * 0.1 * 0.5 * p[high]),
                    near(a[other], b[other] - 0.1 * 0.2 * p[other]), near(a[rest], b[rest]), near(c[low], b[low])]
                }
                run = start(base, f, r, optimizer=adamw(lr=0.1), decay=[["*.mlp.*", 0.5]])
                l = layers(run, by="parameter")
                """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        for (optimizer, plain) in [
            ("sgd(lr=0.1, weight_decay=0.3)", "sgd(lr=0.1)"),
            ("adamw(lr=0.1, weight_decay=0.3)", "adamw(lr=0.1, weight_decay=0)"),
            (
                "muon(lr=0.1, weight_decay=0.3, rest=adamw(lr=0.1, weight_decay=0.3))",
                "muon(lr=0.1, weight_decay=0, rest=adamw(lr=0.1, weight_decay=0))"
            ),
        ] {
            #expect(
                bench("shrunk(\(optimizer), \(plain))") == "[true, true, true, true, true]\n",
                "\(optimizer) \(bench.messages)")
        }
        #expect(
            bench(
                """
                print(abs(norm(l.update) - explain(run).update) < 1e-6, \
                step(back(step(run, 3), 2), 2).model == step(run, 3).model)
                """) == "true true\n",
            "\(bench.messages)")
        bench("t = train(base, f, steps=2, decay=[[0, 1]])")
        #expect(bench("train(t, f, steps=2, decay=[[0, 2]]).log.steps") == "2\n")
        #expect(bench.messages.contains("the decay of parts"))
    }

    @Test func anotherChoiceBeginsAnew() {
        let bench = Bench()
        bench(Self.setup + "t = train(base, f, steps=2, trainable=0)")
        #expect(bench("train(t, f, steps=2, trainable=0).log.steps") == "4\n")
        #expect(bench("train(t, f, steps=2, trainable=1).log.steps") == "2\n")
        #expect(bench.messages.contains("what is trainable differs from that of the earlier"))
        #expect(bench("train(t, f, steps=2, trainable=0, rates=[[0, 2]]).log.steps") == "2\n")
        #expect(bench.messages.contains("the learning rates of parts differ"))
    }

    @Test(arguments: [
        ("trainable=\"*.mpl.*\"", "is called like `*.mpl.*`", "did you mean `*.mlp.*`?"),
        ("trainable=\"mlp\"", "is called like `mlp`", "did you mean `*mlp*`?"),
        ("trainable=\"*.mlp.*|nothing.at.all\"", "is called like `nothing.at.all`", "parts of their names are"),
        ("trainable=\"\"", "is called like ``", "see keys(parameters(m))"),
        ("trainable=[0, 2]", "asks for layer 2, and the model has layers 0 to 1", ""),
        ("trainable=-3", "asks for layer -3", ""), ("trainable=0.5", "asks for layer 0.5", ""),
        ("trainable=[]", "must be a pattern such as", ""), ("trainable=sin", "must be a pattern such as", ""),
        ("trainable=0.5 * randn_like(base, seed=1)", "a mask holds zeros and ones", "compare, as in"),
        ("trainable=base - base", "leaves no weight that could move", ""),
        ("trainable=(wte=1)", "has no parameter `wte`", ""),
        ("rates=[\"*.mlp.*\", 2]", "must be a list of pairs", ""),
        ("rates=[[\"*.mlp.*\", -1]]", "must be 0 or more", ""), ("rates=[[\"*\", 0]]", "no weight is left", ""),
        ("rates=[[\"*.mpl.*\", 1]]", "did you mean `*.mlp.*`?", ""),
    ]) func whatFitsNothingIsRefused(_ option: String, _ message: String, _ advice: String) {
        let bench = Bench()
        bench(Self.setup + "start(base, f, r, \(option))")
        #expect(bench.failures.count == 1)
        let said = bench.messages.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: " ")
        #expect(said.contains(message) && (advice.isEmpty || said.contains(advice)), "\(bench.messages)")
    }

    /// The picture of layers tells what does not move, and agrees with the step.
    @Test func layersTellWhatMoves() {
        let bench = Bench()
        bench(
            Self.setup + """
                run = start(base, f, r, optimizer=adamw(lr=0.01, weight_decay=0.5), trainable=0, rates=[["*.mlp.*", \
                0.5]])
                l = layers(run, by="parameter")
                still = filter(i -> not ".h.0." in l.names[i], range(len(l.names)))
                """)
        #expect(
            bench("print(sum(map(i -> l.update[i], still)), abs(norm(l.update) - explain(run).update) < 1e-6)")
                == "0 true\n", "\(bench.messages)")
    }
}

/// Influence unlearning in a part of the weights.
@Suite struct RestrictedInfluenceTests {
    @Test func theUpdateLivesInTheSubspace() {
        let bench = Bench()
        bench(
            """
            f = batch([[1, 2, 3, 4], [2, 3, 1]])
            r = batch([[4, 5, 6, 1], [5, 1, 2], [3, 2]])
            m = gpt(7, layers=2, width=8, heads=2, context=8, seed=1)
            m = m + 0.2 * randn_like(m, seed=2)
            names = keys(parameters(m))
            def still(u) = len(filter(n -> ".h.1." in n or norm(parameters(u)[n] - parameters(m)[n]) == 0, names)) == \
            len(names)
            def own(H, v) = cg(w -> H(w) + 0.5 * w, v, steps=60, damping=0)
            a = influence(m, f, r, inverse=cg(damping=0.5, steps=60), scale=0.1, trainable=1);
            b = influence(m, f, r, inverse=own, scale=0.1, trainable=1);
            c = influence(m, f, r, inverse=woodfisher(damping=0.5), scale=0.1, trainable=1);
            d = influence(m, f, r, inverse=cg(damping=0.5, steps=60), scale=0.1, trainable="*");
            e = influence(m, f, r, inverse=cg(damping=0.5, steps=60), scale=0.1);
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench(
                """
                print(still(a), still(b), still(c), still(e), norm(a - b) <= 1e-3 * norm(a - m), norm(c - m) > 0, d == \
                e, \
                a.log.residual < 1e-3)
                """) == "true true true false true true true true\n", "\(bench.messages)")
        // Solvers that work on layers take whole ones, and refuse parts of them.
        bench("k = influence(m, f, r, inverse=ekfac, scale=0.1, trainable=\"*.h.1.mlp.*\");")
        #expect(
            bench("print(still(k), norm(k - m) > 0, k.log.residual > 0)") == "true true true\n", "\(bench.messages)")
        bench("influence(m, f, r, inverse=ekfac, trainable=\"*.c_fc.weight\")")
        #expect(bench.messages.contains("ekfac works on whole layers, and of "), "\(bench.messages)")
        bench("t = influence(m, f, r, inverse=diagonal(estimator=\"true_fisher\"), trainable=1, scale=0.1);")
        #expect(bench("still(t)") == "true\n", "\(bench.messages)")
    }
}
