/// Gradient ascent on the forget set.
import Autodiff
import LanguageModels

/// −mean token NLL of the forget batch. Unbounded below, so it diverges.
public struct GradientAscent: UnlearningLoss {
    public static let name = "ga"
    public static let summary = """
        Gradient ascent: minus the mean token negative log-likelihood of the forget batch. It is unbounded below, so a \
        long run destroys the model; see graddiff and npo.
        """
    public static let defaultRetainWeight = 0.0
    public init(settings: [String: Double]) {}

    public func forgetTerm(
        _ model: LanguageModel, _ forget: TokenBatch, reference: LanguageModel?
    ) throws -> (term: Variable, nll: Variable?) {
        let nll = try model.nll(forget)
        return (try -1 * nll, nll)
    }
}
