/// How far the model's distributions on the retain batch are from a reference model's.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct KullbackLeiblerRetain: RetainTerm {
    public static let name = "kl"
    public static let summary = """
        How far the model's next-token distributions on the retain batch are from the reference model's (the KL term \
        of Maini et al., arXiv 2401.06121), in nats. released="open-unlearning" (the default) is KL(reference || \
        model), summed over the vocabulary and divided by the number of all positions, prompts and padding included, \
        as open-unlearning computes it; "soul" is what SOUL's code computes, the cross-entropy -sum p_model \
        log(p_reference + 1e-12) over the same positions, which is no divergence: it is least where the model is \
        certain of the reference's first choice. "answers" is KL(reference || model) over the positions to be \
        predicted only.
        """
    public enum Variant: String, CaseIterable, Sendable {
        case openUnlearning = "open-unlearning"
        case soul, answers
    }
    public var variant = Variant.openUnlearning
    public static let settings: [Setting<Self>] = [
        .choice("released", \.variant, "whose formula: open-unlearning's, SOUL's, or the divergence on answers alone")
    ]
    public static let needsReference = true
    public init() {}

    public func termCount(_ batch: TokenBatch) -> Int? {
        variant == .answers ? batch.targetCount : batch.rows * batch.time
    }

    public func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue {
        let frozen = try inputs.reference(of: "the retain term \(Self.name)")
        let positions = variant == .answers ? batch.targets.positions : nil
        guard positions.map({ !$0.isEmpty }) ?? true else { throw ModelError.nothingToPredict }
        let own = try model.predictions(batch, positions), reference = try frozen.predictions(batch, positions)
        let rows =
            variant == .soul
            ? try own.eachPosition { logits, range in
                // log(p + 1e-12), from p itself as SOUL has it.
                let logs = try (1e-12 + reference.logits(range).logSoftmax().apply(.exp)).apply(.log).detached
                let (p, count) = (try logits.logSoftmax().apply(.exp), logits.shape[0])
                return try -1 * (p * logs).summed(to: [count, 1]).reshaped([count])
            } : try own.divergence(from: reference)
        return RetainValue(try Float(1 / Double(rows.count)) * rows.sum())
    }
}
