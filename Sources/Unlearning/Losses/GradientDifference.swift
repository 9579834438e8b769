/// Gradient difference: ascent on the forget set, descent on the retain set.
import LanguageModels

public struct GradientDifference: UnlearningLoss {
    public static let name = "graddiff"
    public static let summary = """
        Gradient difference (Liu et al. 2022; SOUL's GradDiff): minus the mean token negative log-likelihood of the \
        forget batch plus retain_weight times that of the retain batch.
        """
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        try GradientAscent().forgetTerm(model, inputs)
    }
}
