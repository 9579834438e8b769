/// Weighted gradient ascent (Wang et al., arXiv 2502.19301).
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct WeightedGradientAscent: UnlearningLoss {
    public static let name = "wga"
    public static let summary = """
        Weighted gradient ascent (Wang et al. 2025): minus the mean over answer tokens of p^beta times the token's \
        negative log-likelihood, p being its probability. The weights are constants to derivatives; they let go of \
        tokens that are forgotten already.
        """
    public var beta = 1.0
    public static let settings: [Setting<Self>] = [
        .number("beta", \.beta, "power of the probability; 0 is gradient ascent")
    ]
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let beta = beta
        return try ForgetTerm.weightedAscent(model, inputs.forget) { nll in exp(-beta * nll) }
    }
}

extension ForgetTerm {
    /// −mean of weight · NLL over the tokens to be predicted, the weight a constant function of the token's NLL.
    static func weightedAscent(
        _ model: LanguageModel, _ batch: TokenBatch, _ weight: (Double) -> Double
    ) throws -> ForgetTerm {
        let tokens = try model.tokenNLL(batch)
        let weights = try tokens.value.withElements { nll in
            try Tensor(shape: tokens.shape, on: tokens.device) { w in
                // A probability is at most 1, however its logarithm is rounded.
                for i in w.indices { w[i] = Float(weight(max(0, Double(nll[i])))) }
            }
        }
        return ForgetTerm(try -1 * (Variable(weights) * tokens).mean(), nll: try tokens.detached.mean())
    }
}

import Glibc
