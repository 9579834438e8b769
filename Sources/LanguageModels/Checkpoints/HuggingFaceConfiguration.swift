// config.json of Hugging Face folders: which architecture, with which sizes.

import Collections
import Files
import Tensors

/// A `config.json` of an architecture that is supported here. Adding one is a case, and a line in `init(_:)`.
public enum ArchitectureConfiguration: Sendable, Equatable {
    case gpt2(GPT2Configuration)
    case llama(LlamaConfiguration)

    /// The values of `model_type` that are read.
    public static let supported = ["gpt2", "llama"]

    /// Reads a `config.json` of either generation (`torch_dtype` and `rope_theta`, or `dtype` and `rope_parameters`).
    /// - Throws: `JSONError` that names the key: a value that is missing or impossible, an unknown architecture, or an
    ///   option that changes the mathematics and is not supported.
    public init(file: String) throws {
        try self.init(JSONNode(file: file))
    }

    public init(_ root: JSONNode) throws {
        if let quantization = try root.optional("quantization_config") {
            throw quantization.error(
                """
                is set: quantised models are not supported; load the model in transformers, dequantise it and save it \
                again
                """
            )
        }
        switch try root["model_type"].string() {
        case "gpt2": self = .gpt2(try GPT2Configuration(root))
        case "llama": self = .llama(try LlamaConfiguration(root))
        case let other:
            throw try root["model_type"].error(
                """
                is \(other), an architecture that is not supported; \
                \(ArchitectureConfiguration.supported.joined(separator: " and ")) are
                """
            )
        }
    }

    /// The configuration of an architecture made here.
    /// - Throws: `ModelError` for an architecture that has no such configuration.
    public init(_ architecture: any Architecture, special: SpecialIds = SpecialIds()) throws {
        switch architecture {
        case let gpt2 as GPT2: self = .gpt2(try GPT2Configuration(gpt2, special: special))
        case let llama as Llama: self = .llama(LlamaConfiguration(llama, special: special))
        default:
            throw ModelError.invalidArchitecture(
                """
                a model of the architecture \(architecture.kind) cannot be saved; \
                \(ArchitectureConfiguration.supported.joined(separator: " and ")) can
                """
            )
        }
    }

    /// The architecture itself.
    public func architecture(on device: Device) throws -> any Architecture {
        switch self {
        case .gpt2(let configuration): try configuration.architecture()
        case .llama(let configuration): try configuration.architecture(on: device)
        }
    }

    public var special: SpecialIds {
        switch self {
        case .gpt2(let configuration): configuration.special
        case .llama(let configuration): configuration.special
        }
    }

    /// Number of token embeddings.
    public var vocabulary: Int {
        switch self {
        case .gpt2(let configuration): configuration.vocabulary
        case .llama(let configuration): configuration.vocabulary
        }
    }

    /// Longest sequence.
    public var context: Int {
        switch self {
        case .gpt2(let configuration): configuration.context
        case .llama(let configuration): configuration.context
        }
    }

    /// The `config.json` in transformers' newer layout.
    /// - Parameter type: the format in which the weights are saved beside it.
    public func json(as type: ElementType) -> JSON {
        var members: NamedValues<JSON>
        switch self {
        case .gpt2(let configuration): members = configuration.members
        case .llama(let configuration): members = configuration.members
        }
        members["dtype"] = type.configurationName.map { .string($0) }
        for (key, value) in special.json { members[key] = value }
        return .object(NamedValues(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }

    /// The prefix of the names of all tensors but the head's; checkpoints of the bare body have none.
    var bodyPrefix: String {
        switch self {
        case .gpt2: "transformer."
        case .llama: "model."
        }
    }

    /// Whether a checkpoint's tensor is a constant (causal masks, rotary frequencies) or a second copy of a tied
    /// head, which older versions of transformers saved.
    func isRedundant(_ name: String) -> Bool {
        switch self {
        case .gpt2(let configuration):
            name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
                || (configuration.tied && name == "lm_head.weight")
        case .llama(let configuration):
            name.hasSuffix(".rotary_emb.inv_freq") || (configuration.tied && name == "lm_head.weight")
        }
    }
}

/// The largest sizes that are believed; beyond them products of sizes would not fit in a machine word.
enum SizeLimit {
    static let width = 1 << 22
    static let layers = 1000
    static let heads = 4096
}

extension JSONNode {
    /// The whole number under a key, from 1 to a limit, or a default where the key is missing.
    func size(_ key: String, _ missing: Int, limit: Int) throws(JSONError) -> Int {
        guard let node = try optional(key) else { return missing }
        return try node.integer(in: 1...limit)
    }

    /// Refuses an option unless it has the one value that is supported.
    func refuse(_ key: String, unless supported: Bool, _ meaning: String) throws(JSONError) {
        guard let node = try optional(key), try node.bool() != supported else { return }
        throw node.error("is \(!supported): \(meaning) is not supported; only models with \(supported) are read")
    }

    /// A number above zero, or a default where the key is missing.
    func positive(_ key: String, _ missing: Double) throws(JSONError) -> Double {
        guard let node = try optional(key) else { return missing }
        let number = try node.number()
        guard number > 0 else { throw node.error("must be above zero, but is \(number)") }
        return number
    }
}
