/// What is Sophia's own: clipping and its count, when curvature is asked for, and the choice of ρ.
import Settings
import Optimizers
import Tensors
import Testing

@Suite struct SophiaTests {
    let device = Device(threads: 2)

    func tensor(_ elements: [Float]) throws -> Tensor { try Tensor(elements, shape: [elements.count], on: device) }

    @Test func theClippedAreCounted() throws {
        var sophia = Sophia()
        sophia.beta1 = 0
        sophia.beta2 = 0
        sophia.rho = 1
        sophia.weightDecay = 0
        sophia.learningRate = 1
        // m = g and h = 1: elements with |g| > 1 are clipped.
        let n = 70_001
        let g: [Float] = (0..<n).map { Float($0 % 7) / 2 - 1.5 }
        var p = try Tensor.zeros([n], on: device), state = try sophia.initialState(for: p)
        let figures = try sophia.advance(
            &p, gradient: tensor(g), state: &state, curvature: Tensor(repeating: 1, shape: [n], on: device))
        #expect(figures.clipped == Double(g.count { abs($0) > 1 }) / Double(n))
        #expect(p.elements == g.map { -max(-1, min(1, $0)) })
    }

    @Test func negativeAndMissingCurvatureGiveFullSteps() throws {
        var sophia = Sophia()
        sophia.weightDecay = 0
        let p = try tensor([0, 0, 0]), g = try tensor([3, -0.1, 0]), state = try sophia.initialState(for: p)
        let lr = Float(sophia.learningRate)
        let negative = try sophia.step(p, gradient: g, state: state, curvature: tensor([-4, -4, -4]))
        #expect(negative.parameters.elements == [-lr, lr, 0])
        let missing = try sophia.step(p, gradient: g, state: state)
        #expect(missing.parameters.elements == [-lr, lr, 0])
        #expect(try missing.state["curvature"]?.elements == [0, 0, 0])
    }

    @Test func oldCurvatureStaysUntilItIsDue() throws {
        let sophia = Sophia()
        #expect((0..<25).filter { sophia.curvature?.isDue(after: $0) == true } == [0, 10, 20])
        let p = try tensor([1, 2]), g = try tensor([0.1, 0.2])
        let first = try sophia.step(p, gradient: g, state: sophia.initialState(for: p), curvature: tensor([5, 7]))
        let second = try sophia.step(first.parameters, gradient: g, state: first.state)
        #expect(try second.state["curvature"]?.elements == first.state["curvature"]?.elements)
        #expect(try second.state["momentum"]?.elements != first.state["momentum"]?.elements)
    }

    @Test func estimatorsAskForTheirOwn() throws {
        var sophia = Sophia()
        try sophia.set("estimator", to: .choice("hutchinson"))
        #expect(sophia.curvature == CurvatureRequest(estimator: .hutchinson(.normal), every: 10))
        try sophia.set("estimator", to: .choice("rademacher"))
        try sophia.set("k", to: .number(3))
        #expect(sophia.curvature == CurvatureRequest(estimator: .hutchinson(.signs), every: 3))
        try sophia.set("estimator", to: .choice("gradient"))
        #expect(sophia.curvature == nil)
        // Its own gradient's square, every third step.
        let p = try tensor([1, 2]), g = try tensor([3, 4])
        var (q, state) = (p, try sophia.initialState(for: p))
        var seen: [Float] = []
        for _ in 0..<4 {
            (q, state) = try sophia.step(q, gradient: g, state: state)
            seen.append(try #require(try state["curvature"]).elements[0])
        }
        #expect(abs(seen[0] - 0.09) < 1e-6 && seen[1] == seen[0] && seen[2] == seen[0] && seen[3] > seen[2])
    }

    @Test func settingsAreChecked() throws {
        var sophia = Sophia()
        #expect(throws: SettingError.self) { try sophia.set("beta1", to: .number(1)) }
        #expect(throws: SettingError.self) { try sophia.set("lr", to: .number(-1)) }
        #expect(throws: SettingError.self) { try sophia.set("lr", to: .number(.nan)) }
        #expect(throws: SettingError.self) { try sophia.set("k", to: .number(2.5)) }
        #expect(throws: SettingError.self) { try sophia.set("k", to: .number(0)) }
        #expect(throws: SettingError.self) { try sophia.set("rho", to: .flag(true)) }
        #expect(
            throws: SettingError(
                #"sophia's estimator must be one of "gnb", "hutchinson", "rademacher", "gradient", not "magic""#)
        ) { try sophia.set("estimator", to: .choice("magic")) }
        #expect(
            throws: SettingError(
                "sgd has no setting gamma; it has lr, momentum, dampening, nesterov, weight_decay, storage")
        ) {
            var sgd = StochasticGradientDescent()
            try sgd.set("gamma", to: .number(1))
        }
        let described = Sophia.describedSettings.first { $0.name == "rho" }
        #expect(described?.defaultValue == .number(0.04))
        #expect(sophia.values.map(\.name) == Sophia.describedSettings.map(\.name))
    }

    @Test func aScaleForAWantedFraction() throws {
        var sophia = Sophia()
        sophia.beta1 = 0
        sophia.beta2 = 0
        let n = 1000
        var generator = RandomGenerator(seed: 3)
        let g = try Tensor.normal([n], from: &generator, on: device)
        let h = try Tensor.uniform([n], from: &generator, on: device)
        var p = try Tensor.zeros([n], on: device), state = try sophia.initialState(for: p)
        #expect(try sophia.rho(leavingUnclipped: 0.3, in: state) == nil)
        try sophia.advance(&p, gradient: g, state: &state, curvature: h)
        for fraction in [0.1, 0.3, 0.7] {
            sophia.rho = .value(try #require(try sophia.rho(leavingUnclipped: fraction, in: state)))
            let figures = try sophia.advance(&p, gradient: g, state: &state)
            #expect(abs(figures.clipped - (1 - fraction)) < 0.003)
        }
        let other = try StochasticGradientDescent().initialState(for: p)
        #expect(throws: OptimizerError.self) { try sophia.rho(leavingUnclipped: 0.3, in: other) }
    }

    @Test(arguments: [0.2, 0.5, 0.8]) func aScaleThatIsFoundForEveryStep(_ share: Double) throws {
        var sophia = Sophia()
        try sophia.set("rho", to: .choice("auto"))
        try sophia.set("unclipped", to: .number(share))
        let n = 2000
        var generator = RandomGenerator(seed: 4)
        var p = try Tensor.zeros([n], on: device), state = try sophia.initialState(for: p)
        for step in 0..<6 {
            let g = try Tensor.normal([n], from: &generator, on: device)
            let h = step % 3 == 0 ? try Tensor.uniform([n], from: &generator, on: device) : nil
            let figures = try sophia.advance(&p, gradient: g, state: &state, curvature: h)
            #expect(abs(figures.clipped - (1 - share)) < 0.003, "step \(step)")
            // What the step used can be told from the state that it left.
            let told = try #require(try sophia.rho(leavingUnclipped: share, in: state))
            var fixed = sophia
            fixed.rho = .value(told)
            #expect(told > 0 && fixed.values.contains { $0.name == "rho" })
        }
        #expect(sophia.autoUnclipped == share && Sophia().autoUnclipped == nil)
        #expect(throws: SettingError.self) { try sophia.set("rho", to: .choice("much")) }
        #expect(throws: SettingError.self) { try sophia.set("unclipped", to: .number(1)) }
    }

    @Test func schedules() {
        #expect((0..<5).map { LearningRateSchedule.constant.factor(step: $0, of: 5) } == [1, 1, 1, 1, 1])
        let linear = LearningRateSchedule.linear(warmup: 0.2)
        #expect(
            (0...10).map { linear.factor(step: $0, of: 10) } == [
                0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0,
            ])
        #expect(LearningRateSchedule.linear(warmup: 0).factor(step: 0, of: 4) == 1)
        #expect(LearningRateSchedule.linear(warmup: 0).factor(step: 9, of: 4) == 0)
    }
}
