/// Negative preference optimization (Zhang et al., arXiv 2404.05868).
import Autodiff
import LanguageModels
import Settings
import Tensors

/// Mean over sequences of −(2/β) log σ(β (S − S_ref)), S being a sequence's summed NLL.
public struct NegativePreferenceOptimization: UnlearningLoss {
    public static let name = "npo"
    public static let summary = """
        Negative preference optimization (Zhang et al. 2024): the mean over sequences of -(2/beta) log sigmoid(beta (S \
        - S_ref)), S being the summed negative log-likelihood of the answer and S_ref the reference model's. Bounded \
        below; beta towards 0 gives gradient ascent. released=true is what SOUL's code computes: one sigmoid of the \
        difference of the batch's mean token losses.
        """
    public var beta = 0.1
    public var released = false
    public static let settings: [Setting<Self>] = [
        .inverseTemperature(\.beta),
        .flag("released", \.released, "one sigmoid for the batch's mean token losses, as SOUL's code has it"),
    ]
    public static let needsReference = true
    public init() {}

    public var addsUp: Bool { !released }
    public func termCount(_ examples: StepExamples) -> Int? { addsUp ? examples.forget.predictedRows.count : nil }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let reference = try inputs.reference(of: Self.name), forget = inputs.forget
        if released {
            let nll = try model.nll(forget)
            return ForgetTerm(try preference(nll - reference.tokenNLL(forget).mean(), beta: beta), nll: nll)
        }
        return try forgetTerm(model, reference, forget.withoutEmptyRows(forget.predictedRows))
    }

    /// A sequence of which nothing is to be predicted has nothing to forget, and counts as none.
    private func forgetTerm(
        _ model: LanguageModel, _ reference: FrozenReference, _ forget: TokenBatch
    ) throws -> ForgetTerm {
        let frozen = try reference.sequenceNLL(forget)
        let own = try model.sequenceNLL(forget)
        let tokens = Float(forget.targetCounts.reduce(0, +))
        return ForgetTerm(
            try preference(own - frozen, beta: beta), nll: try (1 / tokens) * own.detached.sum())
    }
}

/// Mean of −(2/β) log σ(β d): what preference losses have in common. d is how much less likely a sequence has become.
func preference(_ d: Variable, beta: Double) throws -> Variable {
    let beta = Float(beta)
    // −log σ(z) = softplus(−z)
    return try (2 / beta) * (-beta * d).apply(.softplus).mean()
}

extension Setting {
    /// β of the preference losses. Below 1e-6 its reciprocal drowns the loss in float32.
    static func inverseTemperature(_ path: WritableKeyPath<Root, Double> & Sendable) -> Setting {
        .number(
            "beta", path, "inverse temperature; towards 0 it is gradient ascent",
            range: "from 1e-6 to 1e6 (towards 0 it becomes gradient ascent: ga, graddiff)",
            where: { $0 >= 1e-6 && $0 <= 1e6 })
    }
}
