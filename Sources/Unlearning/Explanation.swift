/// The next update of a run, looked at before it is taken.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

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
}

public struct Explanation: Equatable, Sendable {
    public let step: Int
    public let forgetGradient, retainGradient: Double?
    /// Cosine of the angle between the gradients of forget and retain loss.
    public let cosine: Double?
    public let updateNorm: Double
    /// Fraction of weights whose update is clipped, for rules that clip.
    public let clipped: Double?
    /// Quantiles (0.1, 0.5, 0.9) of the curvature the optimizer keeps.
    public let curvature: [Double]?
    public let forget: PredictedChange
    public let retain: PredictedChange?
    /// A ρ that would leave half of the weights unclipped, for Sophia.
    public let suggestedRho: Double?
    /// The numbers that the loss remembers: those that the step uses, and those that it leaves.
    public let lossState, nextLossState: [NamedNumber]

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

extension Run {
    /// Looks at the next update without taking it: gradients of the step's two batches, and how each batch's NLL will
    /// change along the update, to first and second order and in fact.
    public func explained() throws -> Explanation {
        let (forget, retain) = try batches()
        let (next, _) = try stepped(1)
        guard next.step > step else { throw TensorError.interrupted }
        let before = try model, after = try next.model
        let update = try after.weights.value - before.weights.value
        let f = try Run.change(before, after, update, forget, recipe.differentiator)
        let r = try retain.map { try Run.change(before, after, update, $0, recipe.differentiator) }
        var cosine: Double?
        if let r {
            let product = try f.gradient.dot(r.gradient), lengths = f.gradient.norm() * r.gradient.norm()
            cosine = lengths > 0 ? product / lengths : nil
        }
        let kept = next.state.rule
        let quantiles = (kept["curvature"] ?? kept["square"]).map { Run.quantiles($0, [0.1, 0.5, 0.9]) }
        let rho = try recipe.rule.rho(leavingUnclipped: 0.5, in: kept)
        let clips = recipe.rule.clips || next.log.last.map { $0.clipped > 0 } ?? false
        return Explanation(
            step: next.step, forgetGradient: f.gradient.norm(), retainGradient: r?.gradient.norm(), cosine: cosine,
            updateNorm: update.norm(), clipped: clips ? next.log.last?.clipped : nil, curvature: quantiles,
            forget: f.change, retain: r?.change, suggestedRho: rho,
            lossState: state.loss.numbers, nextLossState: next.state.loss.numbers)
    }

    private static func change(
        _ before: LanguageModel, _ after: LanguageModel, _ update: Tensor, _ batch: TokenBatch,
        _ differentiator: Differentiator
    ) throws -> (gradient: Tensor, change: PredictedChange) {
        let (value, gradient, product) = try differentiator.gradientAndHessianProduct(
            [before.weights], [Variable(update)]
        ) { try before.with(weights: $0[0]).nll(batch) }
        let actual = Double(try after.nll(batch).value.item()) - Double(try value.value.item())
        return (
            gradient[0].value,
            PredictedChange(
                first: try gradient[0].value.dot(update), second: try 0.5 * product[0].value.dot(update), actual: actual
            )
        )
    }

    /// Quantiles over at most about a million elements at equal distances.
    private static func quantiles(_ tensor: Tensor, _ fractions: [Double]) -> [Double] {
        let step = max(1, tensor.count >> 20)
        let sample = tensor.withElements { x in stride(from: 0, to: x.count, by: step).map { x[$0] } }.sorted()
        guard let last = sample.indices.last else { return [] }
        return fractions.map { Double(sample[min(last, Int($0 * Double(sample.count)))]) }
    }
}
