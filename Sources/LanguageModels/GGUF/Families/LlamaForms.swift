/// Llama and its descendants in GGUF files.
import Files

extension GGUFForm {
    /// llama.cpp turns neighbouring numbers of a head, so queries and keys come in that order.
    private static let turnedAttention = [
        GGUFName("self_attn.q_proj", "attn_q", .turnedQueries), GGUFName("self_attn.k_proj", "attn_k", .turnedKeys),
        GGUFName("self_attn.v_proj", "attn_v"), GGUFName("self_attn.o_proj", "attn_output"),
    ]
    private static let silu = GGUFKey.always("hidden_act", "silu", among: ["swish"])

    static let llama = GGUFForm(
        architecture: "llama", modelType: "llama",
        keys: GGUFKey.sizes + [
            .groups, .headWidth, .rmsEpsilon, .rotary(llama3: true), silu,
            .tensor("attention_bias", "attn_q.bias"), .tensor("mlp_bias", "ffn_gate.bias"),
        ],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + turnedAttention + GGUFName.gatedFeedForward)

    /// A Llama to llama.cpp, told apart by its window.
    static let mistral = GGUFForm(
        architecture: "llama", modelType: "mistral",
        claims: { try $0.integer("attention.sliding_window", in: 0...Int(UInt32.max)) ?? 0 > 0 },
        keys: GGUFKey.sizes + [
            .groups, .headWidth, .rmsEpsilon, .rotary(llama3: true), silu, .window,
            GGUFKey { _, _ in
            } write: { draft in
                guard let window = draft.members["sliding_window"]?.integer, window < draft.family.context else {
                    return
                }
                draft.remark(
                    """
                    this model attends within a window of \(window) positions; llama.cpp lets it see all of a text, so \
                    longer texts go on otherwise there
                    """)
            },
        ],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + turnedAttention + GGUFName.gatedFeedForward)

    static let qwen2 = GGUFForm(
        architecture: "qwen2", modelType: "qwen2",
        keys: GGUFKey.sizes + [.groups, .headWidth, .rmsEpsilon, .rotary(), silu, .noWindows],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + GGUFName.separateAttention + GGUFName.gatedFeedForward)

    static let qwen3 = GGUFForm(
        architecture: "qwen3", modelType: "qwen3",
        keys: GGUFKey.sizes + [
            .groups, .headWidth, .rmsEpsilon, .rotary(), silu, .noWindows, .always("attention_bias", false),
        ],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + GGUFName.separateAttention + GGUFName.headNorms + GGUFName.gatedFeedForward)

    static let olmo2 = GGUFForm(
        architecture: "olmo2", modelType: "olmo2",
        keys: GGUFKey.sizes + [.groups, .rmsEpsilon, .rotary(), silu, .always("attention_bias", false)],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: [
            GGUFName("post_attention_layernorm", "post_attention_norm"),
            GGUFName("post_feedforward_layernorm", "post_ffw_norm"),
        ] + GGUFName.separateAttention + GGUFName.headNorms + GGUFName.gatedFeedForward, needsHead: true)
}
