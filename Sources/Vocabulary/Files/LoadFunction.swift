/// `load`: a model from wherever it lies, or a text.
import Datasets
import Files
import Language
import LanguageModels

enum LoadFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "load", family: "files",
            [
                .positional(
                    "what", .path(or: BuiltInModels.names),
                    "a built-in model's name, a folder with a model, a .gguf file, or a text file"),
                .option(
                    "base", .either(.model, .path(or: BuiltInModels.names)), default: .nothing,
                    shown: "what the adapter names", "the model that a folder of adapters belongs to"),
                storageOption,
            ],
            """
            A model or a text. Built in are the models "authors" (taught about all fictitious authors), \
            "authors-retain" and "authors-retain-2" (taught without those to be forgotten, with two other seeds). \
            A folder with config.json and model.safetensors is a Hugging Face model; one with adapter_config.json \
            holds adapters of low rank that peft saved, which are put beside the weights of their model; a .gguf \
            file is a model of llama.cpp, with its tokenizer and chat template, whatever blocks its weights are \
            stored in; a text file holds one document a line. With storage="bf16", "f16" or "q8" the weights stay \
            in fewer bits and are frozen: such a model answers, is measured and serves as a reference, and lora(m) \
            puts adapters beside it that learn. Memory: f32 takes 4 bytes a weight, bf16 and f16 2, q8 1.06; a run \
            takes 16 bytes more for each weight that moves, and what the batch's activations need.
            """,
            examples: ["load(\"authors\").layers\n#> 2"], seeAlso: ["save", "authors", "generate"]
        ) { call in
            let name = try call.path("what")
            if BuiltInModels.folder(name) == nil { try engine.read(name, at: .argument("what")) }
            if let model = try AdapterFiles.load(name, call, engine) { return .foreign(ModelValue(model)) }
            let storage = try storage(call)
            if let folder = BuiltInModels.folder(name) {
                return .foreign(
                    ModelValue(
                        try LanguageModel.load(CheckpointFolder(folder), as: storage, on: engine.device)))
            }
            // What belongs to the session is no text for a model, whatever its bytes.
            for (ending, what) in [(".ws", "a saved workspace"), (".lethe", "a script")]
            where name.lowercased().hasSuffix(ending) && !FileBytes.isFolder(name) {
                guard FileBytes.exists(name) else {
                    if FileBytes.brokenLink(name) != nil { break }
                    throw LanguageError(
                        "there is no file `\(name)`",
                        advice: ["\(what) is loaded into the session with :load \(name), once it is there"],
                        at: .argument("what"))
                }
                throw LanguageError(
                    "`\(name)` is \(what), which is loaded into the session", note: "write :load \(name)",
                    at: .argument("what"))
            }
            if FileBytes.isFolder(name) { return .foreign(ModelValue(try model(in: name, call, engine))) }
            if GGUFFunctions.isMeant(name) { return .foreign(try GGUFFunctions.load(name, engine, call)) }
            if FileBytes.exists(name) {
                try refuse(file: name)
                return .foreign(
                    ExamplesValue(try interruptible(engine.device.cancellation) { try TextSet.load(path: name) }))
            }
            if BuiltInModels.names.contains(name) {
                throw LanguageError(
                    "the files of the built-in model `\(name)` are not beside the program",
                    advice: [
                        """
                        keep the folder lethe_Vocabulary.resources where the program is, or start the program \
                        where it was built
                        """
                    ],
                    at: .argument("what"))
            }
            if let target = FileBytes.brokenLink(name) {
                throw LanguageError(
                    "`\(name)` is a link to `\(target)`, which is not there",
                    advice: ["copy what it should lead to (cp -L follows links), or make the link again"],
                    at: .argument("what"))
            }
            let near = suggestion(for: name, among: BuiltInModels.names), given = try call.string("what")
            throw LanguageError(
                """
                there is no file or folder `\(name)`\(given == name ? "" : " (`~` is the home folder)"), and no \
                built-in model of that name
                """,
                note: near.map { "did you mean \"\($0)\"?" },
                advice: ["built in are: " + BuiltInModels.names.joined(separator: ", ")], at: .argument("what"))
        }
    }

    /// The model in a folder, with warnings of what was left out.
    static func model(in folder: String, _ call: Call, _ engine: EngineContext) throws -> LanguageModel {
        let known = engine.catalogue
        let opened = try CheckpointFolder(
            folder, architectures: known.architectures, tokenizerSteps: known.tokenizerSteps)
        let model = try LanguageModel.load(opened, as: storage(call), on: engine.device)
        for remark in try opened.remarks(on: model.wholeArchitecture) { call.host.warn("\(folder): \(remark)") }
        return model
    }

    /// Says what a file is that is neither a text nor a folder with a model.
    private static func refuse(file name: String) throws {
        guard let kind = FileKind(at: name) else {
            let lower = name.lowercased()
            if lower.hasSuffix("/config.json") || lower == "config.json" {
                throw LanguageError(
                    "`\(name)` describes a model", advice: ["give the folder that it lies in"], at: .argument("what"))
            }
            if lower.hasSuffix(".lethe") {
                throw LanguageError(
                    "`\(name)` is a script", advice: ["`:load \(name)` runs it here"], at: .argument("what"))
            }
            return
        }
        throw LanguageError(
            "`\(name)` is \(kind.phrase); load takes a folder with a model, or a text file",
            advice: [kind.advice(for: name)], at: .argument("what"))
    }
}
