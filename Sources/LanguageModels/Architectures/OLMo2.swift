/// OLMo 2 (OLMo Team, arXiv 2501.00656): norms behind each layer, and of all heads' queries and keys.
import Collections
import Files
import Tensors

public struct OLMo2Configuration: TransformerFamily {
    public static let modelType = "olmo2", className = "Olmo2ForCausalLM", bodyPrefix = "model."
    public static let summary = "norms behind each layer, and of all heads' queries and keys (arXiv 2501.00656)"

    public var sizes = TransformerSizes(
        vocabulary: 50304, context: 2048, width: 4096, layers: 32, heads: 32, inner: 11008)
    public var epsilon = 1e-5
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    public var attentionBias = false
    public var special = SpecialIds(ends: [50279], padding: 1)

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .flag("attention_bias", \.attentionBias), .constant("attention_dropout", 0.0),
        ]

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(
            biased: attentionBias, outputBiased: attentionBias, on: rotaryPositions(on: device))
        func whole(_ name: String, _ heads: Int) -> HeadNorm {
            HeadNorm(.rms("self_attn.\(name)", heads * headWidth, epsilon: epsilon), .whole, heads: heads)
        }
        (attention.queryNorm, attention.keyNorm) = (whole("q_norm", heads), whole("k_norm", groups))
        let feedForward = gatedFeedForward(activation)
        func norm(_ name: String) -> Norm { .rms(name, width, epsilon: epsilon) }
        return transformer(lastNorm: norm("model.norm")) { _, prefix in
            Block(
                prefix, attention, norms: NormPlaces(after: norm("post_attention_layernorm")), feedForward,
                norms: NormPlaces(after: norm("post_feedforward_layernorm")))
        }
    }
}
