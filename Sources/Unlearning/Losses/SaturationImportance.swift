/// SatImp (Yang et al., arXiv 2505.11953): ascent weighted by saturation and importance.
import Glibc
import LanguageModels
import Settings

public struct SaturationImportance: UnlearningLoss {
    public static let name = "satimp"
    public static let summary = """
        SatImp (Yang et al. 2025): minus the mean over answer tokens of p^beta1 (1 - p)^beta2 times the token's \
        negative log-likelihood, p being its probability. The weights are constants to derivatives: saturation lets go \
        of tokens that are forgotten, importance passes over those that any model would guess.
        """
    public var beta1 = 5.0
    public var beta2 = 1.0
    public static let settings: [Setting<Self>] = [
        .number("beta1", \.beta1, "power of the probability (saturation)"),
        .number("beta2", \.beta2, "power of what is missing to 1 (importance)"),
    ]
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let (beta1, beta2) = (beta1, beta2)
        return try ForgetTerm.weightedAscent(model, inputs.forget) { nll in
            exp(-beta1 * nll) * pow(-expm1(-nll), beta2)
        }
    }
}
