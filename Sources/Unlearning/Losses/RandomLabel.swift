/// Learning answers that belong to other questions (Golatkar et al., arXiv 1911.04933; SOUL's "RL").
import LanguageModels

public struct RandomLabel: UnlearningLoss {
    public static let name = "random_label"
    public static let summary = """
        Random labels (Golatkar et al. 2020; SOUL's RL): the mean token negative log-likelihood, after the forget \
        prompts, of answers that belong to retain examples. In a run each forget example gets one, drawn once with \
        the run's seed; called on two batches, row i gets the answer of row i of the other, and so on from its start.
        """
    public static let needsOtherAnswers = true
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.otherAnswers?.targetCount }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        guard let answers = inputs.otherAnswers else { throw UnlearningError.needsOtherAnswers(Self.name) }
        return ForgetTerm(try model.nll(answers))
    }
}
