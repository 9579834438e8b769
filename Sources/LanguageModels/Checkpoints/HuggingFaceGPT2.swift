// GPT-2's config.json.

import Collections
import Files
import Tensors

/// GPT-2's sizes as its `config.json` gives them, with transformers' defaults for missing keys.
public struct GPT2Configuration: ModelConfiguration, Equatable {
    public static let modelType = "gpt2"
    public static let bodyPrefix = "transformer."

    public var vocabulary = 50257
    public var context = 1024
    public var width = 768
    public var layers = 12
    public var heads = 12
    /// Width of the feed-forward layer; nil for 4 times the width.
    public var inner: Int?
    public var epsilon = 1e-5
    /// The activation's name in transformers.
    public var activation = "gelu_new"
    public var tied = true
    public var special = SpecialIds(beginning: 50256, ends: [50256])

    /// Activations by their names in transformers; the first name of each is the one written.
    private static let activations: [(name: String, function: UnaryFunction)] = [
        ("gelu_new", .gelu), ("gelu_pytorch_tanh", .gelu), ("gelu_python_tanh", .gelu), ("gelu_fast", .gelu),
        ("gelu_accurate", .gelu), ("gelu", .geluExact), ("gelu_python", .geluExact), ("relu", .relu), ("silu", .silu),
        ("swish", .silu), ("tanh", .tanh), ("sigmoid", .sigmoid),
    ]

    public init(_ root: JSONNode) throws(JSONError) {
        vocabulary = try root.size("vocab_size", vocabulary, limit: SizeLimit.width)
        context = try root.size("n_positions", context, limit: SizeLimit.width)
        width = try root.size("n_embd", width, limit: SizeLimit.width)
        layers = try root.size("n_layer", layers, limit: SizeLimit.layers)
        heads = try root.size("n_head", heads, limit: SizeLimit.heads)
        inner = try root.optional("n_inner")?.integer(in: 1...SizeLimit.width)
        epsilon = try root.positive("layer_norm_epsilon", epsilon)
        tied = try root.optional("tie_word_embeddings")?.bool() ?? tied
        special = try SpecialIds(root, defaults: special)
        if let node = try root.optional("activation_function") {
            activation = try node.string()
            guard function != nil else {
                let known = GPT2Configuration.activations.map(\.name).joined(separator: ", ")
                throw node.error("is \(activation), an activation that is not supported; these are: \(known)")
            }
        }
        guard width % heads == 0 else {
            throw try root["n_embd"].error("is \(width), which cannot be split among \(heads) heads (n_head)")
        }
        try root.refuse("scale_attn_weights", unless: true, "attention without its scale")
        try root.refuse("scale_attn_by_inverse_layer_idx", unless: false, "attention scaled by the layer's number")
        try root.refuse("add_cross_attention", unless: false, "cross attention")
    }

    init(_ gpt2: GPT2, special: SpecialIds) throws {
        vocabulary = gpt2.vocabulary
        context = gpt2.context
        width = gpt2.width
        layers = gpt2.layers
        heads = gpt2.heads
        inner = gpt2.inner == 4 * gpt2.width ? nil : gpt2.inner
        epsilon = shortest(gpt2.epsilon)
        guard let name = GPT2Configuration.activations.first(where: { $0.function == gpt2.activation })?.name else {
            throw ModelError.invalidArchitecture("a GPT-2 with the activation \(gpt2.activation) cannot be saved")
        }
        activation = name
        tied = gpt2.tied
        self.special = special
    }

    private var function: UnaryFunction? {
        GPT2Configuration.activations.first { $0.name == activation }?.function
    }

    public func isRedundant(_ name: String) -> Bool {
        name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") || tied && name == "lm_head.weight"
    }

    public func architecture(on _: Device) throws -> any Architecture {
        try GPT2(
            vocabulary: vocabulary, context: context, width: width, layers: layers, heads: heads, inner: inner,
            epsilon: Float(epsilon), activation: function ?? .gelu, tied: tied)
    }

    public var members: NamedValues<JSON> {
        [
            "activation_function": .string(activation), "add_cross_attention": false,
            "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.0, "embd_pdrop": 0.0, "initializer_range": 0.02,
            "layer_norm_epsilon": .number(epsilon), "model_type": "gpt2", "n_embd": .integer(width),
            "n_head": .integer(heads), "n_inner": inner.map { .integer($0) } ?? .null, "n_layer": .integer(layers),
            "n_positions": .integer(context), "reorder_and_upcast_attn": false, "resid_pdrop": 0.0,
            "scale_attn_by_inverse_layer_idx": false, "scale_attn_weights": true, "tie_word_embeddings": .bool(tied),
            "use_cache": true, "vocab_size": .integer(vocabulary),
        ]
    }
}

extension GPT2 {
    public func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        try GPT2Configuration(self, special: special)
    }
}

/// The double with the shortest digits that give this float: 1e-05 rather than 9.999999747378752e-06.
func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
