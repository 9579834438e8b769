/// From a call's arguments to a run's recipe: data, loss and optimizer, built in or written by the user.
import Autodiff
import Datasets
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

/// Options that everything shares that takes steps.
func stepOptions(loss: String, optimizer: String) -> [Parameter] {
    [
        .option(
            "loss", "a loss", default: .nothing, shown: loss,
            "what is minimised: a built-in loss or a function (model, forget, retain) -> number"),
        .option(
            "optimizer", "an optimizer", default: .nothing, shown: optimizer,
            "what takes the steps: a built-in optimizer or a function (model, gradient, state) -> model, state"),
        .option("batch", "a whole number", default: 16, unit: "examples", "examples of each data set a step"),
        .option("clip_norm", "a number", default: 0, "gradients longer than this are shortened to it; 0 for no limit"),
        seedOption,
    ]
}

struct RecipeReading {
    let call: Call
    let engine: EngineContext
    let base: LanguageModel

    /// The data of a parameter as batches for each step.
    func schedule(_ name: String, stream: UInt64) throws -> BatchSchedule? {
        let value = try call.value(name)
        switch value {
        case .nothing: return nil
        case .foreign(let batch as BatchValue): return BatchSchedule(batch.batch)
        case .foreign(let data as DataValue):
            let sequences = try data.sequences(for: base)
            guard !sequences.isEmpty else { throw LanguageError("\(data.name) is empty", at: .argument(name)) }
            // Forget and retain data are drawn independently of each other.
            let seed = try engine.seed(of: call)
            return try BatchSchedule(sequences, rows: call.integer("batch", min: 1), seed: seed &* 2 &+ stream)
        default: throw call.wrong(name, value, mustBe: "a data set or a batch")
        }
    }

    /// The loss of the option `loss`, or `fallback`.
    func objective(fallback: @escaping Objective, fallbackName: String) throws -> (Objective, String) {
        guard let function = try call.optional("loss", { try $0.function("loss") }) else {
            return (fallback, fallbackName)
        }
        let name = function.name ?? "loss"
        if let payload = function.payload as? LossPayload {
            let loss = try payload.loss({ function.option($0) ?? .nothing }, base: base)
            return ({ try loss($0, $1, $2) }, name)
        }
        let interpreter = call.interpreter, engine = engine
        let needed = function.parameters.filter { $0.defaultValue == nil && !$0.isRest && !$0.isOption }.count
        let takesRetain = needed >= 3 || function.parameters.count >= 3 && function.builtin == nil
        return (
            { model, forget, retain in
                let f = BatchValue(forget), r = retain.map { BatchValue($0) }
                engine.observations = [:]
                defer { engine.observations = [:] }
                var arguments: [Value] = [.foreign(ModelValue(model)), .foreign(f)]
                if takesRetain { arguments.append(r.map { .foreign($0) } ?? .nothing) }
                let result = try interpreter.call(function, arguments)
                guard let total = try engine.variable(result), total.value.count == 1 else {
                    throw LanguageError(
                        "`\(name)` must return one number as a loss; it returned \(result.phrase)",
                        note: "take mean(…) or sum(…) of it", at: .result("loss"))
                }
                return LossParts(
                    total: total, forget: engine.observations[ObjectIdentifier(f)],
                    retain: r.flatMap { engine.observations[ObjectIdentifier($0)] })
            }, name
        )
    }

    /// The optimizer of the option `optimizer`, or `fallback`.
    func rule(fallback: any Optimizer) throws -> any UpdateRule {
        let decaying = base.layout.decaying
        guard let function = try call.optional("optimizer", { try $0.function("optimizer") }) else {
            return OptimizerRule(fallback, decaying: decaying)
        }
        if let payload = function.payload as? OptimizerPayload {
            return OptimizerRule(try payload.optimizer(function), decaying: decaying)
        }
        guard function.builtin == nil else {
            throw LanguageError(
                "`\(function.name ?? "this")` is not an optimizer; see ?adamw, or write a function (model, gradient, state)",
                at: .argument("optimizer"))
        }
        return FunctionRule(function: function, interpreter: call.interpreter)
    }

    func recipe(
        forget: String, retain: String?, fallback: @escaping Objective, fallbackName: String, optimizer: any Optimizer,
        schedule: LearningRateSchedule = .constant, steps: Int = 0
    ) throws -> Recipe {
        guard let forgetSchedule = try self.schedule(forget, stream: 0) else {
            throw call.wrong(forget, .nothing, mustBe: "a data set or a batch")
        }
        let (objective, name) = try objective(fallback: fallback, fallbackName: fallbackName)
        var recipe = Recipe(
            base: base, forget: forgetSchedule, retain: try retain.flatMap { try self.schedule($0, stream: 1) },
            objective: objective, lossName: name, rule: try rule(fallback: optimizer), seed: try engine.seed(of: call),
            schedule: schedule, plannedSteps: steps,
            gradientLimit: try call.number("clip_norm", in: 0...Double.infinity),
            differentiator: engine.differentiator)
        recipe.origin = try RecipeOrigin(call)
        return recipe
    }
}

/// The call that a recipe was read from, so that the recipe can be stored and read again.
final class RecipeOrigin {
    let function: String
    let arguments: [(name: String, value: Value)]

    init(_ call: Call) throws {
        function = call.builtin.name
        arguments = try call.builtin.parameters.map { ($0.name, try call.value($0.name)) }
    }
}
