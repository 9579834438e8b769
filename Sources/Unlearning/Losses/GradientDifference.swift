/// Gradient difference: ascent on the forget set, descent on the retain set.
import Autodiff
import LanguageModels

public struct GradientDifference: UnlearningLoss {
    public static let name = "graddiff"
    public static let summary = """
        Gradient difference (Liu et al. 2022; SOUL's GradDiff): minus the mean token negative log-likelihood of the \
        forget batch plus retain_weight times that of the retain batch.
        """
    private let ascent: GradientAscent
    public init(settings: [String: Double]) { ascent = GradientAscent(settings: settings) }

    public func forgetTerm(
        _ model: LanguageModel, _ forget: TokenBatch, reference: LanguageModel?
    ) throws -> (term: Variable, nll: Variable?) {
        try ascent.forgetTerm(model, forget, reference: reference)
    }
}
