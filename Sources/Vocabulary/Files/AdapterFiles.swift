/// Folders of adapters as `load` reads them.
import Files
import Language
import LanguageModels
import Tensors

enum AdapterFiles {
    /// The model with the adapters of a folder; nil for what is no such folder and has no base given.
    static func load(_ path: String, _ call: Call, _ engine: EngineContext) throws -> LanguageModel? {
        let given = try call.value("base")
        guard !given.isNothing || AdapterFolder.isAdapter(path) else { return nil }
        if given.isNothing { try checkBase(of: path) }
        let folder = try AdapterFolder(path)
        for remark in folder.remarks { call.host.warn("\(path): \(remark)") }
        do {
            return try folder.model(on: base(given, of: folder, call, engine))
        } catch let error as AdapterError {
            throw LanguageError("\(error)", at: .argument("base"))
        }
    }

    private static func base(
        _ given: Value, of folder: AdapterFolder, _ call: Call, _ engine: EngineContext
    ) throws -> LanguageModel {
        switch given {
        case .foreign(let value as ModelValue):
            guard !call.isGiven("storage") else {
                throw LanguageError(
                    "`storage` says how a folder's weights are held, and `base` is a model already",
                    advice: ["load the base with storage=, or give its folder as base="], at: .argument("storage"))
            }
            return value.model
        case .string:
            let name = try call.path("base")
            if BuiltInModels.folder(name) == nil { try engine.read(name, at: .argument("base")) }
            if let place = BuiltInModels.folder(name) { return try LoadFunction.model(in: place, call, engine) }
            if FileKind(at: name) == .gguf { return try GGUFFunctions.load(name, engine, call).model }
            guard FileBytes.isFolder(name) else {
                throw LanguageError(
                    "there is no folder `\(name)`, and no built-in model of that name",
                    advice: ["give the folder or the GGUF file of the model that the adapter was made for"],
                    at: .argument("base"))
            }
            return try LoadFunction.model(in: name, call, engine)
        case .nothing:
            guard let place = builtIn(folder.baseName) ?? folder.localBase else {
                throw missing(folder.baseName, path: folder.path)
            }
            if builtIn(folder.baseName) == nil { try engine.read(place, at: .argument("base")) }
            return try LoadFunction.model(in: place, call, engine)
        default: throw call.wrong("base", given, mustBe: "a model, or the folder of one")
        }
    }

    /// That the model is known that an adapter belongs to, whatever else is in its configuration.
    private static func checkBase(of path: String) throws {
        let name = try AdapterFolder.baseName(of: path)
        guard builtIn(name) == nil, AdapterFolder.localBase(name, of: path) == nil else { return }
        throw missing(name, path: path)
    }

    private static func builtIn(_ name: String?) -> String? { name.flatMap(BuiltInModels.folder) }

    private static func missing(_ name: String?, path: String) -> LanguageError {
        let named = name.map { "of the model \($0), which is not on this machine" } ?? "and does not say of which model"
        return LanguageError(
            "`\(path)` holds an adapter (peft) \(named)",
            advice: ["give it its model: load(\"\(path)\", base=load(\"…\"))"], at: .argument("what"))
    }
}

/// How a model's weights are held.
var storageOption: Parameter {
    .option(
        "storage", .choice(StorageType.allCases.map(\.rawValue)), default: "f32",
        "how weights are held; in other types than f32 they are frozen")
}

/// What `storageOption` says.
func storage(_ call: Call) throws -> StorageType { StorageType(rawValue: try call.choice("storage")) ?? .float32 }
