/// Gradient ascent held back by a divergence from the reference model.
import LanguageModels

public struct GradientAscentKL: UnlearningLoss {
    public static let name = "ga_kl"
    public static let summary = """
        Gradient ascent with a KL retain term (Yao et al. 2024): minus the mean token negative log-likelihood of the \
        forget batch, plus retain_weight times how far the model is from the reference on the retain batch. It is \
        graddiff(retain=kl); retain=kl(released="soul") is what SOUL's code computes.
        """
    public static let defaultRetainTerm = KullbackLeiblerRetain.name
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        try GradientAscent().forgetTerm(model, inputs)
    }
}
