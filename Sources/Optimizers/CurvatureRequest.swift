/// What an optimizer asks of the run that drives it: an estimate of the loss's curvature, every few steps.
import Tensors

/// How the diagonal of the curvature is estimated.
public enum CurvatureEstimator: Equatable, Sendable {
    /// Gauss-Newton-Bartlett (Liu et al., arXiv 2305.14342): labels ŷ sampled from the model at each of B positions, ĝ
    /// the gradient of their mean negative log-likelihood; B·ĝ⊙ĝ, or ĝ⊙ĝ unless `scaled`.
    case gaussNewtonBartlett(scaled: Bool)
    /// u ⊙ (H u) with random probes u; may be negative.
    case hutchinson(ProbeDistribution)
}

public struct CurvatureRequest: Equatable, Sendable {
    public let estimator: CurvatureEstimator
    /// Steps from one estimate to the next.
    public let every: Int

    public init(estimator: CurvatureEstimator, every: Int) {
        self.estimator = estimator
        self.every = every
    }

    /// Whether the step that follows `steps` earlier ones should bring an estimate; the first one should.
    public func isDue(after steps: Int) -> Bool { steps % max(1, every) == 0 }
}
