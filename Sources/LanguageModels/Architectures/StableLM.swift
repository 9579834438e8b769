/// StableLM 2 (Bellagente et al., arXiv 2402.17834): layer norm, rotary positions on a part of each head, SwiGLU.
import Collections
import Files
import Tensors

public struct StableLMConfiguration: TransformerFamily {
    public static let modelType = "stablelm", className = "StableLmForCausalLM", bodyPrefix = "model."
    public static let summary =
        "layer norm, rotary positions on a part of each head, SwiGLU (Bellagente et al., arXiv 2402.17834)"

    public var sizes = TransformerSizes(
        vocabulary: 50304, context: 4096, width: 2560, layers: 32, heads: 32, groups: 32, inner: 6912)
    public var epsilon = 1e-5
    public var rotary: RotaryParameters? = RotaryParameters(fraction: 0.25)
    public var activation = Activation.silu
    public var tied = false
    /// Biases on queries, keys and values; norms of each head's queries and keys; attention and feed-forward side by
    /// side, behind one norm.
    public var isBiased = false, normsHeads = false, isParallel = false
    public var special = SpecialIds(beginning: 0, ends: [0])

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .inner, .positive("layer_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary, RotaryForm(fraction: 0.25)), .flag("use_qkv_bias", \.isBiased),
            .flag("qk_layernorm", \.normsHeads), .flag("use_parallel_residual", \.isParallel),
            .constant("attention_dropout", 0.0), .constant("hidden_dropout", 0.0),
        ]

    public mutating func settle(_ root: JSONNode) throws { try refuseOddRotation(root) }

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(biased: isBiased, outputBiased: false, on: rotaryPositions(on: device))
        if normsHeads {
            func norm(_ name: String, _ heads: Int) -> HeadNorm {
                HeadNorm(
                    .layer("self_attn.\(name)", headWidth, epsilon: epsilon, parameters: .weight), .ownOfEachHead,
                    heads: heads)
            }
            (attention.queryNorm, attention.keyNorm) = (norm("q_layernorm", heads), norm("k_layernorm", groups))
        }
        let feedForward = gatedFeedForward(activation)
        func norm(_ name: String) -> Norm { .layer(name, width, epsilon: epsilon) }
        return transformer(lastNorm: norm("model.norm")) { _, prefix in
            Block(
                prefix, attention, norms: NormPlaces(before: norm("input_layernorm")), feedForward,
                norms: NormPlaces(before: isParallel ? nil : norm("post_attention_layernorm")),
                order: isParallel ? .parallel : .sequential)
        }
    }
}
