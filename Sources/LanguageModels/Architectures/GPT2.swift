/// GPT-2 (Radford et al. 2019), with the parameter names of Hugging Face checkpoints.
import Collections
import Files
import Tensors

public struct GPT2Configuration: TransformerFamily {
    public static let modelType = "gpt2", className = "GPT2LMHeadModel", bodyPrefix = "transformer."
    public static let embeddingName = "transformer.wte.weight"
    public static let summary = "learned positions, layer norm, GELU, tied embeddings (Radford et al. 2019)"

    public var sizes = TransformerSizes(vocabulary: 50257, context: 1024, width: 768, layers: 12, heads: 12)
    public var epsilon = 1e-5
    public var activation = Activation.geluNew
    public var tied = true
    /// Whether scores are divided by the root of a head's width, and by the layer's number, counted from 1.
    public var scalesScores = true, scalesByLayer = false
    public var special = SpecialIds(beginning: 50256, ends: [50256])

    public init() {}

    /// `hidden_size` and so on are other names of the same, which win in transformers.
    public static let keys: [ConfigurationKey<Self>] = [
        .size("vocab_size", \.sizes.vocabulary),
        .size("n_positions", \.sizes.context, aliases: ["max_position_embeddings"]),
        .size("n_embd", \.sizes.width, aliases: ["hidden_size"]),
        .size("n_layer", \.sizes.layers, limit: SizeLimit.layers, aliases: ["num_hidden_layers"]),
        .size("n_head", \.sizes.heads, limit: SizeLimit.heads, aliases: ["num_attention_heads"]),
        .size(orNone: "n_inner", \.sizes.inner), .positive("layer_norm_epsilon", \.epsilon),
        .activation("activation_function", \.activation), .flag("tie_word_embeddings", \.tied),
        .flag("scale_attn_weights", \.scalesScores), .flag("scale_attn_by_inverse_layer_idx", \.scalesByLayer),
        .only("add_cross_attention", false, "cross attention"), .constant("reorder_and_upcast_attn", false),
        .constant("attn_pdrop", 0.0), .constant("embd_pdrop", 0.0), .constant("resid_pdrop", 0.0),
    ]

    public func transformer(on _: Device) -> Transformer { transformer }

    fileprivate var transformer: Transformer {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Projection {
            Projection(name, inputs, outputs, biased: true, isTransposed: false)
        }
        func norm(_ name: String) -> Norm { .layer(name, width, epsilon: epsilon) }
        let feedForward = FeedForward(
            .plain(up: linear("mlp.c_fc", width, inner), down: linear("mlp.c_proj", inner, width)), activation)
        let blocks = (0..<layers).map { layer in
            var attention = SelfAttention(
                .packed(linear("attn.c_attn", width, 3 * width), .sideBySide),
                output: linear("attn.c_proj", width, width), heads: heads, groups: heads, width: headWidth)
            if !scalesScores || scalesByLayer {
                let scale = scalesScores ? 1 / Float(headWidth).squareRoot() : 1
                attention.scale = scalesByLayer ? scale / Float(layer + 1) : scale
            }
            return Block(
                "transformer.h.\(layer).", attention, norms: NormPlaces(before: norm("ln_1")), feedForward,
                norms: NormPlaces(before: norm("ln_2")), listsNormsLast: false)
        }
        var embedding = Embedding(Self.embeddingName, width: width)
        embedding.positions = ("transformer.wpe.weight", 0)
        return Transformer(
            self, embedding, blocks, lastNorm: norm("transformer.ln_f"),
            head: Head(tied ? embedding.name : "lm_head.weight"))
    }
}

extension Transformer {
    /// A GPT-2 of the given sizes.
    /// - Throws: `ModelError` where they do not fit each other.
    public static func gpt2(
        vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, inner: Int? = nil, epsilon: Double = 1e-5,
        activation: Activation = .geluNew, tied: Bool = true
    ) throws -> Transformer {
        var family = GPT2Configuration()
        family.sizes = TransformerSizes(
            vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads,
            inner: inner == 4 * width ? nil : inner)
        (family.epsilon, family.activation, family.tied) = (epsilon, activation, tied)
        try family.checkSizes()
        return family.transformer
    }
}
