/// Folders of adapters as `load` reads them.
import Files
import Language
import LanguageModels

enum AdapterFiles {
    /// The model with the adapters of a folder; nil for what is no such folder and has no base given.
    static func load(_ path: String, _ call: Call, _ engine: EngineContext) throws -> LanguageModel? {
        let given = try call.value("base")
        guard !given.isNothing || AdapterFolder.isAdapter(path) else { return nil }
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
        case .foreign(let value as ModelValue): return value.model
        case .string:
            let name = try call.path("base")
            if let builtIn = BuiltInModels.folder(name) { return try LanguageModel.load(builtIn, on: engine.device) }
            guard FileBytes.isFolder(name) else {
                throw LanguageError(
                    "there is no folder `\(name)`, and no built-in model of that name",
                    advice: ["give the folder of the model that the adapter was made for"], at: .argument("base"))
            }
            return try FileFunctions.model(in: name, call, engine)
        case .nothing:
            if let local = folder.localBase { return try FileFunctions.model(in: local, call, engine) }
            if let name = folder.baseName, let builtIn = BuiltInModels.folder(name) {
                return try LanguageModel.load(builtIn, on: engine.device)
            }
            let named = folder.baseName.map { "of the model \($0), which is not on this machine" } ?? "of some model"
            throw LanguageError(
                "`\(folder.path)` holds an adapter (peft) \(named)",
                advice: ["give it its model: load(\"\(folder.path)\", base=load(\"…\"))"], at: .argument("what"))
        default: throw call.wrong("base", given, mustBe: "a model, or the folder of one")
        }
    }
}
