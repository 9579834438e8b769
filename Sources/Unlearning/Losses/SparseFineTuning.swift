/// Fine-tuning towards few weights (Jia et al., arXiv 2304.04934).
import Autodiff
import LanguageModels
import Settings

public struct SparseFineTuning: UnlearningLoss {
    public static let name = "finetune_l1"
    public static let summary = """
        Sparse fine-tuning (Jia et al. 2023): the retain term plus alpha times the sum of all weights' absolute \
        values, which stands in the forget term's place; forget_weight multiplies it.
        """
    public var alpha = 1e-4
    public static let settings: [Setting<Self>] = [.number("alpha", \.alpha, "weight of the weights' absolute values")]
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.rows }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        ForgetTerm(try Float(alpha) * model.weights.apply(.abs).sum())
    }
}
