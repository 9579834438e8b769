/// Llama (Touvron et al., arXiv 2302.13971): rotary positions, RMS norm, SwiGLU, grouped queries.
import Collections
import Files
import Tensors

public struct LlamaConfiguration: TransformerFamily {
    public static let modelType = "llama", className = "LlamaForCausalLM", bodyPrefix = "model."
    public static let summary =
        "rotary positions, RMS norm, SwiGLU, grouped queries (Touvron et al., arXiv 2302.13971)"

    public var sizes = TransformerSizes(
        vocabulary: 32000, context: 2048, width: 4096, layers: 32, heads: 32, inner: 11008)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    public var attentionBias = false
    public var feedForwardBias = false
    public var special = SpecialIds(beginning: 1, ends: [2])

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .flag("attention_bias", \.attentionBias), .flag("mlp_bias", \.feedForwardBias),
            .constant("attention_dropout", 0.0), .constant("pretraining_tp", 1),
        ]

    public mutating func settle(_ root: JSONNode) throws {
        for node in try root.optional("layer_types")?.elements() ?? [] where try node.string() != "full_attention" {
            throw node.error("is \(try node.string()); only full_attention is supported")
        }
    }

    public func transformer(on device: Device) -> Transformer {
        let attention = separateAttention(
            biased: attentionBias, outputBiased: attentionBias, on: rotaryPositions(on: device))
        let feedForward = gatedFeedForward(activation, biased: feedForwardBias)
        return transformer(lastNorm: .rms("model.norm", width, epsilon: epsilon)) { _, prefix in
            llamaBlock(prefix, attention, feedForward, epsilon: epsilon)
        }
    }
}

extension Transformer {
    /// A Llama of the given sizes.
    /// - Throws: `ModelError` where they do not fit each other.
    public static func llama(
        vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, groups: Int? = nil, headWidth: Int? = nil,
        inner: Int? = nil, epsilon: Double = 1e-6, theta: Double = 10000, tied: Bool = false,
        attentionBias: Bool = false, feedForwardBias: Bool = false, on device: Device
    ) throws -> Transformer {
        var family = LlamaConfiguration()
        family.sizes = TransformerSizes(
            vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads, groups: groups,
            headWidth: headWidth,
            // 8/3 of the width, rounded up to a multiple of 8: as many weights as a plain layer of 4 times the width.
            inner: inner ?? (8 * width / 3 + 7) / 8 * 8)
        (family.epsilon, family.tied, family.rotary) = (epsilon, tied, RotaryParameters(theta: theta))
        (family.attentionBias, family.feedForwardBias) = (attentionBias, feedForwardBias)
        try family.checkSizes()
        return family.transformer(on: device)
    }
}
