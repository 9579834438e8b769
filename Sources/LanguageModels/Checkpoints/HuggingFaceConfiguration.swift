// config.json of Hugging Face folders: which architecture, with which sizes.

import Collections
import Files
import Tensors

/// What a `config.json` says of an architecture of one kind. Adding a kind is a file with an ``Architecture`` and this,
/// and a line in ``ArchitectureList/all``.
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
    /// Whether a checkpoint's tensor is a constant (causal masks, rotary frequencies) or a second copy of a tied head,
    /// which older versions of transformers saved.
    func isRedundant(_ name: String) -> Bool
}

extension ModelConfiguration {
    public func isRedundant(_ name: String) -> Bool { false }
}

/// The architectures that come with Lethe.
public enum ArchitectureList {
    public static let all: [any ModelConfiguration.Type] = [GPT2Configuration.self, LlamaConfiguration.self]
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
                \(kinds.map { $0.modelType }.joined(separator: " and ")) are
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
    var bodyPrefix: String { type(of: model).bodyPrefix }

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
