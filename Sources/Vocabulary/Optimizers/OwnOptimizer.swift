/// An optimizer written in the language.
import Autodiff
import Language
import Optimizers
import Tensors

/// A function (model, gradient, state) -> model, state. Parameters with certain names and no default but none are filled
/// by whoever takes the step: `step` (how many it has taken), `loss` (the loss of the step's data, a function of the model that derivatives
/// can be taken of), `curvature` (a function that estimates the diagonal of its curvature), `forget_gradient` and
/// `retain_gradient` (of the loss's two terms).
struct FunctionRule: StepRule {
    private let kept: RunFunction
    private let form: PointForm
    /// The two or three that it is always given, by position or, where others stand among them, by name.
    private let main: [String]
    private let told: Set<String>

    /// The chapter of functions that are good for one step only.
    private static let family = "of a step"
    private static let names = ["step", "loss", "curvature", "forget_gradient", "retain_gradient"]
    private var function: Function { kept.function }
    let name: String
    /// Its name in a sentence.
    private var title: String { function.name == nil ? name : "`\(name)`" }

    init(_ kept: RunFunction, _ form: PointForm, called name: String, at location: LanguageError.Location) throws {
        self.kept = kept
        self.form = form
        self.name = name
        let parameters = kept.function.parameters, set = kept.function.options.map(\.name)
        let special = Set(
            parameters.filter { Self.names.contains($0.name) && $0.defaultValue?.isNothing != false }.map(\.name))
        // What the user has set stays as it is.
        told = special.subtracting(set)
        main = parameters.filter { !special.contains($0.name) }.prefix(3).map(\.name)
        guard main.count >= 2 else {
            throw LanguageError(
                "\(name) takes no model and gradient; an optimizer is a function (model, gradient, state)",
                at: location)
        }
    }

    /// The option `lr`, where it has one that is a number.
    var rate: Double? { function.option("lr")?.number }

    var needs: Set<StepNeed> {
        var needs: Set<StepNeed> = []
        if told.contains("loss") { needs.insert(.loss) }
        if told.contains("forget_gradient") || told.contains("retain_gradient") { needs.insert(.parts) }
        return needs
    }

    /// What it finds by itself is not shortened for it: with a limit, some of its gradients would keep it and others not.
    var heedsGradientLimit: Bool { needs.isEmpty }

    /// The state's initial value is the default of the function's third parameter.
    func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        let initial = main.count > 2 ? function.option(main[2]) ?? .nothing : .nothing
        return try OptimizerState(custom: RuleMemory(initial))
    }

    func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        guard let memory = state.custom as? RuleMemory else {
            throw LanguageError("\(title) was given the state of another optimizer")
        }
        var arguments = [try form.point(Variable(parameters)), try form.direction(Variable(gradient))]
        if main.count > 2 { arguments.append(memory.value) }
        var named = try told(parameters, state.step, supply)
        if !named.isEmpty {
            // By name, wherever they stand among the others.
            named += zip(main, arguments).map { ($0, $1) }
            arguments = []
        }
        // A schedule changes the learning rate, which a user's function has where it calls something so.
        if supply.rateFactor != 1 || supply.learningRate != nil, let rate {
            named.append(("lr", .number(supply.rate(rate))))
        }
        let result = try kept.call(arguments, named: named, from: supply.draws())
        let (moved, next) = try parted(result)
        if let next, Self.holdsStepFunction(next) {
            throw LanguageError(
                "\(title) returned a state that holds `loss` or `curvature`, which are those of one step",
                advice: ["keep what they gave, not the functions"], at: .argument("optimizer"))
        }
        parameters = try moved.constant("the weights that \(title) returned").reshaped(parameters.shape)
        state = state.advanced(custom: next.map { RuleMemory($0) } ?? memory)
        return .none
    }

    /// The point and the state that it returned.
    private func parted(_ result: Value) throws -> (point: Variable, state: Value?) {
        if case .list(let pair) = result, pair.count == 2, let moved = try form.variable(pair[0]) {
            return (moved, pair[1])
        }
        if let moved = try form.variable(result) { return (moved, nil) }
        throw LanguageError(
            "\(title) must return \(form.results); it returned \(result.phrase)", at: .argument("optimizer"))
    }

    /// Whether a state would keep a function that is good for one step only. Looks where one would be put, and not
    /// through long lists of numbers.
    private static func holdsStepFunction(_ value: Value, depth: Int = 4) -> Bool {
        switch value {
        case .function(let function): function.builtin?.family == family
        case .list(let list) where depth > 0 && list.count <= 64:
            list.contains { holdsStepFunction($0, depth: depth - 1) }
        case .record(let record) where depth > 0:
            record.values.contains { holdsStepFunction($0, depth: depth - 1) }
        default: false
        }
    }

    // MARK: What it asks for

    private func told(_ weights: Tensor, _ step: Int, _ supply: StepSupply) throws -> [(String, Value)] {
        var values: [(String, Value)] = []
        for name in Self.names where told.contains(name) {
            switch name {
            case "step": values.append((name, .number(step)))
            case "loss": values.append((name, try loss(supply)))
            case "curvature": values.append((name, try curvature(weights, supply)))
            default:
                guard let find = supply.part else { throw OptimizerError.missing(.parts, title) }
                let gradient = try find(name == "forget_gradient" ? .forget : .retain, weights).gradient
                values.append((name, try form.direction(Variable(gradient))))
            }
        }
        return values
    }

    /// The loss of the step's data as a function of the model.
    private func loss(_ supply: StepSupply) throws -> Value {
        guard let loss = supply.loss else { throw OptimizerError.missing(.loss, title) }
        let form = form
        let builtin = Builtin.engine(
            "loss", family: Self.family, [.positional("model", .described("a model"), "where")],
            "The loss of this step's data.", differentiable: true
        ) { call in
            let given = try call.value("model")
            guard let weights = try form.variable(given) else {
                throw call.wrong("model", given, mustBe: "what the optimizer moves, with other numbers")
            }
            return .of(try loss.counted(weights).reshaped([]))
        }
        return .function(Function(builtin))
    }

    /// An estimate of the diagonal of the loss's curvature, made when it is called.
    private func curvature(_ weights: Tensor, _ supply: StepSupply) throws -> Value {
        guard let estimate = supply.estimate else { throw OptimizerError.missing(.loss, title) }
        let form = form
        let builtin = Builtin.engine(
            "curvature", family: Self.family,
            [
                .option(
                    "estimator", .choice(["gnb", "hutchinson", "rademacher"]), default: "hutchinson",
                    "labels sampled from the model, or products with normal or plus-minus-one probes")
            ], "The diagonal of the curvature of this step's loss, estimated.", differentiable: true
        ) { call in
            let estimator: CurvatureEstimator =
                switch try call.choice("estimator") {
                case "gnb": .gaussNewtonBartlett(scaled: true)
                case "rademacher": .hutchinson(.signs)
                default: .hutchinson(.normal)
                }
            return try form.direction(
                Variable(estimate(CurvatureRequest(estimator: estimator, every: 1), weights)))
        }
        return .function(Function(builtin))
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
