/// The inverted hinge loss (Cha et al., arXiv 2408.06621).
import Autodiff
import LanguageModels

public struct InvertedHinge: UnlearningLoss {
    public static let name = "inverted_hinge"
    public static let summary = """
        The inverted hinge loss (Cha et al. 2024): the mean over answer tokens of 1 + p(label) - the largest p of any \
        other token. Bounded between 0 and 2, it lowers the label only until the runner-up has overtaken it by all.
        """
    public init() {}

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let (positions, labels) = inputs.forget.targets
        guard !labels.isEmpty else { throw ModelError.nothingToPredict }
        guard model.architecture.vocabulary > 1 else {
            throw UnlearningError.setting("\(Self.name) needs a vocabulary of at least two tokens")
        }
        let logits = try model.targetLogits(inputs.forget, positions)
        let nll = try logits.crossEntropy(labels)
        let rival = try logits.crossEntropy(logits.value.largest(without: labels))
        let difference = try (-1 * nll).apply(.exp) - (-1 * rival).apply(.exp)
        return ForgetTerm(try 1 + difference.mean(), nll: try nll.detached.mean())
    }
}
