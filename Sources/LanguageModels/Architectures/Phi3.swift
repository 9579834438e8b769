/// Phi-3 and 3.5 (Abdin et al., arXiv 2404.14219): a Llama with one projection for queries, keys and values, and one for gate
/// and input of the feed-forward.
import Collections
import Files
import Tensors

public struct Phi3Configuration: TransformerFamily {
    public static let modelType = "phi3", className = "Phi3ForCausalLM", bodyPrefix = "model."
    public static let summary =
        "a Llama with fused projections: Phi-3, 3.5 and 4 (Abdin et al., arXiv 2404.14219)"

    public var sizes = TransformerSizes(
        vocabulary: 32064, context: 4096, width: 3072, layers: 32, heads: 32, inner: 8192)
    /// The context before rotary positions were stretched.
    public var originalContext = 4096
    public var epsilon = 1e-5
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    public var window: Int?
    public var special = SpecialIds(beginning: 1, ends: [32000], padding: 32000)

    /// Keys turned by the factors of short texts do not serve a long one.
    public var cachedPositions: Int? {
        guard case .longrope(let rope) = rotary?.scaling else { return nil }
        return rope.original
    }

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .size("original_max_position_embeddings", \.originalContext),
            .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(
                \.rotary,
                RotaryForm(
                    fraction: 1, kinds: ["default", "longrope"], renamed: ["su": "longrope", "yarn": "longrope"],
                    original: 4096)),
            .size(orNone: "sliding_window", \.window), .constant("attention_dropout", 0.0),
            .constant("embd_pdrop", 0.0), .constant("resid_pdrop", 0.0),
        ]

    public func transformer(on device: Device) -> Transformer {
        let all = heads * headWidth
        var attention = SelfAttention(
            .packed(Projection("self_attn.qkv_proj", width, all + 2 * groups * headWidth), .sideBySide),
            output: Projection("self_attn.o_proj", all, width), heads: heads, groups: groups, width: headWidth)
        attention.rotary = rotaryPositions(on: device)
        attention.window = window
        let feedForward = FeedForward(
            .fused(
                gateUp: Projection("mlp.gate_up_proj", width, 2 * inner),
                down: Projection("mlp.down_proj", inner, width)),
            activation)
        return transformer(lastNorm: .rms("model.norm", width, epsilon: epsilon)) { _, prefix in
            llamaBlock(prefix, attention, feedForward, epsilon: epsilon)
        }
    }
}
