/// OPT (Zhang et al., arXiv 2205.01068): learned positions, ReLU, and in OPT-350M norms behind the layers and narrower
/// embeddings.
import Collections
import Files
import Tensors

public struct OPTConfiguration: TransformerFamily {
    public static let modelType = "opt", className = "OPTForCausalLM", bodyPrefix = "model."
    public static let embeddingName = "model.decoder.embed_tokens.weight"
    public static let summary = "learned positions, ReLU, layer norm before or behind the layers (arXiv 2205.01068)"

    public var sizes = TransformerSizes(
        vocabulary: 50272, context: 2048, width: 768, layers: 12, heads: 12, inner: 3072)
    public var activation = Activation.relu
    public var tied = true
    /// Whether layers read normed states (all but OPT-350M); else their sums are normed.
    public var normsBefore = true
    /// Whether the last norm is missing (checkpoints of early 2022).
    public var omitsLastNorm = false
    /// Width of the embeddings; the model's where it is `nil`.
    public var embeddingWidth: Int?
    public var isBiased = true
    /// Whether norms have parameters.
    public var normsHaveParameters = true
    public var special = SpecialIds(beginning: 2, ends: [2], padding: 1)

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .size(orNone: "ffn_dim", \.sizes.inner) { $0.inner }, .activation("activation_function", \.activation),
            .flag("do_layer_norm_before", \.normsBefore), .flag("_remove_final_layer_norm", \.omitsLastNorm),
            .size(orNone: "word_embed_proj_dim", \.embeddingWidth) { $0.embeddingWidth ?? $0.width },
            .flag("enable_bias", \.isBiased), .flag("layer_norm_elementwise_affine", \.normsHaveParameters),
            .constant("attention_dropout", 0.0), .constant("dropout", 0.0), .constant("layerdrop", 0.0),
            .constant("init_std", 0.02),
        ]

    /// The first releases called the body `decoder`.
    public func storedNames(_ name: String) -> [String] {
        standardNames(name) + (name.hasPrefix("model.decoder.") ? [String(name.dropFirst("model.decoder.".count))] : [])
    }

    public func transformer(on _: Device) -> Transformer {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Projection {
            Projection(name, inputs, outputs, biased: isBiased)
        }
        func norm(_ name: String) -> Norm {
            .layer(name, width, epsilon: 1e-5, parameters: normsHaveParameters ? .weightAndBias : .none)
        }
        func places(_ name: String) -> NormPlaces {
            normsBefore ? NormPlaces(before: norm(name)) : NormPlaces(outside: norm(name))
        }
        let attention = SelfAttention(
            .apart(
                query: linear("self_attn.q_proj", width, width), key: linear("self_attn.k_proj", width, width),
                value: linear("self_attn.v_proj", width, width)), output: linear("self_attn.out_proj", width, width),
            heads: heads, groups: heads, width: headWidth)
        let feedForward = FeedForward(
            .plain(up: linear("fc1", width, inner), down: linear("fc2", inner, width)), activation)
        let blocks = (0..<layers).map { layer in
            Block(
                "model.decoder.layers.\(layer).", attention, norms: places("self_attn_layer_norm"), feedForward,
                norms: places("final_layer_norm"))
        }
        let narrow = embeddingWidth ?? width
        var embedding = Embedding(Self.embeddingName, width: narrow)
        embedding.positions = ("model.decoder.embed_positions.weight", 2)
        var head = Head(tied ? embedding.name : "lm_head.weight")
        if narrow != width {
            embedding.projection = Projection("model.decoder.project_in", narrow, width)
            head.projection = Projection("model.decoder.project_out", width, narrow)
        }
        return Transformer(
            self, embedding, blocks,
            lastNorm: normsBefore && !omitsLastNorm ? norm("model.decoder.final_layer_norm") : nil, head: head)
    }
}
