/// What an unlearning loss is: a forget term of its own, beside a retain term and two weights that all share.
import Autodiff
import LanguageModels
import Settings

/// forget_weight · F(model, what the loss is given) + retain_weight · R(model, retain batch), to be minimised.
///
/// A conforming type lives in a file of its own and stands in one list, `UnlearningLosses.all`. It declares its
/// settings as optimizers do, and what it needs; whoever runs it provides that, or says which argument is missing.
public protocol UnlearningLoss: Configurable, Sendable {
    /// Whether the forget term compares with a frozen reference model.
    static var needsReference: Bool { get }
    /// Whether it wants other answers to the forget prompts (refusals, say): `LossInputs.alternatives`.
    static var needsAlternatives: Bool { get }
    /// Whether it wants answers of retain examples after the forget prompts: `LossInputs.otherAnswers`.
    static var needsOtherAnswers: Bool { get }
    /// Retain weight unless the user sets one; 0 for losses that know no retain term.
    static var defaultRetainWeight: Double { get }
    /// The name of the retain term that is taken where the user names none.
    static var defaultRetainTerm: String { get }

    /// What it remembers from step to step, at first.
    var initialState: LossState { get }

    /// The forget term, and the mean token NLL of the forget batch where it comes for free.
    func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm

    /// Whether the forget term is a mean, and can be put together from parts of a batch; true unless told.
    var addsUp: Bool { get }

    /// How many terms (tokens, sequences) the forget term is a mean over; nil where it does not add up.
    func termCount(_ examples: StepExamples) -> Int?

    /// What multiplies the retain term beside its weight.
    func retainFactor(_ state: LossState) -> Double

    /// What it remembers after the step at a position, given the value of the retain term before it (nil where there is
    /// none).
    func state(after state: LossState, retain: Double?, at position: StepPosition) -> LossState
}

extension UnlearningLoss {
    public static var needsReference: Bool { false }
    public static var needsAlternatives: Bool { false }
    public static var needsOtherAnswers: Bool { false }
    public static var defaultRetainWeight: Double { 1 }
    public static var defaultRetainTerm: String { MeanTokenRetain.name }
    public static var settings: [Setting<Self>] { [] }
    public var initialState: LossState { .none }
    public var addsUp: Bool { true }
    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.targetCount }
    public func retainFactor(_ state: LossState) -> Double { 1 }
    public func state(after state: LossState, retain: Double?, at position: StepPosition) -> LossState { state }
}

/// What a loss makes of the forget batch.
public struct ForgetTerm {
    /// To be minimised; nil for a loss that looks at the retain batch only.
    public let term: Variable?
    /// The mean token NLL of the forget batch, for the log.
    public let nll: Variable?

    public init(_ term: Variable?, nll: Variable? = nil) {
        self.term = term
        self.nll = nll
    }
}
