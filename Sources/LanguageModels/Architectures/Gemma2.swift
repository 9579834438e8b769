/// Gemma 2 (Gemma Team, arXiv 2408.00118): norms before and after each layer, bounded scores and logits, every other layer
/// within a window.
import Collections
import Files
import Tensors

public struct Gemma2Configuration: TransformerFamily {
    public static let modelType = "gemma2", className = "Gemma2ForCausalLM", bodyPrefix = "model."
    public static let summary =
        "norms before and after each layer, bounded scores and logits, every other layer in a window (arXiv 2408.00118)"

    public var sizes = TransformerSizes(
        vocabulary: 256_000, context: 8192, width: 2304, layers: 26, heads: 8, groups: 4, headWidth: 256, inner: 9216)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.geluTanh
    public var tied = true
    public var attentionBias = false
    /// Scores are divided by the root of this.
    public var scoreScale = 256.0
    /// Bounds of scores and of logits; `nil` for none.
    public var scoreCap: Double? = 50, logitCap: Double? = 30
    public var window: Int? = 4096
    /// Whether each layer has the window.
    public var slides: [Bool]?
    public var special = SpecialIds(beginning: 2, ends: [1], padding: 0)

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon),
            .activation("hidden_activation", \.activation), .rotary(\.rotary), .flag("attention_bias", \.attentionBias),
            .positive("query_pre_attn_scalar", \.scoreScale, isWhole: true),
            .positive(orNone: "attn_logit_softcapping", \.scoreCap),
            .positive(orNone: "final_logit_softcapping", \.logitCap), .size(orNone: "sliding_window", \.window),
            .layerTypes(\.slides), .constant("attention_dropout", 0.0),
            .only("use_bidirectional_attention", false, "attention to what follows"),
        ]

    public mutating func settle(_ root: JSONNode) throws {
        if slides == nil { slides = (0..<layers).map { $0 % 2 == 0 } }
        if window == nil, slides?.contains(true) ?? false {
            throw JSONError(
                origin: root.origin,
                message: "\"sliding_window\" is null, but layers have a window (layer_types); give its size")
        }
    }

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(
            biased: attentionBias, outputBiased: attentionBias, on: rotaryPositions(on: device))
        attention.scale = Float(1 / scoreScale.squareRoot())
        attention.softCap = scoreCap.map { Float($0) }
        let feedForward = gatedFeedForward(activation)
        func norm(_ name: String) -> Norm { .rms(name, width, epsilon: epsilon, parameters: .weightFromOne) }
        return transformer(lastNorm: norm("model.norm")) { layer, prefix in
            var attention = attention
            let slides = slides.map { layer < $0.count && $0[layer] } ?? (layer % 2 == 0)
            if slides { attention.window = window }
            return Block(
                prefix, attention,
                norms: NormPlaces(before: norm("input_layernorm"), after: norm("post_attention_layernorm")),
                feedForward,
                norms: NormPlaces(
                    before: norm("pre_feedforward_layernorm"), after: norm("post_feedforward_layernorm")))
        } change: { embedding, head in
            embedding.scale = Float(width).squareRoot()
            head.softCap = logitCap.map { Float($0) }
        }
    }
}
