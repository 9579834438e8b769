/// Gemma (Gemma Team, arXiv 2403.08295): a Llama with scaled embeddings, GELU gates, and norms whose weights count from 1.
import Collections
import Files
import Tensors

public struct GemmaConfiguration: TransformerFamily {
    public static let modelType = "gemma", className = "GemmaForCausalLM", bodyPrefix = "model."
    public static let summary =
        "a Llama with scaled embeddings, GELU gates, and norms whose weights count from 1 (arXiv 2403.08295)"

    public var sizes = TransformerSizes(
        vocabulary: 256_000, context: 8192, width: 3072, layers: 28, heads: 16, groups: 16, headWidth: 256,
        inner: 24576)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.geluTanh
    public var tied = true
    public var attentionBias = false
    public var special = SpecialIds(beginning: 2, ends: [1], padding: 0)

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .flag("attention_bias", \.attentionBias), .constant("attention_dropout", 0.0),
            .only("use_bidirectional_attention", false, "attention to what follows"),
        ]

    /// The first releases said "gelu" and meant its approximation.
    public mutating func settle(_ root: JSONNode) throws { if activation == .gelu { activation = .geluTanh } }

    public func transformer(on device: Device) -> Transformer {
        let attention = separateAttention(
            biased: attentionBias, outputBiased: attentionBias, on: rotaryPositions(on: device))
        let feedForward = gatedFeedForward(activation)
        func norm(_ name: String) -> Norm { .rms(name, width, epsilon: epsilon, parameters: .weightFromOne) }
        return transformer(lastNorm: norm("model.norm")) { _, prefix in
            Block(
                prefix, attention, norms: NormPlaces(before: norm("input_layernorm")), feedForward,
                norms: NormPlaces(before: norm("post_attention_layernorm")))
        } change: { embedding, _ in
            embedding.scale = Float(width).squareRoot()
        }
    }
}
