/// SimNPO (Fan et al., arXiv 2410.07163): negative preference optimization without a reference model.
import Autodiff
import LanguageModels
import Settings

public struct SimpleNegativePreferenceOptimization: UnlearningLoss {
    public static let name = "simnpo"
    public static let summary = """
        SimNPO (Fan et al. 2024): the mean over sequences of -(2/beta) log sigmoid(beta (S/|y| - delta)), S being the \
        summed negative log-likelihood of an answer of |y| tokens. No reference model; its paper's setting on TOFU is \
        beta=4.5, delta=0, retain_weight=0.125.
        """
    public var beta = 4.5
    public var delta = 0.0
    public static let settings: [Setting<Self>] = [
        .inverseTemperature(\.beta),
        .number(
            "delta", \.delta, "the margin: the loss per token, in nats, from which on a sequence counts as forgotten",
            range: "a finite number", where: \.isFinite),
    ]
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.predictedRows.count }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        // A sequence of which nothing is to be predicted has no mean token loss, and counts as none.
        let forget = try inputs.forget.withoutEmptyRows(inputs.forget.predictedRows), counts = forget.targetCounts
        let own = try model.sequenceNLL(forget)
        let lengths = try Tensor(counts.map { Float(max(1, $0)) }, shape: [counts.count], on: model.device)
        let perToken = try own / Variable(lengths)
        let tokens = Float(counts.reduce(0, +))
        return ForgetTerm(
            try preference(perToken - Float(delta), beta: beta), nll: try (1 / tokens) * own.detached.sum())
    }
}

import Tensors
