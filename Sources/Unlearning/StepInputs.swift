/// What a step of a run is given beside the model: its examples, and where what it draws at random comes from.
import LanguageModels
import Tensors

/// The examples of one step: as the model reads them, and which of the data they are.
public struct ScheduledBatch: Sendable {
    public let tokens: TokenBatch
    /// Positions of its rows in the run's data; nil for a batch that is the data as a whole.
    public let indices: [Int]?

    public init(tokens: TokenBatch, indices: [Int]? = nil) {
        self.tokens = tokens
        self.indices = indices
    }
}

/// Random numbers of a run: streams named by the run's seed and the step, so that a step can be computed again to the
/// bit, whatever else was drawn meanwhile.
public struct StepDraws: Equatable, Sendable {
    /// What is drawn for; each purpose has a stream of its own.
    public enum Purpose: UInt64, Sendable {
        /// Labels and probes of curvature estimates.
        case curvature = 0x5eed_0000_0000
        case loss = 0x10e5_0000_0000
        case optimizer = 0x0471_0000_0000
        /// Functions that look at the model between steps.
        case watch = 0x3a7c_0000_0000
        case measure = 0x3ea5_0000_0000
        case solver = 0x501e_0000_0000
        /// Weights that are functions of the step.
        case weight = 0x3e16_0000_0000
        /// The random direction of a loss, one for all steps.
        case direction = 0xd14e_0000_0000
        /// Which alternative answer an example gets, one for all steps.
        case alternative = 0xa17e_0000_0000
    }

    public let seed: UInt64
    /// Steps taken before.
    public let step: Int
    /// The micro-batch of the step, which draws apart from the others.
    public let part: Int

    public init(seed: UInt64, step: Int, part: Int = 0) {
        self.seed = seed
        self.step = step
        self.part = part
    }

    /// The same step's streams for one of its micro-batches.
    func part(_ number: Int) -> StepDraws { StepDraws(seed: seed, step: step, part: number) }

    /// The beginning of a purpose's stream.
    public func generator(for purpose: Purpose) -> RandomGenerator {
        // Odd steps through the seeds, so that no two micro-batches share one.
        RandomGenerator(seed: seed &+ UInt64(part) &* 0x9e37_79b9_7f4a_7c15)
            .stream(purpose.rawValue &+ UInt64(step))
    }

    /// The beginning of a stream that all steps share, apart for each item of what is drawn.
    public func generator(ofRun purpose: Purpose, item: Int = 0) -> RandomGenerator {
        RandomGenerator(seed: seed).stream(purpose.rawValue &+ UInt64(truncatingIfNeeded: item))
    }
}

public struct StepInputs {
    public let draws: StepDraws
    public let position: StepPosition
    public let forget: ScheduledBatch
    public let retain: ScheduledBatch?
    /// The step's forget prompts with other answers, and with answers of retain examples, where the loss wants them.
    public let alternatives, otherAnswers: TokenBatch?
    /// What the loss remembered so far.
    public let state: LossState
    /// All examples of the step, where these are only a micro-batch of them.
    public let whole: StepExamples?
    /// What losses may do with a term that is not looked at again.
    public var spend: TermSpending?

    public init(
        draws: StepDraws, position: StepPosition = .outside, forget: ScheduledBatch, retain: ScheduledBatch? = nil,
        alternatives: TokenBatch? = nil, otherAnswers: TokenBatch? = nil, state: LossState = .none,
        whole: StepExamples? = nil
    ) {
        self.draws = draws
        self.position = position
        self.forget = forget
        self.retain = retain
        self.alternatives = alternatives
        self.otherAnswers = otherAnswers
        self.state = state
        self.whole = whole
    }

    /// Its examples alone.
    public var examples: StepExamples {
        StepExamples(
            forget: forget.tokens, retain: retain?.tokens, alternatives: alternatives, otherAnswers: otherAnswers)
    }

    /// What a loss sees of it.
    public func lossInputs(reference: FrozenReference?) -> LossInputs {
        var inputs = LossInputs(
            forget: forget.tokens, retain: retain?.tokens, alternatives: alternatives, otherAnswers: otherAnswers,
            reference: reference, position: position, draws: draws, state: state, retainRows: retain?.indices,
            whole: whole)
        inputs.spend = spend
        return inputs
    }
}

/// A run's objective as a function of model and the step's inputs.
public typealias StepObjective = (LanguageModel, StepInputs) throws -> LossParts
