/// What a loss is given beside the model.
import Autodiff
import LanguageModels

/// Everything that a loss may ask for. What it declares to need is there; the rest may be missing.
public struct LossInputs {
    /// What is to be forgotten, and what is to be kept.
    public let forget: TokenBatch
    public let retain: TokenBatch?
    /// The forget prompts with other answers, row by row.
    public let alternatives: TokenBatch?
    /// The forget prompts with answers of retain examples, row by row.
    public let otherAnswers: TokenBatch?
    /// The frozen model that the loss compares with.
    public let reference: FrozenReference?
    public let position: StepPosition
    /// Random numbers of the step.
    public let draws: StepDraws
    /// What the loss remembered so far.
    public let state: LossState
    /// Positions of the retain batch's rows in the run's data; nil for a batch that is the data as a whole.
    public let retainRows: [Int]?
    /// All examples of the step, where these are only a micro-batch of them.
    public let whole: StepExamples?
    /// Takes the derivative of a term that has nothing but the weights in common with the rest of the loss, and gives
    /// its number back: the terms' activations are then never in memory together. Nil where the term is wanted.
    public var spend: TermSpending?

    public init(
        forget: TokenBatch, retain: TokenBatch? = nil, alternatives: TokenBatch? = nil,
        otherAnswers: TokenBatch? = nil, reference: FrozenReference? = nil, position: StepPosition = .outside,
        draws: StepDraws = StepDraws(seed: 0, step: 0), state: LossState = .none,
        retainRows: [Int]? = nil, whole: StepExamples? = nil
    ) {
        self.forget = forget
        self.retain = retain
        self.alternatives = alternatives
        self.otherAnswers = otherAnswers
        self.reference = reference
        self.position = position
        self.draws = draws
        self.state = state
        self.retainRows = retainRows
        self.whole = whole
    }

    /// Its examples alone.
    public var examples: StepExamples {
        StepExamples(forget: forget, retain: retain, alternatives: alternatives, otherAnswers: otherAnswers)
    }

    /// The same with another reference.
    public func with(reference: FrozenReference) -> LossInputs {
        var inputs = LossInputs(
            forget: forget, retain: retain, alternatives: alternatives, otherAnswers: otherAnswers,
            reference: reference, position: position, draws: draws, state: state, retainRows: retainRows, whole: whole)
        inputs.spend = spend
        return inputs
    }

    /// The reference of a loss that declares to need one.
    public func reference(of loss: String) throws -> FrozenReference {
        guard let reference else { throw UnlearningError.needsReference(loss) }
        return reference
    }

    /// The alternatives of a loss that declares to need them: one for each row of the forget batch.
    public func alternatives(of loss: String) throws -> TokenBatch {
        guard let alternatives else { throw UnlearningError.needsAlternatives(loss) }
        guard alternatives.rows == forget.rows else {
            throw UnlearningError.strayAlternatives(alternatives.rows, forget: forget.rows)
        }
        return alternatives
    }
}

/// Takes the derivative of a term of a loss at once, and gives its number.
public typealias TermSpending = (Variable) throws -> Variable

/// Where in its run a step is.
public struct StepPosition: Equatable, Sendable {
    /// Steps taken before.
    public let step: Int
    /// Steps planned in all; nil where the run is open.
    public let planned: Int?
    /// Steps that one pass over the forget data takes.
    public let stepsPerEpoch: Int
    /// What the run's random numbers come from; nil outside of one.
    public var seed: UInt64?

    public init(step: Int, planned: Int?, stepsPerEpoch: Int) {
        self.step = step
        self.planned = planned
        self.stepsPerEpoch = max(1, stepsPerEpoch)
    }

    /// Of a loss that no run calls.
    public static let outside = StepPosition(step: 0, planned: nil, stepsPerEpoch: 1)

    /// Passes over the forget data before this step, a broken number.
    public var epoch: Double { Double(step) / Double(stepsPerEpoch) }
    /// Passes planned in all.
    public var epochs: Double? { planned.map { Double($0) / Double(stepsPerEpoch) } }
}
