/// What a step is given beside parameters, gradient and state. Whoever takes the step makes it: a run, a call by hand, a
/// race on the plane. What it cannot give is nil, and asking for that is an error that says who can.
import Tensors

/// Which curvature products are taken with.
public enum CurvatureMatrix: String, CaseIterable, Sendable {
    case hessian
    /// Jᵀ H_L J, positive semi-definite for convex losses.
    case gauss_newton
}

/// A term of an unlearning loss.
public enum LossPart: String, CaseIterable, Sendable {
    case forget, retain
}

/// How a Fisher matrix is made and inverted.
public struct FisherRequest: Equatable, Sendable {
    /// λ; nil for a tenth of the mean eigenvalue.
    public let damping: Double?
    /// Whether labels are drawn from the model (the true Fisher), else the data's (the empirical one).
    public let samplesLabels: Bool

    public init(damping: Double?, samplesLabels: Bool) {
        self.damping = damping
        self.samplesLabels = samplesLabels
    }
}

/// Factors of a Fisher matrix, as an optimizer keeps them from step to step.
public struct FisherFactors: Sendable {
    public let tensors: [OptimizerState.Entry]
    public let damping: Double

    public init(tensors: [OptimizerState.Entry], damping: Double) {
        self.tensors = tensors
        self.damping = damping
    }
}

public struct StepSupply {
    public var parameters: ParameterList
    /// Where the parameters begin in the vector of all, of which they may be a part.
    public var origin = 0
    /// Whether the parameters' memory may be written over although others see it.
    public var overwrites = false
    /// The length of a gradient, of which there may be but a part here.
    public var length: (Tensor) throws -> Double = { $0.norm() }
    /// Instead of the rule's own.
    public var learningRate: Double?
    /// What a schedule multiplies the learning rate with.
    public var rateFactor = 1.0
    /// Gradients longer than this are shortened to it; 0 for no limit. The gradient that is given has been.
    public var gradientLimit = 0.0
    /// The weights that move; nil for all of them.
    public var moving: ElementSelection?
    /// An estimate of the curvature's diagonal that is used whether it is asked for or not.
    public var diagonal: Tensor?
    /// Makes such an estimate when it is asked for. (Weights are given to every function: one that held them itself would
    /// keep a step from writing in place.)
    public var estimate: ((CurvatureRequest, _ weights: Tensor) throws -> Tensor)?
    public var loss: LossAccess?
    /// The loss at the parameters as they are, where it is known.
    public var value: Double?
    /// Value and gradient of one term of the loss at `weights`.
    public var part: ((_ part: LossPart, _ weights: Tensor) throws -> (value: Double, gradient: Tensor))?
    /// (F + λI)⁻¹ g for the Fisher matrix at `weights`, or by the factors `kept` of an earlier one; and the factors it
    /// went by, where there are any.
    public var naturalGradient:
        (
            (FisherRequest, _ kept: FisherFactors?, _ gradient: Tensor, _ weights: Tensor) throws -> (
                step: Tensor, factors: FisherFactors?
            )
        )?
    /// The beginning of the step's random numbers.
    public var draws: () -> RandomGenerator = { RandomGenerator(seed: 0) }

    public init(parameters: ParameterList) { self.parameters = parameters }

    /// The learning rate of a rule whose own is this.
    public func rate(_ own: Double) -> Double {
        let rate = learningRate ?? own
        return rateFactor == 1 ? rate : rate * rateFactor
    }

    /// The gradient, shortened to the limit.
    public func shortened(_ gradient: Tensor) throws -> Tensor {
        guard gradientLimit > 0 else { return gradient }
        let norm = gradient.norm()
        return norm > gradientLimit ? try Float(gradientLimit / norm) * gradient : gradient
    }

    /// The estimate of the diagonal that a rule gets in the step after `steps` earlier ones.
    func diagonal(for request: CurvatureRequest?, after steps: Int, at weights: Tensor) throws -> Tensor? {
        if let diagonal { return diagonal }
        guard let request, request.isDue(after: steps), let estimate else { return nil }
        return try estimate(request, weights)
    }

    /// - Throws: `OptimizerError` where it is not there.
    func loss(for rule: String) throws -> LossAccess {
        guard let loss else { throw OptimizerError.missing(.loss, rule) }
        return loss
    }

    /// A term's gradient at `weights`, as long as it is: what is made of it is shortened.
    func gradient(of part: LossPart, at weights: Tensor, for rule: String) throws -> Tensor {
        guard let find = self.part else { throw OptimizerError.missing(.parts, rule) }
        return try find(part, weights).gradient
    }
}
