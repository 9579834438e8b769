/// Gemma in GGUF files: 1 is added to the weights of norms, and the head is always the token embeddings.
import Files

extension GGUFForm {
    private static let body = [
        GGUFName("model.embed_tokens", "token_embd"), GGUFName("model.norm", "output_norm", .fromOne),
        GGUFName("lm_head", "output"),
    ]
    private static let layers = GGUFName.separateAttention + GGUFName.gatedFeedForward

    static let gemma = GGUFForm(
        architecture: "gemma", modelType: "gemma",
        keys: GGUFKey.sizes + [
            .groups, .headWidth, .rmsEpsilon, .rotary(), .always("attention_bias", false),
            .always("hidden_act", "gelu_pytorch_tanh", among: tanhApproximations),
        ],
        body: body, blockPrefix: "model.layers.",
        block: [
            GGUFName("input_layernorm", "attn_norm", .fromOne),
            GGUFName("post_attention_layernorm", "ffn_norm", .fromOne),
        ] + layers, isAlwaysTied: true)

    static let gemma2 = GGUFForm(
        architecture: "gemma2", modelType: "gemma2",
        keys: GGUFKey.sizes + [
            .groups, .headWidth, .rmsEpsilon, .rotary(), .always("attention_bias", false),
            .always("hidden_activation", "gelu_pytorch_tanh", among: tanhApproximations), .window, scoreScale,
            alternatingWindows, cap("attn_logit_softcapping", 50), cap("final_logit_softcapping", 30),
        ],
        body: body, blockPrefix: "model.layers.",
        block: [
            GGUFName("input_layernorm", "attn_norm", .fromOne),
            GGUFName("post_attention_layernorm", "post_attention_norm", .fromOne),
            GGUFName("pre_feedforward_layernorm", "ffn_norm", .fromOne),
            GGUFName("post_feedforward_layernorm", "post_ffw_norm", .fromOne),
        ] + layers, isAlwaysTied: true)

    /// All names of the same function.
    static let tanhApproximations: [JSON] = [
        "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate",
    ]

    private static func cap(_ name: String, _ standard: Double) -> GGUFKey {
        GGUFKey { settings, members in
            members[name] = .number(try settings.positive(name) ?? standard)
        } write: { draft in
            guard case .number(let bound)? = draft.members[name] else {
                throw draft.refusal("it has no `\(name)`, and llama.cpp bounds scores and logits of this architecture")
            }
            draft.set(name, .float32(Float(bound)))
        }
    }

    /// The file does not say by what scores are divided: Gemma 2 of 27B, which has 46 layers, is the exception.
    private static let scoreScale = GGUFKey { settings, members in
        let isLargest = try settings.layers == 46
        members["query_pre_attn_scalar"] = .number(
            Double(isLargest ? try settings.width / settings.heads : try settings.headWidth))
    } write: { draft in
        let family = draft.family
        let assumed = family.layers == 46 ? family.width / family.heads : family.headWidth
        guard try draft.number("query_pre_attn_scalar") == Double(assumed) else {
            throw draft.refusal(
                """
                it divides scores by the root of \(try draft.number("query_pre_attn_scalar")) \
                (query_pre_attn_scalar), and llama.cpp by that of \(assumed)
                """)
        }
    }

    private static let alternatingWindows = GGUFKey { settings, members in
        let count = try settings.layers
        members["layer_types"] = .array(
            (0..<count).map { $0 % 2 == 0 ? "sliding_attention" : "full_attention" })
        if members["sliding_window"]?.integer == nil { members["sliding_window"] = 4096 }
    } write: { draft in
        let types = draft.members["layer_types"]?.array ?? []
        for (layer, type) in types.enumerated() where (type == "sliding_attention") != (layer % 2 == 0) {
            throw draft.refusal("llama.cpp has every other layer attend within a window, the first one too")
        }
        guard draft.members["sliding_window"]?.integer != nil else { throw draft.refusal("it has no window") }
    }
}
