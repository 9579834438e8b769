/// Phi-1, 1.5 and 2 (Li et al., arXiv 2309.05463): attention and feed-forward side by side behind one layer norm, biases
/// everywhere, also at the head.
import Collections
import Files
import Tensors

public struct PhiConfiguration: TransformerFamily {
    public static let modelType = "phi", className = "PhiForCausalLM", bodyPrefix = "model."
    public static let summary =
        "attention and feed-forward side by side, biases everywhere: Phi-1, 1.5 and 2 (Li et al., arXiv 2309.05463)"

    public var sizes = TransformerSizes(
        vocabulary: 51200, context: 2048, width: 2048, layers: 24, heads: 32, inner: 8192)
    public var epsilon = 1e-5
    public var rotary: RotaryParameters? = RotaryParameters(fraction: 0.5)
    public var activation = Activation.geluNew
    public var tied = false
    /// Whether each head's queries and keys have norms.
    public var normsHeads = false
    public var special = SpecialIds(beginning: 1, ends: [2])

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("layer_norm_eps", \.epsilon),
            .activation("hidden_act", \.activation), .rotary(\.rotary, RotaryForm(fraction: 0.5)),
            .flag("qk_layernorm", \.normsHeads), .constant("attention_dropout", 0.0), .constant("embd_pdrop", 0.0),
            .constant("resid_pdrop", 0.0),
        ]

    public mutating func settle(_ root: JSONNode) throws { try refuseOddRotation(root) }

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(
            biased: true, outputBiased: true, output: "dense", on: rotaryPositions(on: device))
        if normsHeads {
            func norm(_ name: String, _ heads: Int) -> HeadNorm {
                HeadNorm(.layer("self_attn.\(name)", headWidth, epsilon: epsilon), .sharedByHeads, heads: heads)
            }
            (attention.queryNorm, attention.keyNorm) = (norm("q_layernorm", heads), norm("k_layernorm", groups))
        }
        let feedForward = FeedForward(
            .plain(
                up: Projection("mlp.fc1", width, inner, biased: true),
                down: Projection("mlp.fc2", inner, width, biased: true)), activation)
        func norm(_ name: String) -> Norm { .layer(name, width, epsilon: epsilon) }
        return transformer(lastNorm: norm("model.final_layernorm")) { _, prefix in
            Block(
                prefix, attention, norms: NormPlaces(before: norm("input_layernorm")), feedForward,
                norms: NormPlaces(), order: .parallel)
        } change: { _, head in
            head.bias = "lm_head.bias"
        }
    }
}

extension TransformerFamily {
    /// Refuses shares of a head that turn an odd number, with which transformers fails.
    func refuseOddRotation(_ root: JSONNode) throws {
        guard let rotary, headWidth > 0 else { return }
        let turned = rotary.dimensions(width: headWidth)
        if turned % 2 == 1 {
            throw JSONError(
                origin: root.origin,
                message: """
                    "partial_rotary_factor" of \(rotary.fraction) turns \(turned) of a head's \(headWidth) numbers; \
                    they are turned in pairs
                    """)
        }
    }
}
