/// A run: a model on its way, step by step. Values never change; a later or earlier step is another value.
import Autodiff
import Datasets
import LanguageModels
import Optimizers
import Tensors

/// A run's objective as a function of model and batches alone.
public typealias Objective = (LanguageModel, TokenBatch, TokenBatch?) throws -> LossParts

/// Everything that determines a run: the state after any number of steps is a function of this alone.
public struct Recipe {
    public let base: LanguageModel
    public private(set) var forget: BatchSchedule
    public private(set) var retain: BatchSchedule?
    public private(set) var objective: StepObjective
    public let lossName: String
    public let rule: any StepRule
    public private(set) var seed: UInt64
    public let schedule: LearningRateSchedule
    /// Steps the schedule spans; 0 if open.
    public let plannedSteps: Int
    /// Gradients longer than this are shortened to it; 0 for no limit.
    public let gradientLimit: Double
    /// The session's, so that derivatives inside a loss know that they are inside.
    public let differentiator: Differentiator
    /// What the loss remembers before the first step.
    public var lossState = LossState.none
    /// Other answers to the forget prompts, and answers of retain examples to them, where the loss wants them.
    public var alternatives, otherAnswers: AnswerSource?
    /// Whether the loss counts on the planned number of steps.
    public var dependsOnPlan = false
    /// What goes on around each step, of whoever notes what functions of a loss or an optimizer take in.
    public var surrounding: ((_ step: () throws -> Void) throws -> Void)?
    /// Micro-batches that a step's examples are taken in.
    public var accumulation = 1
    /// Whether the losses of micro-batches add up to that of the step whatever their number, so that ranks may share a
    /// step out that is not accumulated.
    public var addsUp = false
    /// Whether steps compute activations again instead of keeping them, whatever the model itself does.
    public var recomputes = false
    /// The weights that move; nil for all. `restrict(to:)` sets it.
    public private(set) var trainable: ElementSelection?
    /// Parts of the weights that move by a multiple of what the rule says.
    public var rates: [ParameterRate] = []
    /// Parts of the weights that shrink by the learning rate times this, in the place of the rule's own decay.
    public var decays: [ParameterRate] = []

    public init(
        base: LanguageModel, forget: BatchSchedule, retain: BatchSchedule?, objective: @escaping StepObjective,
        lossName: String, rule: any StepRule, seed: UInt64, schedule: LearningRateSchedule = .constant,
        plannedSteps: Int = 0, gradientLimit: Double = 0, differentiator: Differentiator
    ) {
        self.base = base.detached
        self.forget = forget
        self.retain = retain
        self.objective = objective
        self.lossName = lossName
        self.rule = rule
        self.seed = seed
        self.schedule = schedule
        self.plannedSteps = plannedSteps
        self.gradientLimit = gradientLimit
        self.differentiator = differentiator
    }

    /// A recipe whose objective neither draws random numbers nor asks which examples a batch holds.
    public init(
        base: LanguageModel, forget: BatchSchedule, retain: BatchSchedule?, objective: @escaping Objective,
        lossName: String, rule: any StepRule, seed: UInt64, schedule: LearningRateSchedule = .constant,
        plannedSteps: Int = 0, gradientLimit: Double = 0, differentiator: Differentiator
    ) {
        let stepObjective: StepObjective = { try objective($0, $1.forget.tokens, $1.retain?.tokens) }
        self.init(
            base: base, forget: forget, retain: retain, objective: stepObjective, lossName: lossName, rule: rule,
            seed: seed,
            schedule: schedule, plannedSteps: plannedSteps, gradientLimit: gradientLimit, differentiator: differentiator
        )
    }

    /// Whether a step needs nothing of the weights that the run began with.
    var movesAll: Bool { trainable == nil && rates.isEmpty && decays.isEmpty }

    /// The same recipe with another seed: another order of examples, other draws.
    public func reseeded(by offset: UInt64) -> Recipe {
        var recipe = self
        (recipe.forget, recipe.retain) = (forget.reseeded(by: offset), retain?.reseeded(by: offset))
        recipe.seed = seed &+ offset
        return recipe
    }

    /// The same recipe whose steps see a share of the examples.
    func batched(_ share: Double) -> Recipe {
        var recipe = self
        (recipe.forget, recipe.retain) = (forget.batched(share), retain?.batched(share))
        return recipe
    }

    /// Keeps all weights but the selected ones as they are. Derivatives of the objective follow the selected ones only.
    public mutating func restrict(to selection: ElementSelection) {
        let objective = objective
        trainable = selection
        self.objective = { model, inputs in
            try objective(model.with(weights: model.weights.restricted(to: selection)), inputs)
        }
    }
}

/// What one step did.
public struct StepRecord: Equatable, Sendable {
    public let step: Int
    /// The objective before the step, and the NLL of the step's batches where the loss knows them.
    public let loss: Double
    public let forget, retain: Double?
    public let gradientNorm: Double
    /// Fraction of weights whose update was clipped.
    public let clipped: Double

    public init(step: Int, loss: Double, forget: Double?, retain: Double?, gradientNorm: Double, clipped: Double) {
        self.step = step
        self.loss = loss
        (self.forget, self.retain) = (forget, retain)
        self.gradientNorm = gradientNorm
        self.clipped = clipped
    }
}

/// The state after some steps.
public struct RunState {
    public var step: Int
    public var weights: Tensor
    /// What the rule remembers; of this rank's part of the weights alone where there are `parts`.
    public var rule: OptimizerState
    /// How ranks divide what the rule remembers; nil where each has all of it.
    public internal(set) var parts: RankParts?
    /// What the loss remembers.
    public var loss: LossState
    public var log: StepLog

    public init(step: Int, weights: Tensor, rule: OptimizerState, loss: LossState = .none, log: StepLog) {
        self.step = step
        self.weights = weights
        self.rule = rule
        self.loss = loss
        self.log = log
    }

    /// Bytes of weights and what rule and loss remember: the same on all ranks.
    public var bytes: Int {
        4 * weights.count + (parts.map { 4 * $0.largest * rule.allTensors.count } ?? rule.bytes) + loss.bytes
    }
}

public struct Run {
    public let recipe: Recipe
    public internal(set) var state: RunState
    private let trajectory: Trajectory?
    private let inPlaceFrom, shardedFrom: Int

    /// A run that has taken no step.
    /// - Parameters:
    ///   - memory: bytes that kept states may take; 0 keeps none (`back` is then impossible).
    ///   - inPlaceFrom: weights of so many bytes are written over by each step, where no state is kept.
    ///   - shardedFrom: of so many weights each rank holds the state of its part alone, where the rule allows it.
    public init(
        _ recipe: Recipe, memory: Int, inPlaceFrom: Int = 256 << 20, shardedFrom: Int = Run.shardedFrom
    ) throws {
        self.recipe = recipe
        (self.inPlaceFrom, self.shardedFrom) = (inPlaceFrom, shardedFrom)
        let weights = recipe.base.weights.value
        let parts = recipe.parts(from: shardedFrom)
        // Weights and gradient (the weights it began with can be set aside), and of the rule's part the sum of the
        // gradients and its state, which first-order rules keep at most twice.
        let whole = memory == 0 && 4 * weights.count >= inPlaceFrom && recipe.movesAll ? 1 : 2
        try recipe.base.requireRoom(
            bytes: 4 * (parts.map { whole * weights.count + 3 * $0.largest } ?? (whole + 2) * weights.count))
        state = RunState(
            step: 0, weights: weights,
            rule: try recipe.rule.initialState(
                for: parts?.view(of: weights) ?? weights,
                parts.map { recipe.parameters.part($0.own) } ?? recipe.parameters),
            loss: recipe.lossState, log: [])
        state.parts = parts
        trajectory = memory > 0 ? Trajectory(state, budget: memory) : nil
    }

    /// A run that has come to a state before: the same recipe's state after that many steps.
    /// - Throws: `UnlearningError.strangeState` for one that does not fit.
    public init(_ recipe: Recipe, memory: Int, at state: RunState) throws {
        try self.init(recipe, memory: memory)
        guard state.step >= 0, state.weights.shape == self.state.weights.shape else {
            throw UnlearningError.strangeState
        }
        self.state = try state.divided(among: self.state.parts)
        trajectory?.keep(self.state)
    }

    /// Bytes that kept states may take.
    public var memory: Int { trajectory?.budget ?? 0 }
    /// Bytes of the states that are kept now, of this run and all that began with it.
    public var keptBytes: Int { trajectory?.bytes ?? 0 }

    public var step: Int { state.step }
    public var log: StepLog { state.log }

    /// The model as it is now.
    public var model: LanguageModel {
        get throws { try recipe.base.with(weights: Variable(state.weights)) }
    }

    /// `steps` further steps. If `progress` throws (the user asked to stop), what was done so far is the result.
    /// - Returns: the run after the last finished step, and whether all steps were taken.
    /// - Throws: `UnlearningError.notFinite` when the loss or the weights stop being numbers; the run is unchanged.
    public func stepped(
        _ steps: Int, progress: (_ done: Int, _ last: StepRecord) throws -> Void = { _, _ in }
    ) throws -> (run: Run, finished: Bool) {
        var run = self
        for done in 0..<max(0, steps) {
            do {
                try run.advance()
                guard let last = run.state.log.last else { break }
                try progress(done + 1, last)
            } catch TensorError.interrupted {
                return (run, false)
            }
        }
        return (run, true)
    }

    /// Takes one step in place; without kept states a large model's memory is written over.
    public mutating func takeStep() throws { try advance() }

    /// Whether the state after so many steps is kept, and need not be computed again.
    public func keeps(_ step: Int) -> Bool { step == state.step || trajectory?.latest(upTo: step)?.step == step }

    /// The run as it was `steps` steps ago, equal to the bit.
    public func back(_ steps: Int) throws -> Run {
        let target = state.step - steps
        guard target >= 0, let start = trajectory?.latest(upTo: target) else {
            throw UnlearningError.beforeStart(step: state.step)
        }
        var run = self
        run.state = start
        while run.state.step < target { try run.advance() }
        return run
    }

    /// Where the next step's random numbers come from.
    public var draws: StepDraws { StepDraws(seed: recipe.seed, step: state.step) }

    /// What the next step is given.
    func inputs() throws -> StepInputs {
        let forget = try recipe.forget.scheduled(at: state.step), draws = draws
        var position = StepPosition(
            step: state.step, planned: recipe.plannedSteps > 0 ? recipe.plannedSteps : nil,
            stepsPerEpoch: recipe.forget.batchesPerEpoch)
        position.seed = recipe.seed
        return StepInputs(
            draws: draws,
            position: position,
            forget: forget, retain: try recipe.retain?.scheduled(at: state.step),
            alternatives: try recipe.alternatives?.batch(forget.indices, draws),
            otherAnswers: try recipe.otherAnswers?.batch(forget.indices, draws), state: state.loss)
    }

    /// The batches of the next step.
    public func batches() throws -> (forget: TokenBatch, retain: TokenBatch?) {
        let inputs = try inputs()
        return (inputs.forget.tokens, inputs.retain?.tokens)
    }

    /// What the next step works with.
    struct StepGradients {
        let parts: LossParts
        let loss, norm: Double
        let gradient: Tensor
        let supply: StepSupply
    }

    /// - Parameter parts: which part of the gradient a rank is given; nil for the whole.
    func stepGradients(_ parts: RankParts? = nil) throws -> StepGradients {
        let step = state.step
        let inputs = try inputs()
        let model = try recipe.model(working: model)
        var found = try objectiveGradient(
            inputs, model, wantsGradient: recipe.rule.needsGradient(in: state.rule), parts: parts)
        let values = found.parts
        let loss = Double(try values.total.value.item())
        guard loss.isFinite else {
            let terms = [("forget", values.forget), ("retain", values.retain)]
            let guilty = terms.first { $0.1.map { !$0.isFinite } ?? false }
            throw UnlearningError.notFinite(
                what: guilty.map { "\($0.0) term of the loss" } ?? "loss", isNaN: (guilty?.1 ?? loss).isNaN,
                step: step + 1)
        }
        // Held by nobody else, so that it may be shortened where it lies.
        let device = state.weights.device
        var gradient =
            try found.gradient.take() ?? Tensor.zeros(parts.map { [$0.own.count] } ?? state.weights.shape, on: device)
        let norm =
            try parts.map { try device.ranks.norm("gradient of step \(step + 1)", of: gradient, $0) }
            ?? gradient.norm()
        guard norm.isFinite else {
            throw UnlearningError.notFinite(what: "gradient", isNaN: norm.isNaN, step: step + 1)
        }
        if recipe.gradientLimit > 0, norm > recipe.gradientLimit {
            try gradient.multiply(by: Float(recipe.gradientLimit / norm))
        }
        return StepGradients(
            parts: values, loss: loss, norm: norm, gradient: gradient,
            supply: supply(inputs, value: loss, parts))
    }

    private mutating func advance() throws {
        guard let surrounding = recipe.surrounding else { return try advanceAlone() }
        try surrounding { try advanceAlone() }
    }

    private mutating func advanceAlone() throws {
        let parts = state.parts
        if let parts { try state.weights.device.ranks.requireCompany(parts) }
        let device = state.weights.device, live = device.memory.live
        let (gradients, peak) = try device.peakMemory { try stepGradients(parts) }
        var weights = state.weights, rule = state.rule
        // A multiple of the update is taken from where it began.
        let isWhole = recipe.rates.isEmpty && recipe.decays.isEmpty
        let inPlace = trajectory == nil && 4 * weights.count >= inPlaceFrom && isWhole
        let before = isWhole ? nil : weights
        let rates = recipe.decays.isEmpty ? [] : recipe.rule.stepRates(in: rule, with: gradients.supply)
        if inPlace {
            state.weights = gradients.gradient
            state.rule = .nothing
        }
        // What a run began with is not read while it goes on. The first step needs memory for what it becomes, and all
        // that gradients take is needed again in the next one, beside that.
        if inPlace, recipe.movesAll {
            let further = 4 * (weights.count - gradients.gradient.count) + peak - live
            recipe.base.weights.value.setAside(unlessThereAre: max(6 * weights.count, further + further / 8))
        }
        do {
            let figures =
                try parts.map { try advance(&weights, state: &rule, $0, with: gradients) }
                ?? recipe.rule.advance(
                    &weights, gradient: gradients.gradient, state: &rule, with: gradients.supply)
            if let before {
                try recipe.decays.shrink(&weights, from: before, rates: rates)
                try recipe.rates.apply(to: &weights, from: before)
            }
            if let trainable = recipe.trainable {
                try trainable.restore(&weights, from: recipe.base.weights.value)
                try rule.restrict(to: parts.map { trainable.part($0.own) } ?? trainable)
            }
            // Squares of such a gradient may be infinite, and then the weights would never move again.
            if !figures.isFinite, gradients.norm > 1e15, let lost = try lostTensor(of: rule, parts) {
                throw UnlearningError.notFinite(what: "optimizer's \(lost)", isNaN: false, step: state.step + 1)
            }
            guard figures.isFinite || weights.isFinite else {
                throw UnlearningError.notFinite(
                    what: "weights (in \(recipe.rule.name))",
                    isNaN: weights.withElements { $0.contains(where: \.isNaN) },
                    step: state.step + 1)
            }
            state.weights = weights
            state.rule = rule
            if let loss = gradients.parts.state { state.loss = loss }
            state.step += 1
            state.log.append(
                StepRecord(
                    step: state.step, loss: gradients.loss, forget: gradients.parts.forget,
                    retain: gradients.parts.retain,
                    gradientNorm: figures.gradientNorm ?? gradients.norm,
                    clipped: figures.clipped / (recipe.trainable?.share ?? 1)))
            trajectory?.keep(state)
        } catch {
            if inPlace {
                state.weights = weights
                state.rule = rule
                // What was written over comes back the long way: the steps to here once more, to the same bits.
                if case UnlearningError.notFinite = error {
                    var again = try Run(recipe, memory: 0, inPlaceFrom: inPlaceFrom, shardedFrom: shardedFrom)
                    while again.state.step < state.step { try again.advance() }
                    state = again.state
                }
            }
            throw error
        }
    }
}
