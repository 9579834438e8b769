/// Qwen 3 (Yang et al., arXiv 2505.09388): a Llama with norms of each head's queries and keys.
import Collections
import Files
import Tensors

public struct Qwen3Configuration: QwenFamily {
    public static let modelType = "qwen3", className = "Qwen3ForCausalLM", bodyPrefix = "model."
    public static let summary = "a Llama with norms of each head's queries and keys (Yang et al., arXiv 2505.09388)"

    public var sizes = TransformerSizes(
        vocabulary: 151936, context: 32768, width: 4096, layers: 32, heads: 32, groups: 32, headWidth: 128,
        inner: 22016)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    public var attentionBias = false
    public var windows = QwenWindows()
    public var special = SpecialIds()

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + ConfigurationKey<Self>.windows + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .flag("attention_bias", \.attentionBias), .constant("attention_dropout", 0.0),
        ]

    public mutating func settle(_ root: JSONNode) throws { try windows.settle(root, layers: layers) }

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(
            biased: attentionBias, outputBiased: attentionBias, on: rotaryPositions(on: device))
        func norm(_ name: String, _ heads: Int) -> HeadNorm {
            HeadNorm(.rms("self_attn.\(name)", headWidth, epsilon: epsilon), .sharedByHeads, heads: heads)
        }
        (attention.queryNorm, attention.keyNorm) = (norm("q_norm", heads), norm("k_norm", groups))
        let feedForward = gatedFeedForward(activation)
        return transformer(lastNorm: .rms("model.norm", width, epsilon: epsilon)) { layer, prefix in
            llamaBlock(prefix, windows.windowed(attention, layer), feedForward, epsilon: epsilon)
        }
    }
}
