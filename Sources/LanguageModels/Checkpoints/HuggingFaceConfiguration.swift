// config.json of Hugging Face folders: which architecture, with which sizes.

import Collections
import Files
import Tensors

/// What a `config.json` says of an architecture of one kind: nearly always a ``TransformerFamily``.
public protocol ModelConfiguration: Sendable {
    /// The `model_type` by which a `config.json` names it.
    static var modelType: String { get }
    /// The prefix of the names of all tensors but the head's; checkpoints of the bare body have none.
    static var bodyPrefix: String { get }
    /// Reads a `config.json`.
    /// - Throws: `JSONError` that names the key: a value that is missing or impossible, or an option that changes the
    ///   mathematics and is not supported.
    init(_ root: JSONNode) throws
    var special: SpecialIds { get }
    /// Number of token embeddings.
    var vocabulary: Int { get }
    /// Longest sequence.
    var context: Int { get }
    /// The keys of `config.json`, `model_type` and `architectures` among them; special ids and the format of the
    /// weights are added to them.
    var members: NamedValues<JSON> { get }
    func architecture(on device: Device) throws -> any Architecture
    /// The names under which a checkpoint may hold a parameter, the one that is written first.
    func storedNames(_ name: String) -> [String]
    /// The name of the token embeddings where logits are made with them; else `nil`. A checkpoint that holds another
    /// head all the same means a model that has its own: see `withOwnHead`.
    var tiedEmbedding: String? { get }
    /// The same with a head of its own; `nil` where there is none of the kind.
    func withOwnHead() -> (any ModelConfiguration)?
}

extension ModelConfiguration {
    /// The parameter's own name, and the one it has in a checkpoint of the bare body.
    public func standardNames(_ name: String) -> [String] {
        let prefix = Self.bodyPrefix
        return name.hasPrefix(prefix) ? [name, String(name.dropFirst(prefix.count))] : [name]
    }
    public func storedNames(_ name: String) -> [String] { standardNames(name) }
    public var tiedEmbedding: String? { nil }
    public func withOwnHead() -> (any ModelConfiguration)? { nil }
}

/// The architectures that come with Lethe.
public enum ArchitectureList {
    public static let all: [any ModelConfiguration.Type] = families

    /// Those that are made of building blocks.
    public static let families: [any TransformerFamily.Type] = [
        GPT2Configuration.self, LlamaConfiguration.self, GPTNeoXConfiguration.self, OPTConfiguration.self,
        PhiConfiguration.self, Phi3Configuration.self, MistralConfiguration.self, Qwen2Configuration.self,
        Qwen3Configuration.self, GemmaConfiguration.self, Gemma2Configuration.self, OLMo2Configuration.self,
        StableLMConfiguration.self,
    ]
}

/// The `config.json` of a model of any kind.
public struct ArchitectureConfiguration: Sendable, Equatable {
    public let model: any ModelConfiguration

    /// Reads a `config.json` of either generation (`torch_dtype` and `rope_theta`, or `dtype` and `rope_parameters`).
    /// - Parameter kinds: the architectures that are known.
    /// - Throws: `JSONError` that names the key: a value that is missing or impossible, an unknown architecture, or an
    ///   option that changes the mathematics and is not supported.
    public init(file: String, among kinds: [any ModelConfiguration.Type] = ArchitectureList.all) throws {
        try self.init(JSONNode(file: file), among: kinds)
    }

    init(_ model: any ModelConfiguration) { self.model = model }

    public init(_ root: JSONNode, among kinds: [any ModelConfiguration.Type] = ArchitectureList.all) throws {
        if let quantization = try root.optional("quantization_config") {
            throw quantization.error(
                """
                is set: quantised models are not supported; load the model in transformers, dequantise it and save it \
                again
                """)
        }
        let type = try root["model_type"].string()
        guard let kind = kinds.last(where: { $0.modelType == type }) else {
            throw try root["model_type"].error(
                """
                is \(type), an architecture that is not supported; \
                \(kinds.map { $0.modelType }.joined(separator: ", ")) are
                """)
        }
        model = try kind.init(root)
    }

    /// The configuration of an architecture made here.
    /// - Throws: `ModelError` for an architecture that has no such configuration.
    public init(_ architecture: any Architecture, special: SpecialIds = SpecialIds()) throws {
        model = try architecture.configuration(special: special)
    }

    /// The architecture itself.
    public func architecture(on device: Device) throws -> any Architecture { try model.architecture(on: device) }

    public var special: SpecialIds { model.special }
    /// Number of token embeddings.
    public var vocabulary: Int { model.vocabulary }
    /// Longest sequence.
    public var context: Int { model.context }

    /// The `config.json` in transformers' newer layout.
    /// - Parameter type: the format in which the weights are saved beside it.
    public func json(as type: ElementType) -> JSON {
        var members = model.members
        members["dtype"] = type.configurationName.map { .string($0) }
        for (key, value) in special.json { members[key] = value }
        return .object(NamedValues(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }

    /// Configurations are equal where they are written alike.
    public static func == (a: ArchitectureConfiguration, b: ArchitectureConfiguration) -> Bool {
        a.json(as: .float32) == b.json(as: .float32)
    }
}
