/// Gradient ascent on the forget set.
import Autodiff
import LanguageModels

/// −mean token NLL of the forget batch. Unbounded below, so it diverges.
public struct GradientAscent: UnlearningLoss {
    public static let name = "ga"
    public static let summary = """
        Gradient ascent (Jang et al., arXiv 2210.01504): minus the mean token negative log-likelihood of the forget \
        batch. It is unbounded below, so a long run destroys the model; see graddiff and npo.
        """
    public static let defaultRetainWeight = 0.0
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let nll = try model.nll(inputs.forget)
        return ForgetTerm(try -1 * nll, nll: nll)
    }
}
