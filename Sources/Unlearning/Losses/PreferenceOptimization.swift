/// Learning to give another answer (Maini et al., arXiv 2401.06121; SOUL's "CL").
import Autodiff
import LanguageModels

public struct PreferenceOptimization: UnlearningLoss {
    public static let name = "po"
    public static let summary = """
        Preference optimization (Maini et al. 2024; SOUL's PO): the mean token negative log-likelihood of alternative \
        answers, such as refusals, to the forget prompts. Each forget example gets one alternative, drawn once with \
        the run's seed.
        """
    public static let needsAlternatives = true
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.alternatives?.targetCount }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        ForgetTerm(try model.nll(inputs.alternatives(of: Self.name)))
    }
}
