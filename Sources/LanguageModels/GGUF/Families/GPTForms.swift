/// GPT-2 and GPT-NeoX in GGUF files.
import Files

extension GGUFForm {
    static let gpt2 = GGUFForm(
        architecture: "gpt2", modelType: "gpt2",
        keys: [
            .size("n_positions", "context_length"), .size("n_embd", "embedding_length"),
            .size("n_layer", "block_count", limit: SizeLimit.layers),
            .size("n_head", "attention.head_count", limit: SizeLimit.heads),
            GGUFKey { settings, members in
                let inner = try settings.required("feed_forward_length", in: 1...SizeLimit.width)
                members["n_inner"] = inner == 4 * (try settings.width) ? .null : .integer(inner)
            } write: { draft in
                draft.set("feed_forward_length", .uint32(UInt32(draft.family.inner)))
            },
            .positive("layer_norm_epsilon", "attention.layer_norm_epsilon", missing: 1e-5),
            .always("activation_function", "gelu_new", among: tanhApproximations),
            .always("scale_attn_weights", true), .always("scale_attn_by_inverse_layer_idx", false),
        ],
        body: [
            GGUFName("transformer.wte", "token_embd"), GGUFName("transformer.wpe", "position_embd"),
            GGUFName("transformer.ln_f", "output_norm"), GGUFName("lm_head", "output"),
        ], blockPrefix: "transformer.h.",
        block: [
            GGUFName("ln_1", "attn_norm"), GGUFName("attn.c_attn", "attn_qkv", .transposed),
            GGUFName("attn.c_proj", "attn_output", .transposed), GGUFName("ln_2", "ffn_norm"),
            GGUFName("mlp.c_fc", "ffn_up", .transposed), GGUFName("mlp.c_proj", "ffn_down", .transposed),
        ])

    static let gptNeoX = GGUFForm(
        architecture: "gptneox", modelType: "gpt_neox",
        keys: GGUFKey.sizes + [
            .layerEpsilon, .rotary(hasFraction: true), .always("hidden_act", "gelu", among: ["gelu_python"]),
            .always("attention_bias", true), .flag("use_parallel_residual", "use_parallel_residual", missing: true),
        ],
        body: [
            GGUFName("gpt_neox.embed_in", "token_embd"), GGUFName("gpt_neox.final_layer_norm", "output_norm"),
            GGUFName("lm_head", "output"),
        ], blockPrefix: "gpt_neox.layers.",
        block: GGUFName.usualNorms + [
            GGUFName("attention.query_key_value", "attn_qkv", .interleaved),
            GGUFName("attention.dense", "attn_output"), GGUFName("mlp.dense_h_to_4h", "ffn_up"),
            GGUFName("mlp.dense_4h_to_h", "ffn_down"),
        ], needsHead: true)
}
