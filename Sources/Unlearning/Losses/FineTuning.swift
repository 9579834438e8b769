/// Going on with what is to be kept.
import LanguageModels

public struct FineTuning: UnlearningLoss {
    public static let name = "finetune"
    public static let summary = """
        Fine-tuning on the retain batch alone: there is no forget term, and forgetting is left to drift. The baseline \
        that SOUL calls FT (Jia et al., arXiv 2404.18239).
        """
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.rows }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm { ForgetTerm(nil) }
}
