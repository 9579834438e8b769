/// What there is to say of the next update of a run before it is taken.

/// Predicted and actual change of one loss over an update Δ.
public struct PredictedChange: Equatable, Sendable {
    /// gᵀΔ and ½ ΔᵀHΔ.
    public let first, second: Double
    public let actual: Double
    public var predicted: Double { first + second }

    public init(first: Double, second: Double, actual: Double) {
        self.first = first
        self.second = second
        self.actual = actual
    }

    /// What the parabola says of `times` the update.
    func predicted(times: Double) -> Double { times * first + times * times * second }
}

/// What an update that many times as long would do.
public struct LongerStep: Equatable, Sendable {
    public let times: Double
    public let forget: PredictedChange
    public let retain: PredictedChange?

    public init(times: Double, forget: PredictedChange, retain: PredictedChange?) {
        (self.times, self.forget, self.retain) = (times, forget, retain)
    }
}

/// How the gradients of forget and retain loss lie to each other in one block of the model.
public struct BlockConflict: Equatable, Sendable {
    /// As the checkpoint calls it.
    public let block: String
    /// Cosine of the angle between them. Above 0, what makes forget examples less likely makes retain examples less
    /// likely, too.
    public let cosine: Double

    public init(block: String, cosine: Double) {
        (self.block, self.cosine) = (block, cosine)
    }
}

/// What the retain loss comes to if the next steps are like this one.
public struct Outlook: Equatable, Sendable {
    public let steps: Int
    /// Its rise by the local parabola, and on the model that far along the update, in nats a token.
    public let predicted, measured: Double
    /// What it may rise.
    public let limit: Double
    /// The share of the step that keeps within the limit; nil where this one does.
    public let share: Double?
    /// The learning rate of such a step, for rules that have one.
    public let learningRate: Double?

    public init(
        steps: Int, predicted: Double, measured: Double, limit: Double, share: Double?, learningRate: Double?
    ) {
        (self.steps, self.predicted, self.measured, self.limit) = (steps, predicted, measured, limit)
        (self.share, self.learningRate) = (share, learningRate)
    }
}

public struct Explanation: Equatable, Sendable {
    public var step: Int
    public var forgetGradient, retainGradient: Double?
    /// Cosine of the angle between the gradients of forget and retain loss.
    public var cosine: Double?
    public var updateNorm: Double
    /// Fraction of weights whose update is clipped, for rules that clip.
    public var clipped: Double?
    /// Quantiles (0.1, 0.5, 0.9) of the curvature the optimizer keeps.
    public var curvature: [Double]?
    /// Changes of the batches' NLL.
    public var forget: PredictedChange
    public var retain: PredictedChange?
    /// Change of the objective that is minimised.
    public var loss: PredictedChange?
    /// Where the step lands on the parabola of the objective: 1 is its minimum along the step, 2 as high as before; below
    /// 0 it bends downwards, and there is none. nil where the step does not lead downhill.
    public var alpha: Double?
    /// ‖g₁ + g₂‖ / ‖g₁ − g₂‖ for the objective's gradients on the two halves of the step's examples: about 1 where there
    /// is nothing but noise. nil where there are no two halves.
    public var signal: Double?
    /// Blocks by their cosine, the largest first; none without retain data.
    public var conflicts: [BlockConflict] = []
    public var longer: [LongerStep] = []
    public var outlook: Outlook?
    /// A ρ that would leave half of the weights unclipped, for Sophia; where it found one itself, that of the step.
    public var suggestedRho: Double?
    /// The share of the moving weights that the step was to leave unclipped, where ρ was found for that.
    public var autoUnclipped: Double?
    /// The share of the weights that move.
    public var trainable = 1.0
    /// The numbers that the loss remembers: those that the step uses, and those that it leaves.
    public var lossState, nextLossState: [NamedNumber]

    public init(
        step: Int, forgetGradient: Double?, retainGradient: Double?, cosine: Double?, updateNorm: Double,
        clipped: Double?, curvature: [Double]?,
        forget: PredictedChange, retain: PredictedChange?, suggestedRho: Double?, lossState: [NamedNumber] = [],
        nextLossState: [NamedNumber] = []
    ) {
        self.step = step
        (self.forgetGradient, self.retainGradient, self.cosine) = (forgetGradient, retainGradient, cosine)
        (self.updateNorm, self.clipped, self.curvature) = (updateNorm, clipped, curvature)
        (self.forget, self.retain) = (forget, retain)
        self.suggestedRho = suggestedRho
        (self.lossState, self.nextLossState) = (lossState, nextLossState)
    }
}
