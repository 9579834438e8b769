/// Models with frozen weights in a workspace file.
import Autodiff
import Files
import Language
import LanguageModels
import Tensors

extension ValueWriter {
    /// The weights that do not move, each memory once, and what the adapters are.
    mutating func describe(_ adapted: Adapted) -> JSON {
        var description: NamedValues<JSON> = [:]
        if !adapted.adapters.isEmpty { description["adapters"] = adapted.adapterConfiguration(baseName: nil) }
        description["storage"] = .string(adapted.frozen.storage.rawValue)
        description["parts"] = .array(
            adapted.frozen.parts.map { [.string($0.name), number(of: $0.memory, "frozen")] })
        if !adapted.frozen.turned.isEmpty {
            description["turned"] = .array(adapted.frozen.turned.sorted().map { .string($0) })
        }
        return .object(description)
    }
}

extension ValueReader {
    /// The architecture of a model with frozen weights.
    mutating func adapted(_ whole: any Architecture, _ node: JSONNode) throws -> Adapted {
        guard let base = whole as? Transformer else { throw node.error("belongs to a model that takes no adapters") }
        guard let storage = StorageType(rawValue: try node["storage"].string()) else {
            throw try node["storage"].error("is no type that weights are held in")
        }
        let parts = try node["parts"].elements().map { entry in
            (name: try Self.part(entry, 0).string(), memory: try tensor(try Self.part(entry, 1)))
        }
        let turned = try node.optional("turned")?.elements().map { try $0.string() } ?? []
        let frozen = try FrozenWeights(of: base, as: storage, parts: parts, turned: Set(turned))
        return try Adapted(base, frozen, node.optional("adapters").map { try LoRAConfiguration($0) })
    }
}
