// Llama's config.json.

import Collections
import Files
import Tensors

/// Llama's sizes as its `config.json` gives them, with transformers' defaults for missing keys.
public struct LlamaConfiguration: ModelConfiguration, Equatable {
    public static let modelType = "llama"
    public static let bodyPrefix = "model."

    public var vocabulary = 32000
    public var context = 2048
    public var width = 4096
    public var layers = 32
    public var heads = 32
    /// Key-value heads; as many as heads where the key is missing.
    public var groups = 32
    /// Width of one head; the width divided by the heads where the key is missing.
    public var headWidth = 128
    /// Width of the gated feed-forward layer.
    public var inner = 11008
    public var epsilon = 1e-6
    /// Base of the rotary frequencies.
    public var theta = 10000.0
    public var tied = false
    public var attentionBias = false
    public var feedForwardBias = false
    public var special = SpecialIds(beginning: 1, ends: [2])

    public init(_ root: JSONNode) throws(JSONError) {
        vocabulary = try root.size("vocab_size", vocabulary, limit: SizeLimit.width)
        context = try root.size("max_position_embeddings", context, limit: SizeLimit.width)
        width = try root.size("hidden_size", width, limit: SizeLimit.width)
        layers = try root.size("num_hidden_layers", layers, limit: SizeLimit.layers)
        heads = try root.size("num_attention_heads", heads, limit: SizeLimit.heads)
        groups = try root.size("num_key_value_heads", heads, limit: SizeLimit.heads)
        inner = try root.size("intermediate_size", inner, limit: SizeLimit.width)
        epsilon = try root.positive("rms_norm_eps", epsilon)
        tied = try root.optional("tie_word_embeddings")?.bool() ?? tied
        attentionBias = try root.optional("attention_bias")?.bool() ?? false
        feedForwardBias = try root.optional("mlp_bias")?.bool() ?? false
        special = try SpecialIds(root, defaults: special)
        guard heads % groups == 0 else {
            throw try root["num_key_value_heads"].error(
                "is \(groups), which does not divide the \(heads) heads (num_attention_heads)")
        }
        if let node = try root.optional("head_dim") {
            headWidth = try node.integer(in: 1...SizeLimit.heads)
        } else {
            guard width % heads == 0 else {
                throw JSONError(
                    origin: root.origin,
                    message:
                        "\"hidden_size\" is \(width), which cannot be split among \(heads) heads (num_attention_heads)")
            }
            headWidth = width / heads
        }
        guard headWidth % 2 == 0 else {
            throw JSONError(
                origin: root.origin,
                message: """
                    a head's width of \(headWidth) is odd; rotary positions need an even one (head_dim, or hidden_size \
                    / num_attention_heads)
                    """
            )
        }
        theta = try LlamaConfiguration.theta(root)
        if let node = try root.optional("hidden_act"), !["silu", "swish"].contains(try node.string()) {
            throw node.error("is \(try node.string()); only Llama's own silu is supported")
        }
        if let node = try root.optional("sliding_window") {
            throw node.error(
                "is set: attention within a window is not supported; only models that attend to the whole text are read"
            )
        }
        for node in try root.optional("layer_types")?.elements() ?? [] where try node.string() != "full_attention" {
            throw node.error("is \(try node.string()); only full_attention is supported")
        }
    }

    /// The base of the rotary frequencies, from `rope_parameters` or from `rope_theta` and `rope_scaling`.
    private static func theta(_ root: JSONNode) throws(JSONError) -> Double {
        for key in ["rope_parameters", "rope_scaling"] {
            guard let node = try root.optional(key) else { continue }
            for typeKey in ["rope_type", "type"] {
                if let type = try node.optional(typeKey), try type.string() != "default" {
                    throw type.error(
                        """
                        is \(try type.string()): rotary positions scaled for longer texts are not supported; only the \
                        type default is read
                        """
                    )
                }
            }
            try check(partialRotary: node)
        }
        try check(partialRotary: root)
        let standard = try root.positive("rope_theta", 10000)
        return try root.optional("rope_parameters")?.positive("rope_theta", standard) ?? standard
    }

    private static func check(partialRotary node: JSONNode) throws(JSONError) {
        if let factor = try node.optional("partial_rotary_factor"), try factor.number() != 1 {
            throw factor.error("is \(try factor.number()): rotary positions on a part of each head are not supported")
        }
    }

    init(_ llama: Llama, special: SpecialIds) {
        vocabulary = llama.vocabulary
        context = llama.context
        width = llama.width
        layers = llama.layers
        heads = llama.heads
        groups = llama.groups
        headWidth = llama.headWidth
        inner = llama.inner
        epsilon = shortest(llama.epsilon)
        theta = llama.theta
        tied = llama.tied
        attentionBias = llama.attentionBias
        feedForwardBias = llama.feedForwardBias
        self.special = special
    }

    public func isRedundant(_ name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || tied && name == "lm_head.weight"
    }

    public func architecture(on device: Device) throws -> any Architecture {
        try Llama(
            vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads, groups: groups,
            headWidth: headWidth, inner: inner, epsilon: Float(epsilon), theta: theta, tied: tied,
            attentionBias: attentionBias, feedForwardBias: feedForwardBias, on: device)
    }

    public var members: NamedValues<JSON> {
        [
            "architectures": ["LlamaForCausalLM"], "attention_bias": .bool(attentionBias), "attention_dropout": 0.0,
            "head_dim": .integer(headWidth), "hidden_act": "silu", "hidden_size": .integer(width),
            "initializer_range": 0.02, "intermediate_size": .integer(inner),
            "max_position_embeddings": .integer(context), "mlp_bias": .bool(feedForwardBias), "model_type": "llama",
            "num_attention_heads": .integer(heads), "num_hidden_layers": .integer(layers),
            "num_key_value_heads": .integer(groups), "pretraining_tp": 1, "rms_norm_eps": .number(epsilon),
            "rope_parameters": ["rope_theta": .number(theta), "rope_type": "default"],
            "tie_word_embeddings": .bool(tied), "use_cache": true, "vocab_size": .integer(vocabulary),
        ]
    }
}

extension Llama {
    public func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        LlamaConfiguration(self, special: special)
    }
}
