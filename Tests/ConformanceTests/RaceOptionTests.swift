// Races on functions that are turned or seen through noise, and what second-order methods pay for their steps.
import TestSupport
import Testing

@Suite struct RaceOptionTests {
    private func ran(_ cells: String) -> Bench {
        let bench = Bench()
        bench("def near(a, b) = all(map(p -> abs(p[0] - p[1]) <= 1e-4 * max(1, abs(p[0])), zip(a, b)))")
        bench(cells)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        return bench
    }

    /// What knows no axes goes the same way, turned; what works coordinate by coordinate does not.
    @Test func rotationTurnsTheFunctionAndItsStart() {
        let bench = ran(
            """
            def on(angle) = race([sgd(lr=0.1), lbfgs, newton_cg, adam(lr=0.05)], on=quadratic(cond=9), steps=15, \
            rotation=angle)
            a, b = on(0), on(35)
            """)
        #expect(
            bench(
                """
                print(near(a.values.sgd, b.values.sgd), max(a.table.lbfgs.distance, b.table.lbfgs.distance) < 1e-3, \
                near(a.values.newton_cg, b.values.newton_cg), near(a.values.adam, b.values.adam))
                """) == "true true true false\n", "\(bench("print(a.table, b.table)"))")
        // The minimum turns with it, and a start of one's own stays where it is.
        #expect(
            bench(
                """
                c = race(newton_cg, on=himmelblau, rotation=90, steps=30)
                d = race(sgd(lr=0.001), on=himmelblau, rotation=90, start=[1, 2], steps=1)
                print(c.table.newton_cg.distance < 1e-3 or c.table.newton_cg.value > 1, d.paths.sgd[0])
                """) == "true [1, 2]\n", "\(bench.messages)")
        bench("race(sgd(lr=0.1), rotation=1 / 0)")
        #expect(!bench.failures.isEmpty)
    }

    /// What an optimizer does not ask for is not taken, and not counted.
    @Test func noGradientIsTakenWhereNoneIsUsed() {
        let bench = ran(
            """
            r = race([zeroth_order(lr=0.01, q=2), alternate(sgd(lr=0.01), zeroth_order(lr=0.01), every=5)], \
            on=quadratic(cond=5), steps=20, names=["none", "half"])
            """)
        #expect(
            bench(
                """
                t = r.table
                print(t.none.gradients, t.none.evaluations, len(r.values.none), t.half.gradients < \
                20, \
                r.values.none[20] < r.values.none[0])
                """) == "0 80 21 true true\n", "\(bench("print(r.table)"))")
    }

    @Test func everyProductIsCounted() {
        let bench = ran(
            """
            r = race([newton_cg, lbfgs, sgd(lr=0.001)], on=rosenbrock, steps=30)
            """)
        #expect(
            bench(
                """
                t = r.table
                print(t.newton_cg.products > 0, t.lbfgs.products, t.sgd.products, t.newton_cg.gradients >= 30, \
                t.lbfgs.gradients + t.lbfgs.evaluations > 30, t.sgd.gradients, t.sgd.evaluations)
                """) == "true 0 0 true true 30 0\n", "\(bench("print(r.table)")) \(bench.messages)")
        #expect(bench("r.table.newton_cg.distance < 1e-3") == "true\n", "\(bench("print(r.table)"))")
    }

    /// The same slopes for all, drawn from the seed; the values told are those of the function itself.
    @Test func noiseIsDrawnFromTheSeed() {
        let bench = ran(
            """
            def on(noise, seed=1) = race([sgd(lr=0.1), sgd(lr=0.1), lbfgs], on=quadratic(cond=4), steps=40, \
            noise=noise, \
            seed=seed, names=["a", "b", "lbfgs"])
            p, q, r, still = on(0.5), on(0.5), on(0.5, seed=2), on(0)
            plain = race(sgd(lr=0.1), on=quadratic(cond=4), steps=40)
            """)
        #expect(
            bench(
                """
                print(p.paths == q.paths, p.paths == r.paths, p.paths.a == p.paths.b, still.paths.a == \
                plain.paths.sgd, \
                abs(p.values.a[0] - 2.5) < 1e-6, p.table.a.distance > still.table.a.distance)
                """) == "true false true true true true\n", "\(bench.messages)")
    }
}
