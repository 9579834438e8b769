/// GPT-NeoX and Pythia (Black et al., arXiv 2204.06745; Biderman et al., arXiv 2304.01373): attention and feed-forward side
/// by side, rotary positions on a part of each head.
import Collections
import Files
import Tensors

public struct GPTNeoXConfiguration: TransformerFamily {
    public static let modelType = "gpt_neox", className = "GPTNeoXForCausalLM", bodyPrefix = "gpt_neox."
    public static let embeddingName = "gpt_neox.embed_in.weight"
    public static let summary =
        "attention and feed-forward side by side, partly rotary positions: Pythia too (Black et al., arXiv 2204.06745)"

    public var sizes = TransformerSizes(
        vocabulary: 50432, context: 2048, width: 6144, layers: 44, heads: 64, inner: 24576)
    public var epsilon = 1e-5
    public var rotary: RotaryParameters? = RotaryParameters(fraction: 0.25)
    public var activation = Activation.gelu
    public var tied = false
    public var isParallel = true
    public var attentionBias = true
    public var special = SpecialIds(beginning: 0, ends: [2])

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .inner, .positive("layer_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(
                \.rotary, RotaryForm(thetaKey: "rotary_emb_base", fractionKey: "rotary_pct", fraction: 0.25)),
            .flag("use_parallel_residual", \.isParallel), .flag("attention_bias", \.attentionBias),
            .constant("attention_dropout", 0.0), .constant("hidden_dropout", 0.0),
        ]

    public func storedNames(_ name: String) -> [String] {
        name == "lm_head.weight" ? ["embed_out.weight", name] : standardNames(name)
    }

    public func transformer(on device: Device) -> Transformer {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int, _ biased: Bool = true) -> Projection {
            Projection(name, inputs, outputs, biased: biased)
        }
        func norm(_ name: String) -> Norm { .layer(name, width, epsilon: epsilon) }
        var attention = SelfAttention(
            .packed(linear("attention.query_key_value", width, 3 * width, attentionBias), .interleaved),
            output: linear("attention.dense", width, width, attentionBias), heads: heads, groups: heads,
            width: headWidth)
        attention.rotary = rotaryPositions(on: device)
        let feedForward = FeedForward(
            .plain(up: linear("mlp.dense_h_to_4h", width, inner), down: linear("mlp.dense_4h_to_h", inner, width)),
            activation)
        let blocks = (0..<layers).map { layer in
            Block(
                "gpt_neox.layers.\(layer).", attention, norms: NormPlaces(before: norm("input_layernorm")),
                feedForward, norms: NormPlaces(before: norm("post_attention_layernorm")),
                order: isParallel ? .parallel : .sequential)
        }
        return Transformer(
            self, Embedding(Self.embeddingName, width: width), blocks,
            lastNorm: norm("gpt_neox.final_layer_norm"), head: Head(tied ? Self.embeddingName : "lm_head.weight"))
    }
}
