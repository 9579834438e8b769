/// Direct preference optimization (Rafailov et al., arXiv 2305.18290) of an alternative answer over the forget answer.
import Autodiff
import LanguageModels
import Settings

public struct DirectPreferenceOptimization: UnlearningLoss {
    public static let name = "dpo"
    public static let summary = """
        Direct preference optimization (Rafailov et al. 2023; Maini et al. 2024): the mean over sequences of -(2/beta) \
        log sigmoid(beta (log-ratio of the alternative answer - log-ratio of the forget answer)), a log-ratio being \
        log p_model - log p_reference of the whole answer. Alternatives that are refusals make it IdkDPO, those that \
        the model has generated itself AltPO (Mekala et al. 2024): alternatives=generate_alternatives(model, data).
        """
    public var beta = 0.1
    public static let settings: [Setting<Self>] = [.inverseTemperature(\.beta)]
    public static let needsReference = true
    public static let needsAlternatives = true
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.predictedRows.count }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let reference = try inputs.reference(of: Self.name)
        // A sequence of which nothing is to be predicted has nothing to forget, and counts as none.
        let rows = inputs.forget.predictedRows, forget = try inputs.forget.withoutEmptyRows(rows)
        let alternatives = try inputs.alternatives(of: Self.name).withoutEmptyRows(rows)
        let own = try model.sequenceNLL(forget)
        let wanted = try model.sequenceNLL(alternatives) - reference.sequenceNLL(alternatives)
        let unwanted = try own - reference.sequenceNLL(forget)
        let tokens = Float(forget.targetCount)
        return ForgetTerm(
            try preference(unwanted - wanted, beta: beta), nll: try (1 / tokens) * own.detached.sum())
    }
}
