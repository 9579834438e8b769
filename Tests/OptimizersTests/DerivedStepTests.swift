// Steps whose outcome follows by hand.
import Autodiff
import Glibc
import Optimizers
import Settings
import Tensors
import Testing

@Suite struct DerivedStepTests {
    let device = Device(threads: 1)

    func tensor(_ elements: [Float]) throws -> Tensor { try Tensor(elements, shape: [elements.count], on: device) }

    private func near(_ found: Tensor, _ expected: [Double], _ tolerance: Double = 1e-5) {
        #expect(found.count == expected.count)
        for (a, e) in zip(found.elements, expected) { #expect(abs(Double(a) - e) < tolerance, "\(a), expected \(e)") }
    }

    /// ½ Σ cᵢ xᵢ², whose c may be negative, plus q Σ xᵢ⁴.
    private func supply(_ c: [Float], quartic: Float = 0) throws -> StepSupply {
        let curvatures = Variable(try tensor(c))
        var supply = StepSupply(parameters: .single([c.count]))
        supply.loss = LossAccess(of: "a test", Differentiator()) { x in
            let square = try x * x
            return try 0.5 * (curvatures * square).sum() + quartic * (square * square).sum()
        }
        return supply
    }

    private func step(_ rule: any StepRule, _ x: [Float], _ supply: StepSupply) throws -> Tensor {
        var point = try tensor(x), state = try rule.initialState(for: point, supply.parameters)
        let loss = try #require(supply.loss)
        _ = try rule.advance(&point, gradient: loss.gradient(at: point).gradient, state: &state, with: supply)
        return point
    }

    // MARK: Newton

    @Test(arguments: CurvatureMatrix.allCases.prefix(1)) func newtonSolvesAQuadraticInAStep(_: CurvatureMatrix) throws {
        var newton = NewtonCG()
        (newton.damping, newton.tolerance) = (0, 1e-6)
        near(try step(newton, [1, -2, 3], supply([0.5, 2, 10])), [0, 0, 0])
        // With damping λ: x − c x / (c + λ).
        newton.damping = 1
        near(try step(newton, [1, -2, 3], supply([0.5, 2, 10])), [1 - 1 / 3.0, -2 + 4 / 3.0, 3 - 30 / 11.0])
    }

    @Test func newtonGoesDownWhereTheCurvatureIsNegative() throws {
        for cubic in [0.0, 1] {
            var newton = NewtonCG()
            newton.cubic = cubic
            let supply = try supply([1, -1], quartic: 0.1)
            let loss = try #require(supply.loss), start = try tensor([1, 0.1])
            var point = start, state = try newton.initialState(for: point)
            for _ in 0..<12 {
                let before = try loss.value(at: point)
                _ = try newton.advance(
                    &point, gradient: loss.gradient(at: point).gradient, state: &state, with: supply)
                #expect(try loss.value(at: point) <= before)
            }
            // The minima are x = 0, y = ±√(1 / (4 · 0.1)).
            near(point, [0, (1 / 0.4 as Double).squareRoot()], 1e-2)
        }
    }

    /// In one dimension: the least of g d + c d²/2 + M |d|³/6 solves g + c d + M |d| d / 2 = 0.
    @Test(arguments: [2.0, -2.0, 0.0]) func theCubicStepIsTheModelsLeast(_ c: Double) throws {
        var newton = NewtonCG()
        (newton.cubic, newton.damping, newton.lineSearch) = (3, 0, false)
        // The gradient at 1 is c + 4 q with q = 1; the curvature c + 12 q.
        let gradient = c + 4, bend = c + 12
        let length = (-bend + (bend * bend + 2 * 3 * gradient).squareRoot()) / 3
        near(try step(newton, [1], supply([Float(c)], quartic: 1)), [1 - length], 1e-4)
    }

    @Test func lbfgsMinimisesRosenbrock() throws {
        var supply = StepSupply(parameters: .single([2]))
        let loss = LossAccess(of: "a test", Differentiator()) { p in
            let x = try p.sliced([0..<1]), y = try p.sliced([1..<2])
            let valley = try y - x * x, rest = try x - Variable(tensor([1]))
            return try (100 * (valley * valley) + rest * rest).sum()
        }
        supply.loss = loss
        let rule = LimitedMemoryBFGS()
        var point = try tensor([-1.2, 1]), state = try rule.initialState(for: point)
        for _ in 0..<60 {
            _ = try rule.advance(&point, gradient: loss.gradient(at: point).gradient, state: &state, with: supply)
        }
        near(point, [1, 1], 2e-2)
    }

    // MARK: composed

    @Test func alternateIsBothByHand() throws {
        var a = Adam(), b = StochasticGradientDescent(), both = Alternate()
        (a.learningRate, b.learningRate, b.momentum) = (0.1, 0.01, 0.9)
        both.rules = [a, b]
        both.every = 2
        var x = try tensor([1, 2]), y = x
        var state = try both.initialState(for: x), sa = try a.initialState(for: x), sb = try b.initialState(for: x)
        for step in 0..<7 {
            let gradient = try tensor([Float(step) - 2, 1])
            try both.advance(&x, gradient: gradient, state: &state)
            if step / 2 % 2 == 0 {
                try a.advance(&y, gradient: gradient, state: &sa)
            } else {
                try b.advance(&y, gradient: gradient, state: &sb)
            }
            #expect(x.elements == y.elements)
        }
    }

    @Test func samsGradientIsThatUphill() throws {
        var inner = StochasticGradientDescent(), sam = SharpnessAware()
        inner.learningRate = 1
        sam.rules = [inner]
        sam.rho = 0.5
        // At (3, 4) with f = ½‖x‖²: uphill is (3.3, 4.4), and the step there.
        near(try step(sam, [3, 4], supply([1, 1])), [-0.3, -0.4])
        sam.target = .forget
        var parts = StepSupply(parameters: .single([2]))
        parts.part = { part, x in (0, part == .forget ? try 2 * x : try -1 * x) }
        var x = try tensor([3, 4]), state = try sam.initialState(for: x)
        _ = try sam.advance(&x, gradient: x, state: &state, with: parts)
        // 2 (x + 0.5 x/‖x‖) − x = x + x/‖x‖.
        near(x, [-0.6, -0.8])
        sam.rules = [NewtonCG()]
        #expect(throws: OptimizerError.self) { try sam.check() }
    }

    /// What is left of the forget gradient does not point against what is kept, and the other way round.
    @Test func rectifiedGradientsDoNotFight() throws {
        let f = try tensor([1, -3, 0.5]), r = try tensor([0.2, 1, 2])
        var inner = StochasticGradientDescent()
        inner.learningRate = 1
        var parts = StepSupply(parameters: .single([3]))
        parts.part = { part, _ in (0, part == .forget ? f : r) }
        func gradient(_ rule: any StepRule) throws -> Tensor {
            var x = try Tensor.zeros([3], on: device), state = try rule.initialState(for: x)
            _ = try rule.advance(&x, gradient: x, state: &state, with: parts)
            return try -x
        }
        #expect(try f.dot(r) < 0)
        var gru = GradientRectified(), blur = BilevelRectified()
        gru.rules = [inner]
        blur.rules = [inner]
        let left = try gradient(gru) - r, kept = try gradient(blur) - f
        #expect(abs(try left.dot(r)) < 1e-5)
        #expect(abs(try kept.dot(f)) < 1e-5)
        // Only the part along the other has gone.
        #expect(try (left - f).norm() < f.norm())
        #expect(try (kept - r).norm() < r.norm())
    }

    @Test func dualOptimKeepsAveragesApart() throws {
        var forget = Adam(), retain = Adam(), dual = DualOptim()
        (forget.learningRate, retain.learningRate) = (0.1, 0.2)
        dual.rules = [forget, retain]
        var parts = StepSupply(parameters: .single([2]))
        parts.part = { part, x in (0, part == .forget ? try x.map(.sign) : try 3 * x) }
        var x = try tensor([1, -2]), state = try dual.initialState(for: x), y = x
        var sf = try forget.initialState(for: x), sr = sf
        for _ in 0..<4 {
            _ = try dual.advance(&x, gradient: x, state: &state, with: parts)
            try forget.advance(&y, gradient: y.map(.sign), state: &sf)
            try retain.advance(&y, gradient: 3 * y, state: &sr)
            #expect(x.elements == y.elements)
        }
    }

    /// One step of DualOptim+ from zero states, by its formulas: the shared averages hold one gradient, corrected to
    /// itself, so that the difference of the first objective is 0.
    @Test func dualOptimPlusByHand() throws {
        var rule = DualOptimPlus()
        (rule.learningRate, rule.weightDecay) = (0.1, 0)
        var parts = StepSupply(parameters: .single([1]))
        parts.part = { part, x in (0, try Tensor(repeating: part == .forget ? 2 : -1, shape: [1], on: x.device)) }
        var x = try tensor([0]), state = try rule.initialState(for: x)
        _ = try rule.advance(&x, gradient: x, state: &state, with: parts)
        let first = -0.1 * 2 / 2.0
        let base = (0.9 * 0.1 * 2 - 0.1) / (1 - 0.81), spread = (0.999 * 0.001 * 4 + 0.001) / (1 - 0.999 * 0.999)
        let difference = -1 - base, rest = 1 - spread
        let second = -0.1 * (difference + base) / abs(rest + spread).squareRoot()
        near(x, [first + second], 1e-4)
    }

    /// Four steps of DualOptim+ on gradients of two sizes, by its formulas in double precision. A weight whose |v + w|
    /// comes near 0 moves far, by whatever it is: moves are compared by their own size.
    @Test func dualOptimPlusAgreesWithDoubles() throws {
        let count = 2000, steps = 4
        var random = RandomGenerator(seed: 7)
        let gradients = (0..<steps).map { _ in
            [1, 0.01].map { size in (0..<count).map { _ in Float(size * random.normal()) } }
        }
        var rule = DualOptimPlus()
        (rule.learningRate, rule.weightDecay) = (1, 0)
        var x = try tensor(Array(repeating: 0, count: count)), state = try rule.initialState(for: x)
        var shared = Averages(count), own = [Averages(count), Averages(count)]
        for (step, terms) in gradients.enumerated() {
            var parts = StepSupply(parameters: .single([count]))
            parts.part = { part, x in
                (0, try Tensor(terms[part == .forget ? 0 : 1], shape: x.shape, on: x.device))
            }
            let before = x
            _ = try rule.advance(&x, gradient: x, state: &state, with: parts)
            var expected = Array(repeating: 0.0, count: count)
            for (index, term) in terms.enumerated() {
                let g = term.map(Double.init)
                shared.take(g, squares: g.map { $0 * $0 })
                let b = shared.mean, w = shared.square
                own[index].take(zip(g, b).map { $0 - $1 }, squares: zip(g, w).map { $0 * $0 - $1 })
                let d = own[index].mean, v = own[index].square
                for i in 0..<count { expected[i] -= (d[i] + b[i]) / (abs(v[i] + w[i]).squareRoot() + rule.epsilon) }
            }
            let moved = zip(x.elements, before.elements).map { Double($0) - Double($1) }
            let errors = zip(moved, expected).map { abs($0 - $1) / (1 + abs($1)) }
            let sorted = errors.sorted()
            #expect(sorted[count * 99 / 100] < 4e-5, "step \(step + 1): \(sorted[count * 99 / 100])")
            #expect(sorted[count - 1] < 4e-3, "step \(step + 1): \(sorted[count - 1])")
        }
    }

    /// Averages of gradients and of squares in double precision, corrected for their start at 0.
    private struct Averages {
        private var taken = 0, sums: [[Double]]
        init(_ count: Int) { sums = Array(repeating: Array(repeating: 0, count: count), count: 2) }
        private static let past = [0.9, 0.999]
        mutating func take(_ values: [Double], squares: [Double]) {
            taken += 1
            for (k, new) in [values, squares].enumerated() {
                sums[k] = zip(sums[k], new).map { Self.past[k] * $0 + (1 - Self.past[k]) * $1 }
            }
        }
        private func corrected(_ k: Int) -> [Double] { sums[k].map { $0 / (1 - pow(Self.past[k], Double(taken))) } }
        var mean: [Double] { corrected(0) }
        var square: [Double] { corrected(1) }
    }

    /// Beside a much larger gradient a small one keeps its digits: in its first step it is divided by its own size.
    @Test(arguments: [1e-3, 3e-4, 2e-4, 1e-4, 5e-5, 1e-5] as [Float])
    func dualOptimPlusSeesASmallGradientBesideALargeOne(_ share: Float) throws {
        var rule = DualOptimPlus()
        (rule.learningRate, rule.weightDecay) = (0.001, 0)
        let large = try tensor((0..<2000).map { sin(Float($0)) }), small = try tensor((0..<2000).map { cos(Float($0)) })
        var parts = StepSupply(parameters: .single([2000]))
        parts.part = { part, x in (0, part == .forget ? large : try small.combined(.multiply, scalar: share)) }
        var x = try tensor(Array(repeating: 0, count: 2000)), state = try rule.initialState(for: x)
        _ = try rule.advance(&x, gradient: x, state: &state, with: parts)
        let farthest = x.elements.map(abs).max() ?? 0
        #expect(abs(farthest - 0.002) < 2e-6, "\(farthest)")
    }

    /// Of a term without a gradient D + B is 0: what rounding leaves of it is not divided by epsilon.
    @Test func dualOptimPlusStaysWhereATermHasNoGradient() throws {
        var rule = DualOptimPlus()
        (rule.learningRate, rule.weightDecay) = (0.001, 0)
        let gradient = try tensor((0..<2000).map { 10 * sin(Float($0)) })
        var parts = StepSupply(parameters: .single([2000]))
        parts.part = { part, x in (0, part == .forget ? gradient : try .zeros(x.shape, on: x.device)) }
        var x = try tensor(Array(repeating: 0, count: 2000)), state = try rule.initialState(for: x)
        for step in 1...4 {
            let before = x
            _ = try rule.advance(&x, gradient: x, state: &state, with: parts)
            let farthest = zip(x.elements, before.elements).map { abs($0 - $1) }.max() ?? 0
            #expect(farthest < 0.0015, "step \(step): \(farthest)")
        }
    }

    @Test func zerothOrderGuessesASlope() throws {
        var rule = ZerothOrder()
        (rule.learningRate, rule.probes, rule.distance, rule.direction) = (1, 400, 0.01, .normal)
        var supply = try supply([1, 2, 3, 4])
        supply.draws = { RandomGenerator(seed: 3) }
        let x: [Float] = [1, -1, 0.5, 2]
        let guess = try tensor(x) - step(rule, x, supply), true_ = try tensor([1, -2, 1.5, 8])
        // The mean of u uᵀ g over 400 normal u: errors of about ‖g‖ √(5 / 400).
        #expect(try (guess - true_).norm() < 0.3 * true_.norm())
        rule.sign = true
        rule.learningRate = 0.1
        near(try tensor(x) - step(rule, x, supply), [0.1, -0.1, 0.1, 0.1])
    }

    // MARK: transforms

    @Test func schedulesFollowTheirFormulas() {
        let cosine = LearningRateSchedule.cosine(warmup: 0.2)
        #expect(cosine.factor(step: 0, of: 10) == 0 && cosine.factor(step: 1, of: 10) == 0.5)
        #expect(cosine.factor(step: 2, of: 10) == 1 && abs(cosine.factor(step: 6, of: 10) - 0.5) < 1e-12)
        #expect(abs(cosine.factor(step: 10, of: 10)) < 1e-12)
        #expect(LearningRateSchedule.warmup(0.5).factor(step: 3, of: 4) == 1)
        #expect(LearningRateSchedule.warmup(0.5).factor(step: 1, of: 4) == 0.5)
    }

    @Test func transformsChain() throws {
        var inner = StochasticGradientDescent(), clipped = Clipped(), scheduled = Scheduled(), decayed = Decayed()
        inner.learningRate = 1
        (clipped.norm, clipped.measure, clipped.rules) = (1, .parameter, [inner])
        (scheduled.shape, scheduled.steps, scheduled.warmup, scheduled.rules) = (.linear, 4, 0, [clipped])
        (decayed.weightDecay, decayed.only, decayed.rules) = (0.5, "*.mlp.*", [scheduled])
        try decayed.check()
        let list = ParameterList(shapes: [("h.0.mlp.w", [2]), ("h.0.attn.w", [2])])
        var x = try tensor([2, 2, 2, 2]), state = try decayed.initialState(for: x, list)
        let gradient = try tensor([3, 4, 0.3, 0.4])
        _ = try decayed.advance(&x, gradient: gradient, state: &state, with: StepSupply(parameters: list))
        near(x, [2 - 1 - 0.6, 2 - 1 - 0.8, 1.7, 1.6])
        _ = try decayed.advance(&x, gradient: gradient, state: &state, with: StepSupply(parameters: list))
        // The schedule leaves three quarters of the rate, and so of the decay.
        near(x, [0.4 * 0.625 - 0.45, 0.2 * 0.625 - 0.6, 1.7 - 0.225, 1.6 - 0.3])
        decayed.only = "nothing*"
        #expect(throws: OptimizerError.self) { try decayed.initialState(for: x, list) }
    }

    @Test func namesFitPatterns() {
        let list = ParameterList(
            shapes: ["transformer.wte.weight", "h.0.mlp.w", "h.10.mlp.b", "ln_f"].map { ($0, [1]) })
        func names(_ pattern: String) -> [String] { list.matching(pattern).map(\.name) }
        #expect(names("*mlp*") == ["h.0.mlp.w", "h.10.mlp.b"])
        #expect(names("*.w, ln_f") == ["h.0.mlp.w", "ln_f"])
        #expect(names("h.*.mlp.b") == ["h.10.mlp.b"])
        #expect(names("h") == [] && names("*") == list.entries.map(\.name) && names("") == [])
        #expect(names("*a*a*a*a*a*b") == [])
    }
}
