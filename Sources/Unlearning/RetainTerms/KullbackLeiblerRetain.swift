/// How far the model's distributions on the retain batch are from a reference model's.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct KullbackLeiblerRetain: RetainTerm {
    public static let name = "kl"
    public static let summary = """
        How far the model's next-token distributions on the retain batch are from the reference model's, in nats. \
        released="open-unlearning" (the default) is KL(reference || model), summed over the vocabulary and divided by \
        the number of all positions, prompts and padding included, as open-unlearning computes it; "soul" is what \
        SOUL's code computes, the cross-entropy -sum p_model log(p_reference + 1e-12) over the same positions, which \
        is no divergence: it is least where the model is certain of the reference's first choice. "answers" is \
        KL(reference || model) over the positions to be predicted only.
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
        if variant != .soul {
            let positions = variant == .answers ? batch.targets.positions : nil
            guard positions.map({ !$0.isEmpty }) ?? true else { throw ModelError.nothingToPredict }
            let divergence = try model.predictions(batch, positions).divergence(
                from: frozen.predictions(batch, positions))
            return RetainValue(try Float(1 / Double(divergence.count)) * divergence.sum())
        }
        let reference = try frozen.logProbabilities(batch), own = try model.logits(batch).reshaped(reference.shape)
        // log(p + 1e-12), from p itself as SOUL has it.
        let logs = try (1e-12 + reference.apply(.exp)).apply(.log), share = Float(1 / Double(own.shape[0]))
        return RetainValue(try -share * own.logSoftmax().apply(.exp).dot(logs))
    }
}
