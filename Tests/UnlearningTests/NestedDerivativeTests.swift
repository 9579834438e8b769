// Losses that take derivatives themselves: a run's gradient and its curvature go through them.
import Autodiff
import LanguageModels
import Optimizers
import Settings
import Tensors
import Testing
import Unlearning

@Suite struct NestedDerivativeTests {
    let setting: Setting
    let batch: TokenBatch
    let differentiator = Differentiator()

    init() throws {
        setting = try Setting()
        batch = try TokenBatch(setting.forget)
    }

    /// ½ ‖∇ nll‖².
    private func loss(_ weights: Variable) throws -> Variable {
        let gradient = try differentiator.gradient([weights]) { try setting.base.with(weights: $0[0]).nll(batch) }[0]
        return try 0.5 * gradient.dot(gradient)
    }

    private func nll(_ x: [Variable]) throws -> Variable { try setting.base.with(weights: x[0]).nll(batch) }

    private func run(_ optimizer: String, _ settings: [(String, SettingValue)]) throws -> Run {
        try Run(
            Recipe(
                base: setting.base, forget: BatchSchedule(batch), retain: nil,
                objective: { model, _, _ in LossParts(total: try loss(model.weights), forget: nil, retain: nil) },
                lossName: "penalty", rule: try setting.optimizer(optimizer, settings), seed: 1,
                differentiator: differentiator), memory: 1 << 20)
    }

    @Test func theGradientIsTheHessianTimesTheGradient() throws {
        let weights = setting.base.weights
        let gradient = try differentiator.gradient([weights], of: nll)
        let expected = try differentiator.hessianProduct([weights], gradient, of: nll)[0].value
        let start = try run("sgd", [("lr", .number(0.01)), ("momentum", .number(0))]), next = try start.stepped(1).run
        let update = try next.state.weights - weights.value
        #expect(try (update + Float(0.01) * expected).norm() < 1e-3 * update.norm())
        #expect(abs((next.log.last?.gradientNorm ?? 0) - expected.norm()) < 1e-3 * expected.norm())
        // The explanation speaks of the same step, before and after.
        #expect(abs(try start.explained().updateNorm - update.norm()) < 1e-6 * (1 + update.norm()))
        #expect(try next.back(1).explained() == start.explained())
    }

    @Test func hutchinsonsCurvatureIsThatOfTheLoss() throws {
        var generator = RandomGenerator(seed: 5)
        let weights = setting.base.weights
        let probe = try Tensor.probe(weights.shape, .signs, from: &generator, on: setting.device)
        let estimate = try CurvatureEstimate.hutchinson(
            weights.value, probe, differentiator: differentiator, loss: loss)
        let h: Float = 1e-3
        func slope(_ s: Float) throws -> Tensor {
            try differentiator.gradient([Variable(weights.value.combined(1, probe, s))]) { try loss($0[0]) }[0].value
        }
        let numeric = try Float(1 / (2 * h)) * (slope(h) - slope(-h)) * probe
        #expect(try (estimate - numeric).norm() < 2e-2 * numeric.norm())
        for estimator in ["gnb", "hutchinson", "rademacher"] {
            let settings: [(String, SettingValue)] = [
                ("lr", .number(0.001)), ("k", .number(1)), ("estimator", .choice(estimator)),
            ]
            #expect(try run("sophia", settings).stepped(2).run.log.count == 2)
        }
    }

    @Test func curvatureThatIsNoNumberIsNamed() throws {
        // The length of a difference has no second derivative where it is 0.
        let base = setting.base
        let recipe = Recipe(
            base: base, forget: BatchSchedule(batch), retain: nil,
            objective: { model, _, _ in
                LossParts(total: try Variable.norm([model.difference(from: base).values]), forget: nil, retain: nil)
            }, lossName: "distance",
            rule: try setting.optimizer("sophia", [("estimator", .choice("hutchinson"))]),
            seed: 1, differentiator: differentiator)
        #expect(throws: UnlearningError.notFinite(what: "curvature of the loss", isNaN: true, step: 1)) {
            try Run(recipe, memory: 0).stepped(1)
        }
    }

    @Test func aRunInsideADerivativeIsAConstantOrRefused() throws {
        let start = try run("sgd", [("lr", .number(0.01))])
        // Its own loss follows nothing from outside.
        let inside = try differentiator.gradient([Variable(Tensor(scalar: 2, on: setting.device))]) { x in
            try x[0] * Variable(start.stepped(1).run.model.nll(batch).value)
        }
        #expect(abs(try inside[0].value.item() - start.stepped(1).run.model.nll(batch).value.item()) < 1e-4)
        #expect(throws: DerivativeError.self) {
            try differentiator.gradient([Variable(Tensor(scalar: 2, on: setting.device))]) { x in
                let recipe = Recipe(
                    base: setting.base, forget: BatchSchedule(batch), retain: nil,
                    objective: { model, batch, _ in
                        LossParts(total: try x[0] * model.nll(batch), forget: nil, retain: nil)
                    },
                    lossName: "scaled", rule: try setting.optimizer("sgd"), seed: 1,
                    differentiator: differentiator)
                return try Run(recipe, memory: 0).stepped(1).run.model.nll(batch)
            }
        }
    }
}
