// config.json: both generations, defaults, and options that are refused by name.

import Files
import LanguageModels
import Tensors
import Testing

@Suite struct ConfigurationTests {
    static func read(_ json: JSON) throws -> ArchitectureConfiguration {
        try ArchitectureConfiguration(JSONNode(json, origin: "config.json"))
    }

    @Test func missingKeysHaveTransformersDefaults() throws {
        let gpt2 = try #require(try Self.read(["model_type": "gpt2"]).model as? GPT2Configuration)
        #expect(
            gpt2.vocabulary == 50257 && gpt2.context == 1024 && gpt2.width == 768 && gpt2.layers == 12
                && gpt2.heads == 12)
        #expect(gpt2.sizes.inner == nil && gpt2.epsilon == 1e-5 && gpt2.activation == .geluNew && gpt2.tied)
        #expect(gpt2.special == SpecialIds(beginning: 50256, ends: [50256]))
        let given: JSON = ["model_type": "llama", "hidden_size": 64, "num_attention_heads": 8]
        let llama = try #require(try Self.read(given).model as? LlamaConfiguration)
        #expect(llama.vocabulary == 32000 && llama.context == 2048 && llama.layers == 32 && llama.inner == 11008)
        #expect(
            llama.groups == 8 && llama.headWidth == 8 && llama.rotary == RotaryParameters(theta: 10000)
                && llama.epsilon == 1e-6)
        #expect(!llama.tied && !llama.attentionBias && !llama.feedForwardBias)
        #expect(llama.special == SpecialIds(beginning: 1, ends: [2]))
    }

    @Test func bothGenerationsMeanTheSame() throws {
        let base: JSON = ["model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "eos_token_id": [2, 7]]
        var old = base, new = base
        old["rope_theta"] = 500000.0
        old["rope_scaling"] = nil
        old["torch_dtype"] = "bfloat16"
        new["rope_parameters"] = ["rope_theta": 500000.0, "rope_type": "default"]
        new["dtype"] = "bfloat16"
        #expect(try Self.read(old) == Self.read(new))
        let llama = try #require(try Self.read(new).model as? LlamaConfiguration)
        #expect(llama.rotary?.theta == 500000 && llama.special.ends == [2, 7])
    }

    @Test(
        arguments: [
            [
                "model_type": "gpt2", "n_embd": 64, "n_head": 8, "n_inner": 100, "activation_function": "relu",
                "eos_token_id": [1, 2],
            ],
            ["model_type": "gpt2", "layer_norm_epsilon": 1e-6, "tie_word_embeddings": false, "bos_token_id": nil],
            [
                "model_type": "llama", "num_key_value_heads": 8, "head_dim": 64, "mlp_bias": true, "rms_norm_eps": 1e-5,
                "pad_token_id": 3,
            ],
        ] as [JSON])
    func writtenConfigurationsReadTheSame(json: JSON) throws {
        let configuration = try Self.read(json)
        let written = configuration.json(as: .bfloat16)
        #expect(try Self.read(written) == configuration)
        #expect(written["dtype"] == "bfloat16")
        #expect(written["architectures"]?.array?.count == 1)
    }

    static let refusals: [(JSON, String)] = [
        (
            ["model_type": "gpt_bigcode"],
            "\"model_type\" is gpt_bigcode, an architecture that is not supported; gpt2, llama, gpt_neox, opt"
        ),
        ([:], "\"model_type\" is missing"),
        ([1], "expected an object, found an array"),
        (["model_type": "gpt2", "add_cross_attention": true], "\"add_cross_attention\" is true: cross attention"),
        (
            ["model_type": "gpt2", "activation_function": "swerve"],
            "\"activation_function\" is swerve, an activation that is not supported; these are: "
        ),
        (["model_type": "gpt2", "n_head": 7], "\"n_embd\" is 768, which cannot be split among 7 heads"),
        (["model_type": "gpt2", "n_embd": 64, "n_head": 7], "\"n_embd\" is 64, which cannot be split among 7 heads"),
        (["model_type": "gpt2", "n_layer": 0], "\"n_layer\" must be a whole number from 1 to 1000, but is 0"),
        (
            ["model_type": "gpt2", "n_embd": "768"],
            "\"n_embd\" must be a whole number from 1 to 4194304, but is the string \"768\""
        ),
        (["model_type": "gpt2", "layer_norm_epsilon": 0], "\"layer_norm_epsilon\" must be above zero"),
        (
            ["model_type": "gpt2", "quantization_config": ["bits": 4]],
            "\"quantization_config\" is set: quantised models"
        ),
        (
            ["model_type": "llama", "rope_scaling": ["rope_type": "llama3"]],
            "\"rope_scaling.low_freq_factor\" is missing"
        ),
        (
            ["model_type": "llama", "rope_parameters": ["rope_type": "linear", "factor": 0]],
            "\"rope_parameters.factor\" must be above zero"
        ),
        (
            ["model_type": "llama", "rope_parameters": ["rope_type": "spiral"]],
            "\"rope_parameters.rope_type\" is spiral, a kind of rotary positions that is not supported; these are: default"
        ),
        (
            ["model_type": "phi", "partial_rotary_factor": 0.3],
            "\"partial_rotary_factor\" of 0.3 turns 19 of a head's 64 numbers; they are turned in pairs"
        ),
        (["model_type": "mistral", "sliding_window": 0], "\"sliding_window\" must be a whole number from 1"),
        (
            ["model_type": "gemma2", "attn_logit_softcapping": -1],
            "\"attn_logit_softcapping\" must be above zero"
        ),
        (
            ["model_type": "llama", "layer_types": ["full_attention", "sliding_attention"]],
            "\"layer_types[1]\" is sliding_attention"
        ),
        (
            ["model_type": "llama", "num_key_value_heads": 5],
            "\"num_key_value_heads\" is 5, which does not divide the 32 heads"
        ),
        (["model_type": "llama", "head_dim": 7], "a head's width of 7 is odd"),
        (["model_type": "llama", "hidden_size": 65], "\"hidden_size\" is 65, which cannot be split among 32 heads"),
    ]

    @Test(arguments: refusals.indices)
    func whatIsNotSupportedIsNamed(index: Int) {
        let (json, message) = Self.refusals[index]
        do {
            let configuration = try Self.read(json)
            Issue.record("read as \(configuration)")
        } catch {
            #expect("\(error)".hasPrefix("config.json: " + message), "\(error)")
        }
    }
}

extension JSON {
    /// Member access for building test inputs.
    subscript(key: String) -> JSON {
        get { object?[key] ?? .null }
        set {
            var members = object ?? [:]
            members[key] = newValue
            self = .object(members)
        }
    }
}
