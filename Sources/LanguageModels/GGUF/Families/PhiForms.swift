/// Phi and StableLM in GGUF files.
import Files

extension GGUFForm {
    static let phi2 = GGUFForm(
        architecture: "phi2", modelType: "phi",
        keys: GGUFKey.sizes + [
            .groups, .layerEpsilon, .rotary(hasFraction: true), .always("qk_layernorm", false),
            .always("hidden_act", "gelu_new", among: tanhApproximations), usualHeads,
        ],
        body: [
            GGUFName("model.embed_tokens", "token_embd"), GGUFName("model.final_layernorm", "output_norm"),
            GGUFName("lm_head", "output"),
        ], blockPrefix: "model.layers.",
        block: [
            GGUFName("input_layernorm", "attn_norm"), GGUFName("self_attn.q_proj", "attn_q"),
            GGUFName("self_attn.k_proj", "attn_k"), GGUFName("self_attn.v_proj", "attn_v"),
            // As files of 2023 have them.
            GGUFName("self_attn.q_proj", "attn_qkv", .queries), GGUFName("self_attn.k_proj", "attn_qkv", .keys),
            GGUFName("self_attn.v_proj", "attn_qkv", .values), GGUFName("self_attn.dense", "attn_output"),
            GGUFName("mlp.fc1", "ffn_up"), GGUFName("mlp.fc2", "ffn_down"),
        ], needsHead: true)

    static let phi3 = GGUFForm(
        architecture: "phi3", modelType: "phi3",
        keys: GGUFKey.sizes + [
            .groups, .rmsEpsilon, .always("hidden_act", "silu", among: ["swish"]),
            .rotary(hasFraction: true, long: true), .window, usualHeads,
        ],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + [
            GGUFName("self_attn.qkv_proj", "attn_qkv"), GGUFName("self_attn.o_proj", "attn_output"),
            GGUFName("mlp.gate_up_proj", "ffn_up"), GGUFName("mlp.down_proj", "ffn_down"),
        ])

    static let stableLM = GGUFForm(
        architecture: "stablelm", modelType: "stablelm",
        keys: GGUFKey.sizes + [
            .groups, .layerEpsilon, .rotary(hasFraction: true), .always("hidden_act", "silu", among: ["swish"]),
            .tensor("use_qkv_bias", "attn_q.bias"), .tensor("qk_layernorm", "attn_q_norm.weight"),
            // A key of that name says the opposite in old files; what counts is the second norm.
            GGUFKey { settings, members in
                members["use_parallel_residual"] = .bool(!settings.has("blk.0.ffn_norm.weight"))
            } write: { draft in
                draft.set("use_parallel_residual", .bool(draft.members["use_parallel_residual"] == true))
            },
        ],
        body: GGUFName.usualBody, blockPrefix: "model.layers.",
        block: GGUFName.usualNorms + GGUFName.separateAttention + GGUFName.gatedFeedForward + [
            GGUFName("self_attn.q_layernorm", "attn_q_norm", .stacked),
            GGUFName("self_attn.k_layernorm", "attn_k_norm", .stacked),
        ], needsHead: true)

    /// Heads share the width evenly.
    static let usualHeads = GGUFKey { settings, _ in
        let width = try settings.width, heads = try settings.heads
        if try settings.headWidth * heads != width {
            throw settings.wrong(
                "attention.key_length", "is \(try settings.headWidth), but \(heads) heads must share \(width) evenly")
        }
    } write: { draft in
        if draft.family.headWidth * draft.family.heads != draft.family.width {
            throw draft.refusal("its heads do not share the width evenly")
        }
    }
}
