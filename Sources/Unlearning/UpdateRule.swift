/// What moves the weights at each step of a run: a built-in optimizer, or a function written by the user.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

/// Turns weights, gradient and state into new weights and state.
public protocol UpdateRule {
    /// How it is called in tables and messages.
    var name: String { get }
    /// The curvature it asks the run for, if any.
    var curvature: CurvatureRequest? { get }
    /// Its own learning rate; nil where it has none.
    var learningRate: Double? { get }
    /// This rule as a built-in optimizer, which works element by element and has settings; nil for any other.
    var optimizerRule: OptimizerRule? { get }
    func initialState(for model: LanguageModel) throws -> RuleState
    func update(
        _ model: LanguageModel, weights: inout Tensor, gradient: Tensor, state: inout RuleState, curvature: Tensor?,
        learningRateFactor: Double, draws: StepDraws
    ) throws -> StepFigures
}

extension UpdateRule {
    public var optimizerRule: OptimizerRule? { nil }
    public var learningRate: Double? { nil }
}

/// What an update rule remembers between steps.
public enum RuleState {
    case optimizer(OptimizerState)
    /// What a rule of another module remembers.
    case custom(any CustomRuleState)
    /// Lent to a rule that is changing it.
    case moved

    /// Forgets what a built-in optimizer gathered of weights that do not move.
    mutating func restrict(to selection: ElementSelection) throws {
        guard case .optimizer(var own) = self else { return }
        self = .moved
        defer { self = .optimizer(own) }
        try own.restrict(to: selection)
    }

    /// Bytes of its tensors, as far as they are known.
    var bytes: Int {
        switch self {
        case .optimizer(let state): state.tensors.reduce(0) { $0 + 4 * $1.tensor.count }
        case .custom(let state): state.byteCount
        case .moved: 0
        }
    }
}

/// What a rule of another module, such as a function written in the language, remembers between steps.
public protocol CustomRuleState {
    /// Bytes that it takes, about.
    var byteCount: Int { get }
}

/// A built-in optimizer as an update rule.
public struct OptimizerRule: UpdateRule {
    public let optimizer: any Optimizer
    /// Leaves biases and norms out of weight decay, as language models are trained.
    let decaying: [Range<Int>]?

    public init(_ optimizer: any Optimizer, decaying: [Range<Int>]? = nil) {
        self.optimizer = optimizer
        self.decaying = decaying
    }

    public var name: String { type(of: optimizer).name }
    public var optimizerRule: OptimizerRule? { self }
    public var curvature: CurvatureRequest? { optimizer.curvature }
    public var learningRate: Double? { optimizer.learningRate }

    public func initialState(for model: LanguageModel) throws -> RuleState {
        .optimizer(try optimizer.initialState(for: model.weights.value))
    }

    public func update(
        _ model: LanguageModel, weights: inout Tensor, gradient: Tensor, state: inout RuleState, curvature: Tensor?,
        learningRateFactor: Double, draws: StepDraws
    ) throws -> StepFigures {
        guard case .optimizer(var own) = state else {
            throw OptimizerError.state("\(name) was given the state of another optimizer")
        }
        // Let go of the old state, so that its memory can be written in place where nobody else holds it.
        state = .moved
        defer { state = .optimizer(own) }
        return try optimizer.advance(
            &weights, gradient: gradient, state: &own, curvature: curvature, decaying: decaying,
            learningRate: optimizer.learningRate * learningRateFactor)
    }
}
