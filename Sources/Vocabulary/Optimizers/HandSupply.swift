/// What an optimizer that is called by hand may ask for: what the call gives it by name.
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

struct HandSupply {
    let call: Call
    let engine: EngineContext
    let form: PointForm

    /// The options by which an optimizer is given what it asks for.
    static func options(for fresh: any Optimizer, composed: Bool) -> [Parameter] {
        var options: [Parameter] = []
        if takesDiagonal(fresh) {
            options.append(
                .option(
                    "curvature", .either(.tensor, .direction), default: .nothing, shown: "none",
                    "an estimate of the Hessian's diagonal, for optimizers that use one; a run supplies its own"))
        }
        if composed || fresh.needs.contains(.loss) || fresh.curvature != nil {
            options.append(
                .option(
                    "loss", .function(of: "the model"), default: .nothing, shown: "none",
                    "the loss itself, whose values and curvature it asks for; a run supplies its own"))
        }
        if composed || fresh.needs.contains(.parts) {
            for part in LossPart.allCases {
                options.append(
                    .option(
                        "\(part)_gradient", .gradient, default: .nothing, shown: "none",
                        "of the loss's \(part) term; a run supplies its own"))
            }
        }
        if composed || fresh.needs.contains(.naturalGradient) {
            options.append(
                .option(
                    "data", .examples, default: .nothing, shown: "none",
                    "whose Fisher matrix is meant; a run supplies its own"))
        }
        return options
    }

    /// Whether `curvature` is such an estimate, and no setting.
    private static func takesDiagonal(_ optimizer: any Optimizer) -> Bool {
        !type(of: optimizer).describedSettings.contains { $0.name == "curvature" }
    }

    private func given(_ name: String) throws -> Value? {
        guard call.builtin.parameters.contains(where: { $0.name == name }) else { return nil }
        let value = try call.value(name)
        return value.isNothing ? nil : value
    }

    func supply(for optimizer: any Optimizer) throws -> StepSupply {
        var supply = StepSupply(parameters: form.parameters)
        let engine = engine
        supply.draws = { RandomGenerator(seed: engine.generator.next()) }
        if Self.takesDiagonal(optimizer) {
            supply.diagonal = try given("curvature").map { try FlatPoint($0, engine).flat }
        }
        if case .function(let function)? = try given("loss") {
            let loss = self.loss(function)
            supply.loss = loss
            supply.estimate = { request, weights in
                guard case .hutchinson(let distribution) = request.estimator else {
                    throw LanguageError(
                        "labels can be sampled from a model in a run, and not from a loss",
                        advice: ["set estimator=\"hutchinson\", or give curvature="], at: .argument("loss"))
                }
                let probe = try Tensor.probe(
                    weights.shape, distribution, from: &engine.generator, on: weights.device)
                return try loss.product(.hessian, at: weights, probe) * probe
            }
        }
        let parts = try LossPart.allCases.map { part in
            try given("\(part)_gradient").map { try FlatPoint($0, engine).flat }
        }
        if let forget = parts[0], let retain = parts[1] {
            supply.part = { part, _ in (.nan, part == .forget ? forget : retain) }
        }
        if try given("data") != nil { supply.naturalGradient = try naturalGradient() }
        return supply
    }

    /// A function of the language as a loss of what is moved.
    private func loss(_ function: Function) -> LossAccess {
        let (call, engine, form) = (call, engine, form)
        return LossAccess(of: "the loss of `\(call.builtin.name)`", engine.differentiator) { weights in
            let result = try call.call(function, [form.point(weights)])
            guard let value = try engine.variable(result), value.count == 1 else {
                throw LanguageError(
                    "`loss` of `\(call.builtin.name)` must return one number; it returned \(result.phrase)",
                    at: .result("loss"))
            }
            return try value.reshaped([])
        }
    }

    private func naturalGradient() throws
        -> (FisherRequest, FisherFactors?, Tensor, Tensor) throws -> (step: Tensor, factors: FisherFactors?)
    {
        guard case .foreign(let model as ModelValue) = try call.value("model") else {
            throw LanguageError(
                "the Fisher matrix of `data` is that of a language model; this is \(try call.value("model").phrase)",
                at: .argument("model"))
        }
        let base = model.model, engine = engine
        let examples = try call.examples("data")
        let sequences = try ModelFunctions.single(examples, base, call)
        return { request, kept, gradient, weights in
            try base.with(weights: Variable(weights)).naturalGradient(
                sequences, request, kept, gradient, seed: engine.generator.next(), differentiator: engine.differentiator
            )
        }
    }
}
