/// What takes steps: a built-in optimizer with its settings, or one of another module, such as a user's function.
import Tensors

/// What a rule asks for beside parameters and gradient.
public enum StepNeed: String, CaseIterable, Sendable {
    /// The loss of the step's data at other weights: values, gradients, products with its curvature.
    case loss
    /// The gradients of the loss's forget and retain terms, which add up to that of the loss.
    case parts
    /// Products with the inverse of a Fisher matrix of the step's data.
    case naturalGradient

    /// Who can give it, in words.
    var sources: String {
        switch self {
        case .loss: "a run and a race have it; a call by hand is given it, as in loss=m -> nll(m, b)"
        case .parts:
            """
            a run has them where there is retain data and the loss is a built-in one with a retain term, or returns \
            (forget=…, retain=…); a call by hand is given them as forget_gradient= and retain_gradient=
            """
        case .naturalGradient: "a run of a language model has it; a call by hand is given it by data="
        }
    }

    /// What it is, in words.
    var words: String {
        switch self {
        case .loss: "the loss itself"
        case .parts: "the gradients of what is to be forgotten and of what is to be kept, apart"
        case .naturalGradient: "the Fisher matrix of a model"
        }
    }
}

/// A rule (parameters, gradient, state) → (parameters, state) over named parameter tensors, with a state of any form.
public protocol StepRule {
    /// How it is called in tables and messages.
    var name: String { get }
    /// Its step size; nil where it has none that a schedule could change.
    var rate: Double? { get }
    /// The name of the rule within it that has no step size; nil where each has one.
    var unrated: String? { get }
    /// The step sizes that it uses in its next step, one after the other: of the part whose turn it is, after the
    /// schedules inside, and one of each part where a step is made of several. What decoupled decay is times of.
    func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double]
    /// Whether its step is proportional to that.
    var scalesWithRate: Bool { get }
    /// Whether it takes a gradient in the middle of its step, where the first part has led.
    var movesTwice: Bool { get }
    /// Whether it moves a part of the parameters by itself to the bits to which it moves it within the whole, so that
    /// ranks may each hold a part of the state. What it remembers is then shaped like the parameters.
    var movesPartsAlone: Bool { get }
    /// The estimate of the curvature's diagonal that it wants, and how often; nil for none.
    var curvature: CurvatureRequest? { get }
    /// Whether it cuts what it divides by the curvature.
    var clips: Bool { get }
    /// What else it asks for.
    var needs: Set<StepNeed> { get }
    /// Whether a limit on the gradient's length has an effect on its steps.
    var heedsGradientLimit: Bool { get }
    /// Whether its next step uses the gradient that it is given. Where not, a run computes none.
    func needsGradient(in state: OptimizerState) -> Bool
    /// The state before the first step.
    /// - Parameters:
    ///   - parameters: all of them as one tensor, which gives shape and device.
    ///   - list: what they are.
    func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState
    /// One step that replaces `parameters` and `state`. On an error both are unchanged.
    /// - Parameters:
    ///   - parameters: all of them as one tensor, as `initialState` was given them.
    ///   - gradient: of the loss, shaped like `parameters`; of no meaning where `needsGradient` is false.
    func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures
    /// The setting `rho` with which so large a share of the elements would not be clipped in `state`; nil for rules that
    /// do not clip.
    func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double?
    /// The share of the elements that it leaves unclipped by a `rho` it finds itself; nil where that is set.
    var autoUnclipped: Double? { get }
    /// Complains about a rule that cannot work as it is composed.
    func check() throws
}

extension StepRule {
    public var unrated: String? { rate == nil ? name : nil }
    public func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double] {
        rate.map { [supply.rate($0)] } ?? []
    }
    public var scalesWithRate: Bool { rate != nil }
    public var movesTwice: Bool { false }
    public var movesPartsAlone: Bool { false }
    public var curvature: CurvatureRequest? { nil }
    public var clips: Bool { curvature != nil }
    public var needs: Set<StepNeed> { [] }
    public var heedsGradientLimit: Bool { true }
    public func needsGradient(in state: OptimizerState) -> Bool { true }
    public func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double? { nil }
    public var autoUnclipped: Double? { nil }
    public func check() throws {}

    /// The state before the first step of one tensor without a name.
    public func initialState(for parameters: Tensor) throws -> OptimizerState {
        try initialState(for: parameters, .single(parameters.shape))
    }

    /// One step of one tensor without a name, values in and values out.
    /// - Parameters:
    ///   - curvature: an estimate of the Hessian's diagonal; without it the old estimate stays.
    ///   - decaying: the elements that weight decay applies to (not those of biases and norms), in ascending order;
    ///     all of them without it.
    ///   - learningRate: instead of the rule's own.
    /// - Throws: when a shape differs, or the state belongs to another rule or other parameters.
    public func step(
        _ parameters: Tensor, gradient: Tensor, state: OptimizerState, curvature: Tensor? = nil,
        decaying: [Range<Int>]? = nil, learningRate: Double? = nil
    ) throws -> (parameters: Tensor, state: OptimizerState) {
        var parameters = parameters, state = state
        try advance(
            &parameters, gradient: gradient, state: &state, curvature: curvature, decaying: decaying,
            learningRate: learningRate)
        return (parameters, state)
    }

    /// One step that replaces `parameters` and `state`. Memory that nobody else sees is written in place, so a training
    /// loop that keeps no old values allocates nothing. On an error both are unchanged.
    @discardableResult
    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, curvature: Tensor? = nil,
        decaying: [Range<Int>]? = nil, learningRate: Double? = nil
    ) throws -> StepFigures {
        var supply = StepSupply(parameters: .single(parameters.shape, decaying: decaying))
        supply.diagonal = curvature
        supply.learningRate = learningRate
        return try advance(&parameters, gradient: gradient, state: &state, with: supply)
    }
}

/// What a step did, for `explain` and tables.
public struct StepFigures: Equatable, Sendable {
    /// Fraction of elements whose update was cut to ±1, for optimizers that clip; else 0.
    public var clipped: Double
    /// Whether the new weights and state are known to be finite, so that nobody needs to read them for that.
    public var isFinite: Bool
    /// The length of the gradient that the rule found by itself; nil where it used the one it was given.
    public var gradientNorm: Double?

    public init(clipped: Double = 0, isFinite: Bool = false, gradientNorm: Double? = nil) {
        self.clipped = clipped
        self.isFinite = isFinite
        self.gradientNorm = gradientNorm
    }

    /// The figures of a rule that tells none.
    public static let none = StepFigures()
}
