/// Negative preference optimization (Zhang et al., arXiv 2404.05868).
import Autodiff
import LanguageModels
import Tensors

/// Mean over sequences of −(2/β) log σ(β (S − S_ref)), S being a sequence's summed NLL.
public struct NegativePreferenceOptimization: UnlearningLoss {
    public static let name = "npo"
    public static let summary = """
        Negative preference optimization (Zhang et al. 2024): the mean over sequences of -(2/beta) log sigmoid(beta (S \
        - S_ref)), S being the summed negative log-likelihood of the answer and S_ref the reference model's. Bounded \
        below; beta towards 0 gives gradient ascent.
        """
    public static let settings = [
        (name: "beta", defaultValue: 0.1, summary: "inverse temperature; towards 0 it is gradient ascent")
    ]
    public static let needsReference = true
    private let beta: Float
    public init(settings: [String: Double]) { beta = Float(settings["beta"] ?? 0.1) }

    public func forgetTerm(
        _ model: LanguageModel, _ forget: TokenBatch, reference: LanguageModel?
    ) throws -> (term: Variable, nll: Variable?) {
        guard beta > 0 else {
            throw UnlearningError.setting(
                "beta of npo must be above 0; it is \(beta). Its limit, gradient ascent, is graddiff")
        }
        guard let reference else { throw UnlearningError.needsReference(NegativePreferenceOptimization.name) }
        let frozen = try reference.detached.sequenceNLL(forget)
        let own = try model.sequenceNLL(forget)
        // −log σ(z) = softplus(−z)
        let term = try (2 / beta) * (-beta * (own - frozen)).apply(.softplus).mean()
        let tokens = Float(forget.targetCounts.reduce(0, +))
        return (term, try (1 / tokens) * own.detached.sum())
    }
}
