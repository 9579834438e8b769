/// Optimizers as functions of (model, gradient, state): one built-in for each in the list of the engine.
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

enum OptimizerFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any Optimizer.Type]) -> [Builtin] {
        let names = all.map { $0.name }
        return all.map { builtin($0, engine, names) }
    }

    private static func builtin<O: Optimizer>(_ type: O.Type, _ engine: EngineContext, _ names: [String]) -> Builtin {
        .engine(
            O.name, family: RecipeFamily.optimizers.rawValue,
            [
                .positional("model", .model, "what is to be moved; a tensor does too"),
                .positional("gradient", .gradient, "of the loss, as grad gives it"),
                .positional(
                    "state", .state, default: .nothing, shown: "none",
                    "what the last step returned; none at first"),
            ] + O.describedSettings.map(\.option) + [
                .option(
                    "curvature", .either(.tensor, .direction), default: .nothing, shown: "none",
                    "an estimate of the Hessian's diagonal, for optimizers that use one; a run supplies its own")
            ],
            O.summary + " One step: p, s = \(O.name)(p, g, s). Weight decay leaves out biases and norms of models.",
            examples: ["p, s = \(O.name)(lr=0)(tensor([1, 2]), tensor([1, 1]), none)\np\n#> tensor [1, 2]"],
            seeAlso: names.filter { $0 != O.name }, check: { try O.check($0, $1) }
        ) { call in
            let optimizer = try O.configured(by: call)
            let (point, gradient) = (
                try FlatPoint(call.value("model"), engine), try FlatPoint(call.value("gradient"), engine)
            )
            let curvature = try call.optional("curvature") { try FlatPoint($0.value("curvature"), engine).flat }
            let state = try OptimizerFunctions.state(call, optimizer, point, engine)
            var decaying: [Range<Int>]?
            if case .foreign(let foreign) = try call.value("model"), let model = foreign as? ModelValue {
                decaying = model.model.layout.decaying
            }
            var parameters = point.flat, next = state
            let figures = try optimizer.advance(
                &parameters, gradient: gradient.flat, state: &next, curvature: curvature, decaying: decaying)
            if !figures.isFinite, gradient.flat.isFinite, let lost = next.tensors.first(where: { !$0.tensor.isFinite })
            {
                throw LanguageError(
                    """
                    `\(O.name)` cannot keep its `\(lost.name)`: the gradient, up to \
                    \(formatNumber(Double(try gradient.flat.map(.abs).maximum() ?? 0), digits: 3)), is too large to be \
                    squared in float32
                    """,
                    advice: ["scale the gradient down first"], at: .argument("gradient"))
            }
            // A model stays a model.
            let moved =
                point.point.variables.count == 1
                ? try point.point.rebuild([Variable(parameters.reshaped(point.point.variables[0].shape))])
                : try point.direction(parameters)
            return .list([moved, try record(next, like: point)])
        }
    }

    private static func state(
        _ call: Call, _ optimizer: any Optimizer, _ point: FlatPoint, _ engine: EngineContext
    ) throws -> OptimizerState {
        let value = try call.value("state")
        if value.isNothing { return try optimizer.initialState(for: point.flat) }
        guard case .record(let record) = value, let step = try record["step"]?.asNumber.flatMap({ Int(exactly: $0) })
        else {
            throw call.wrong("state", value, mustBe: "the state that the last step returned, or none")
        }
        return try OptimizerState(
            step: step,
            tensors: record.fields.filter { $0.name != "step" }.map {
                OptimizerState.Entry(name: $0.name, tensor: try FlatPoint($0.value, engine).flat)
            })
    }

    /// A state as a record: steps taken, and the moving averages built like the parameters.
    static func record(_ state: OptimizerState, like point: FlatPoint) throws -> Value {
        .record([("step", .number(state.step))] + (try state.tensors.map { ($0.name, try point.direction($0.tensor)) }))
    }
}

/// An optimizer written in the language, as a run's rule.
struct FunctionRule: UpdateRule {
    let kept: RunFunction
    private var function: Function { kept.function }
    var name: String { function.name ?? "the optimizer" }
    var curvature: CurvatureRequest? { nil }

    /// The option `lr`, where it has one that is a number.
    var learningRate: Double? { function.option("lr")?.number }

    /// The state's initial value is the default of the function's third parameter.
    func initialState(for model: LanguageModel) throws -> RuleState {
        let parameters = function.parameters
        return .custom(RuleMemory(parameters.count > 2 ? parameters[2].defaultValue ?? .nothing : .nothing))
    }

    func update(
        _ model: LanguageModel, weights: inout Tensor, gradient: Tensor, state: inout RuleState, curvature: Tensor?,
        learningRateFactor: Double, draws: StepDraws
    ) throws -> StepFigures {
        guard case .custom(let memory as RuleMemory) = state else {
            throw LanguageError("`\(name)` was given the state of another optimizer")
        }
        let point = Value.foreign(ModelValue(try model.with(weights: Variable(weights))))
        let slope = Value.foreign(DirectionValue(try Direction(model.layout, Variable(gradient))))
        let arguments = function.parameters.count > 2 ? [point, slope, memory.value] : [point, slope]
        // A schedule changes the learning rate, which a user's function has where it calls something so.
        let rate =
            learningRateFactor == 1 ? [] : learningRate.map { [("lr", Value.number(learningRateFactor * $0))] } ?? []
        let result = try kept.call(arguments, named: rate, draws, .optimizer)
        switch result {
        case .list(let pair) where pair.count == 2:
            guard case .foreign(let moved as ModelValue) = pair[0] else { break }
            weights = try moved.model.weights.constant("the weights that `\(name)` returned")
            state = .custom(RuleMemory(pair[1]))
            return StepFigures.none
        case .foreign(let moved as ModelValue):
            weights = try moved.model.weights.constant("the weights that `\(name)` returned")
            return StepFigures.none
        default: break
        }
        throw LanguageError(
            "`\(name)` must return a model and a state, as in `return m - lr * g, s`; it returned \(result.phrase)",
            at: .argument("optimizer"))
    }
}

/// What an optimizer written in the language remembers between steps.
struct RuleMemory: CustomRuleState {
    let value: Value
    let byteCount: Int

    init(_ value: Value) {
        self.value = value
        byteCount = value.sharedByteCount
    }
}
