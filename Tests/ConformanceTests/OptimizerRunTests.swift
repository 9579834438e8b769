// Every optimizer, and what users write and compose, in all that takes steps: to the same bits forward, back, whole and
// from a workspace; what it asks for and is not there is named.
import Foundation
import TestSupport
import Testing

@Suite struct OptimizerRunTests {
    private static let setup = """
        f, r = batch([[1, 2, 3], [2, 3, 1]]), batch([[1, 3, 4], [4, 1, 2]])
        m = gpt(5, layers=1, width=8, seed=1)
        m = m + 0.1 * randn_like(m, seed=2)
        def newton(m, g, s=none, loss=none, lr=1) = m - lr * dot(g, g) / max(0.1, abs(dot(g, hvp(loss, m, g)))) * g, s
        def terms(m, g, s=0, forget_gradient=none, retain_gradient=none, step=none) {
          assert(step == s)
          m - 0.01 * (2 * forget_gradient + retain_gradient), s + 1
        }
        def diagonal(m, g, s=none, curvature=none) = m - 0.1 * g / (1 + abs(curvature(estimator="gnb"))), s
        def keeps(m, g, s=none, loss=none) = m - 0.1 * g, [(l=loss)]
        def momentum(m, g, s=0) {
          v = 0.5 * s + g
          m - 0.01 * v, v
        }

        """

    private static let tried = [
        "sophia(lr=1e-2, rho=\"auto\", k=2)", "sign_sgd(lr=1e-3, momentum=0.5)", "adahessian(lr=1e-2, k=2)",
        "newton_cg()",
        "newton_cg(curvature=\"gauss_newton\")", "newton_cg(cubic=1)", "lbfgs(history=2)",
        "shampoo(lr=1e-2, momentum=0.5, k=2)", "muon(lr=1e-2)", "natural_gradient(lr=1e-2)", "kfac(damping=1)",
        "zeroth_order(q=2)", "alternate(adam(lr=1e-2), zeroth_order(lr=1e-3, sign=true), every=1)",
        "sam(adamw(lr=1e-2), rho=0.01)", "sam(momentum, on=\"forget\")", "dualoptim(momentum, adamw(lr=1e-2))",
        "dualoptim_plus(lr=1e-2)", "gru(adamw(lr=1e-2))", "blur(momentum)", "clipped(sgd(lr=0.1), by=\"parameter\")",
        "scheduled(adamw(lr=1e-2), steps=5, warmup=0.2)", "decayed(newton, weight_decay=0.1, only=\"*mlp*\")",
        "decayed(scheduled(clipped(sophia(lr=1e-2), norm=1), steps=5))", "newton", "terms", "diagonal", "momentum",
        "alternate(newton, terms, every=1)", "muon(rest=momentum, lr=1e-2)",
    ]

    @Test(arguments: tried) func takesTheSameStepsEverywhere(_ optimizer: String) throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/o.ws"
        bench(Self.setup + "run = start(m, f, r, optimizer=\(optimizer), batch=1)\nlater = step(run, 4)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        func holds(_ what: String) { #expect(bench(what) == "true\n", "\(optimizer): \(what) \(bench.messages)") }
        holds("later.model != m and back(later, 4).model == m and back(later, 2).model == step(run, 2).model")
        holds("step(back(later, 2), 2).model == later.model")
        holds("unlearn(m, f, r, optimizer=\(optimizer), batch=1, steps=4) == later.model")
        holds("distance(step(later).model, later.model) == 0 or abs(explain(later).update) > 0")
        let look = "repr(nll(step(later, 3).model, f))"
        let expected = bench(look)
        bench(":save \(path)")
        let other = Bench(threads: 1)
        other(":load \(path)")
        #expect(other(look) == expected && other.failures.isEmpty, "\(optimizer): \(other.messages)")
    }

    /// A step by hand is a step of a run that sees the same.
    @Test func byHandAndInARun() {
        let bench = Bench()
        bench(Self.setup)
        bench("l = (m -> nll(m, r) - nll(m, f))")
        for (optimizer, given) in [
            ("newton_cg()", "loss=l"), ("lbfgs()", "loss=l"), ("sam(sgd(lr=1e-2))", "loss=l"),
            ("shampoo()", ""), ("muon()", ""), ("clipped(adamw(lr=1e-2), norm=0.1)", ""),
            ("gru(sgd(lr=0.1))", "forget_gradient=grad(m -> -nll(m, f), m), retain_gradient=grad(m -> nll(m, r), m)"),
        ] {
            bench("o = \(optimizer)")
            bench("p, s = o(m, grad(l, m)\(given.isEmpty ? "" : ", \(given)"))")
            bench("run = step(start(m, f, r, optimizer=o))")
            let holds = bench("s.step == 1 and distance(p, run.model) < 1e-4 * distance(run.model, m)")
            #expect(holds == "true\n", "\(optimizer): \(bench.messages)")
        }
        // A state goes in again, parts and all.
        bench("o = alternate(momentum, lbfgs(), every=1); p, s = m, none")
        bench("for t in range(4) { p, s = o(p, grad(l, p), s, loss=l) }")
        #expect(bench("[s.step, s.a.step, s.b.step]") == "[4, 2, 2]\n", "\(bench.messages)")
    }

    @Test func whatIsMissingIsNamed() {
        let bench = Bench()
        bench(Self.setup)
        for (cell, words) in [
            ("start(m, f, optimizer=dualoptim())", "nothing to retain"),
            ("start(m, f, optimizer=terms)", "nothing to retain"), ("train(m, f, optimizer=gru())", "use unlearn"),
            ("step(start(m, f, r, optimizer=keeps))", "which are those of one step"),
            ("step(start(m, f, r, loss=(m, f, r) -> nll(m, f), optimizer=gru()))", "does not tell them apart"),
            ("start(m, f, r, optimizer=sam(newton_cg()))", "looks at the loss itself"),
            ("start(m, f, r, optimizer=sam(newton))", "looks at the loss itself"),
            ("start(m, f, r, optimizer=scheduled(momentum))", "has none"),
            ("sam(inner=3)", "must be an optimizer"), ("sam(adamw, adamw)", "was given two"),
            ("muon(adamw, rest=adamw)", "given twice"),
            ("newton_cg(tensor([1]), tensor([1]))", "needs the loss itself"),
            ("adahessian(tensor([1]), tensor([1]))", "needs the loss itself"),
            ("gru()(tensor([1]), tensor([1]))", "forget_gradient="),
            ("start(m, f, r, optimizer=decayed(only=\"foo*\"))", "no parameter whose name fits"),
            ("start(m, f, r, optimizer=cg())", "not an optimizer"),
            ("start(m, f, r, optimizer=kfac(examples=3))", "takes damping and labels"),
            ("start(m, f, r, optimizer=x -> x)", "takes no model and gradient"),
            ("newton_cg(curvature=\"sharp\")", "must be one of"),
            ("race(gru(), on=quadratic, steps=2)", "apart"),
            ("race(natural_gradient(), on=quadratic, steps=2)", "Fisher matrix of a model"),
        ] {
            bench(cell)
            #expect(!bench.failures.isEmpty && bench.messages.contains(words), "\(cell): \(bench.messages)")
        }
    }

    /// A loss that returns its two terms is the loss that is their sum.
    @Test func aLossOfTwoTerms() {
        let bench = Bench()
        bench(Self.setup + "def two(m, f, r) = (forget=-nll(m, f), retain=2 * nll(m, r))")
        for optimizer in ["gru(adamw(lr=1e-2))", "blur(adamw(lr=1e-2))", "dualoptim_plus()", "adamw(lr=1e-2)"] {
            let same = bench(
                """
                a = step(start(m, f, r, loss=two, optimizer=\(optimizer)), 3)
                b = step(start(m, f, r, loss=graddiff(retain_weight=2), optimizer=\(optimizer)), 3)
                distance(a.model, b.model) < 1e-4 * distance(a.model, m)
                """)
            #expect(same == "true\n", "\(optimizer): \(bench.messages)")
        }
    }

    /// The rho that was found is shown, and of each layer's update what it clips.
    @Test func explainShowsTheRhoThatWasFound() {
        let bench = Bench()
        bench(Self.setup + "run = start(m, f, r, optimizer=sophia(lr=1e-2, rho=\"auto\", unclipped=0.3, k=2), steps=4)")
        bench("e = explain(step(run, 2))\ne")
        #expect(bench.results.contains("(auto) leaves 30 % of the weights that move unclipped"), "\(bench.results)")
        #expect(bench("e.rho > 0 and e.clipped > 0 and e.clipped < 0.71") == "true\n", "\(bench.messages)")
        let folder = try? TemporaryFolder()
        bench(":save \(folder?.path ?? "")/a.ws")
        let other = Bench()
        other(":load \(folder?.path ?? "")/a.ws")
        #expect(other("e").contains("(auto) leaves 30 % of the weights that move unclipped"), "\(other.messages)")
    }

    /// Decoupled decay takes the rate that the step uses: of the part whose turn it is, after schedules inside.
    @Test func decayIsTimesTheRateOfTheStep() {
        let bench = Bench()
        bench(
            Self.setup + """
                def still(m, b) = 0 * nll(m, b)
                def two(m, f, r) = (forget=still(m, f), retain=still(m, r))
                def left(optimizer, decay=[]) {
                  t = unlearn(m, f, r, loss=two, optimizer=optimizer, decay=decay, steps=6, seed=1)
                  w = "transformer.h.0.mlp.c_fc.weight"
                  norm(parameters(t)[w]) / norm(parameters(m)[w])
                }
                def alike(own, bare) = abs(left(own) - left(bare, [["*", 0.1]])) < 1e-6 and left(own) < 0.999
                def around(own, bare) = abs(left(own) - left(decayed(bare, weight_decay=0.1))) < 1e-6
                slow, fast = sgd(lr=0.01), sgd(lr=0.5)
                slowly, fastly = sgd(lr=0.01, weight_decay=0.1), sgd(lr=0.5, weight_decay=0.1)
                """)
        for (own, bare) in [
            ("scheduled(fastly, schedule=\"linear\", steps=4)", "scheduled(fast, schedule=\"linear\", steps=4)"),
            (
                "scheduled(fastly, schedule=\"cosine\", warmup=0.5, steps=6)",
                "scheduled(fast, schedule=\"cosine\", warmup=0.5, steps=6)"
            ),
            ("alternate(slowly, fastly, every=2)", "alternate(slow, fast, every=2)"),
            (
                "alternate(fastly, scheduled(fastly, steps=2), every=1)",
                "alternate(fast, scheduled(fast, steps=2), every=1)"
            ),
            ("dualoptim(fastly, slowly)", "dualoptim(fast, slow)"),
            ("clipped(fastly)", "clipped(fast)"),
        ] {
            #expect(bench("alike(\(own), \(bare))") == "true\n", "\(own): \(bench.messages)")
            #expect(bench("around(\(own), \(bare))") == "true\n", "\(own): \(bench.messages)")
        }
        // Without a rate there is nothing to be times of.
        bench("def own(m, g, s=none) = m - 0.01 * g, s")
        for call in [
            "left(decayed(own))", "left(own, [[\"*\", 0.1]])", "left(alternate(fast, own), [[\"*\", 0.1]])",
            "left(decayed(alternate(fast, own)))", "left(scheduled(alternate(fast, own)))",
        ] {
            bench(call)
            #expect(bench.messages.contains("own") && bench.messages.contains("has none"), "\(call): \(bench.messages)")
        }
    }

    @Test func theyRace() {
        let bench = Bench()
        bench(
            """
            def steep(p, g, s=none, loss=none) = p - dot(g, g) / dot(g, hvp(loss, p, g)) * g, s
            t = race([newton_cg(), lbfgs(), sam(adam(lr=0.1)), steep], on=quadratic(cond=5), steps=30).table
            """)
        #expect(bench("t.newton_cg.distance < 1e-3 and t.lbfgs.distance < 1e-3") == "true\n", "\(bench.messages)")
        #expect(bench("t.steep.distance < 1e-3 and t.newton_cg.products > 0") == "true\n", "\(bench.messages)")
    }
}
