/// Reading and writing: models, texts, JSON, CSV, tensors.
import Files
import Autodiff
import Datasets
import Foundation
import Language
import LanguageModels
import Tokenizers
import Tensors

enum FileFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        models(engine) + reading(engine) + GGUFFunctions.builtins(engine) + TextFiles.builtins(engine) + writing(engine)
    }

    private static func models(_ engine: EngineContext) -> [Builtin] {
        [
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
                if BuiltInModels.folder(name) == nil { try engine.filesRead?.read(name) }
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
                    try Self.refuse(file: name)
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
            },
            .engine(
                "save", family: "files",
                [
                    .positional("model", .model, "what to save"),
                    .positional(
                        "folder", .path, "where; made if it does not exist. A path that ends in .gguf is a file"),
                    .option(
                        "dtype",
                        .choice(["f32", "f16", "bf16", "q8_0", "float32", "float16", "bfloat16"]), default: "f32",
                        "how weights are written; q8_0, 8 bits with a scale for every 32 numbers, in GGUF files"),
                ],
                """
                Writes a model as a Hugging Face folder that transformers reads; of a model with adapters (lora) these \
                alone, as a folder that peft reads, and merge(m) gives the whole. A path that ends in .gguf makes a \
                GGUF file that llama.cpp reads, with its tokenizer and chat template; a model that has no form in GGUF \
                is refused with the reason; of a tokenizer llama.cpp leaves out only that it composes accents (NFC). \
                Nothing is left half-written.
                """,
                examples: [
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    save(m, "/tmp/lethe-example-model")
                    load("/tmp/lethe-example-model") == m
                    #> true
                    """
                ], seeAlso: ["load", "write_tensors"]
            ) { call in
                let value = try call.value("model")
                if (value.foreign as? ModelValue) == nil {
                    throw call.wrong(
                        "model", value, mustBe: "a model",
                        note: value.foreign?.hint(forField: "save")
                            ?? "write_json writes records and lists, write_tensors tensors, :save a session")
                }
                let model = try call.foreign("model", as: ModelValue.self).model
                guard model.prompting.system.isEmpty, model.prompting.examples.isEmpty else {
                    throw LanguageError(
                        """
                        a checkpoint has no place for this model's \
                        \(model.prompting.system.isEmpty ? "examples" : "system prompt")
                        """,
                        advice: [
                            "write save(with_template(m, \"tofu\"), …) for the weights alone, or :save f.ws for all of it"
                        ], at: .argument("model"))
                }
                let path = try call.path("folder", writtenBy: engine)
                func warnOfTemplate() {
                    let template = model.prompting.template
                    guard model.prompting != Prompting() else { return }
                    let name = PromptTemplates.all.contains { $0.name == template.name } ? "\"\(template.name)\"" : "…"
                    call.host.warn(
                        """
                        a checkpoint does not keep how its questions are asked; write with_template(load(…), \(name)) \
                        when it is read again
                        """)
                }
                if GGUFFunctions.isFile(path) {
                    try GGUFFunctions.save(model, path, engine, call)
                    warnOfTemplate()
                    return .nothing
                }
                let types: [String: ElementType] = [
                    "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "f32": .float32, "f16": .float16,
                    "bf16": .bfloat16,
                ]
                guard let type = types[try call.choice("dtype")] else {
                    throw LanguageError(
                        "a Hugging Face folder holds no weights of 8 bits",
                        advice: ["a path that ends in .gguf makes a GGUF file, which does"], at: .argument("dtype"))
                }
                try engine.writing { try model.save(to: path, as: type) }
                warnOfTemplate()
                return .nothing
            },
        ]
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

    private static func reading(_ engine: EngineContext) -> [Builtin] {
        let path = Parameter.positional("path", .path, "the file")
        return [
            .engine(
                "read_text", family: "files", [path], "A file's text.",
                examples: [
                    """
                    write_json([1, 2], "/tmp/lethe-example-text.json")
                    len(read_text("/tmp/lethe-example-text.json")) > 0
                    #> true
                    """
                ],
                seeAlso: ["read_json"]
            ) { call in
                let path = try call.path("path", readBy: engine)
                return .string(
                    try interruptible(engine.device.cancellation) {
                        // More than any string holds is not read only to be refused.
                        let bytes = try FileBytes.read(path, atMost: 1_000_000_000)
                        guard let text = String(validating: bytes, as: UTF8.self) else {
                            return try TextFile.text(bytes, path)
                        }
                        return text
                    })
            },
            .engine(
                "read_json", family: "files", [path],
                """
                A JSON file as records, lists, numbers, strings, true, false and nothing; a file of JSON lines as the \
                list of its values. NaN and Infinity are read as Python writes them. A whole number that no number \
                here holds exactly, such as 9007199254740993, is refused with its place.
                """,
                examples: [
                    """
                    write_json((a=[1, 2]), "/tmp/lethe-example-read.json")
                    read_json("/tmp/lethe-example-read.json").a
                    #> [1, 2]
                    """
                ],
                seeAlso: ["write_json", "read_csv"]
            ) { call in
                let path = try call.path("path", readBy: engine)
                // The bytes, and a tape of its parts that doubles as it grows.
                let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                if let size, size >= 1 << 22 { try call.interpreter.requireMemory(5 * size) }
                let tape = try interruptible(engine.device.cancellation) { try JSONTape.read(path) }
                if tape.loneSurrogates > 0 {
                    call.host.warn(
                        "`\(path)` holds half of a surrogate pair; it is read as U+FFFD, the replacement character")
                }
                // The values beside the text: 16 bytes each, and objects of their own for texts, arrays and records.
                if tape.count >= 1 << 16 { try call.interpreter.requireMemory(48 * tape.count + tape.textLength) }
                var values = JSONValues(tape, call.interpreter)
                return try values.value()
            },
            .engine(
                "read_tensors", family: "files", [path],
                """
                The tensors of a .safetensors or .gguf file as a record, those of a GGUF file widened from whatever \
                blocks they are stored in. Tensors are float32: whole numbers that it would \
                change, and float64 beyond its range, come as lists of numbers instead. A tensor that cannot be read \
                (8-bit floats, say) is an error only once it is used.
                """,
                examples: [
                    """
                    write_tensors((w=tensor([1, 2])), "/tmp/lethe-example-read.safetensors")
                    read_tensors("/tmp/lethe-example-read.safetensors").w
                    #> tensor [1, 2]
                    """
                ], seeAlso: ["write_tensors", "read_metadata", "parameters"]
            ) { call in
                let path = try call.path("path", readBy: engine)
                if GGUFFunctions.isMeant(path) { return try GGUFFunctions.tensors(path, engine, call) }
                let file = try SafetensorsFile(path)
                return .record(
                    try file.tensors.map { name, entry in (name, try tensor(name, entry, file, engine, call)) })
            },
        ]
    }

    /// One tensor of a file: float32, or lists of numbers that float32 does not hold, or what stands for one that is
    /// not read.
    private static func tensor(
        _ name: String, _ entry: SafetensorsFile.Entry, _ file: SafetensorsFile, _ engine: EngineContext, _ call: Call
    ) throws -> Value {
        if entry.type == nil {
            return .foreign(
                UnreadTensorValue("\(file.unreadable(name, entry))", shape: entry.shape, typeName: entry.typeName))
        }
        var misfit: (index: Int, text: String)?
        let tensor = try Tensor(shape: entry.shape, on: engine.device) { misfit = try file.readIfFits(name, into: $0) }
        if misfit == nil { return .foreign(TensorValue(tensor)) }
        try call.interpreter.requireRoom(forItems: entry.count)
        do {
            let numbers = try file.doubles(name)
            return try nested(numbers[...], entry.shape[...])
        } catch {
            return .foreign(UnreadTensorValue("\(error)", shape: entry.shape, typeName: entry.typeName))
        }
    }

    /// Numbers in row-major order as lists in lists.
    static func nested(_ numbers: ArraySlice<Double>, _ shape: ArraySlice<Int>) throws -> Value {
        guard let side = shape.first else { return .number(numbers.first ?? 0) }
        if shape.count == 1 { return .list(Array(numbers)) }
        let width = side == 0 ? 0 : numbers.count / side
        return .list(
            try (0..<side).map {
                let start = numbers.startIndex + $0 * width
                return try nested(numbers[start..<(start + width)], shape.dropFirst())
            })
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

    private static func writing(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "write_json", family: "files",
                [.positional("value", .value), .positional("path", .path, "the file")],
                "Writes numbers, strings, lists, records and tensors as JSON, with every digit.",
                examples: [
                    """
                    write_json([0.1, (name="Ines")], "/tmp/lethe-example-write.json")
                    read_json("/tmp/lethe-example-write.json")[1].name
                    #> "Ines"
                    """
                ],
                seeAlso: ["read_json"]
            ) { call in
                let path = try call.path("path", writtenBy: engine)
                try call.interpreter.requireRoom(toWrite: call.value("value"), "the file")
                let interpreter = call.interpreter, values = try call.value("value").writtenCount
                // A node for each value, and the text, which doubles as it grows.
                if values >= 65_536 { try interpreter.requireMemory(Int(100 * values)) }
                let json = try JSONValues.json(call.value("value"), poll: interpreter.poll)
                let text: String
                do { text = try json.text(.pretty, isStopped: { interpreter.isInterrupted }) + "\n" } catch {
                    try interpreter.pollNow()
                    throw error
                }
                try interpreter.pollNow()
                try engine.writing { try FileBytes.write(text, to: path) }
                return .nothing
            },
            .engine(
                "write_tensors", family: "files",
                [.positional("record", .record(of: .tensor)), .positional("path", .path, "the file")],
                "Writes a record of tensors as a .safetensors file.",
                examples: [
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    write_tensors(parameters(m), "/tmp/lethe-example-write.safetensors")
                    len(keys(read_tensors("/tmp/lethe-example-write.safetensors"))) == len(keys(parameters(m)))
                    #> true
                    """
                ], seeAlso: ["read_tensors", "save"]
            ) { call in
                let tensors = try call.record("record").fields.map { name, value -> (String, Tensor) in
                    guard let variable = try engine.variable(value) else {
                        throw LanguageError("`\(name)` is \(value.phrase), not a tensor", at: .argument("record"))
                    }
                    if let whole = try wholeNumberBeyondFloat32(value, call.interpreter.poll) {
                        throw LanguageError(
                            "`\(name)` holds \(formatNumber(whole, digits: 17)), which float32 does not hold exactly",
                            advice: ["write_json keeps it; tensor(…) takes the nearest"], at: .argument("record"))
                    }
                    return (name, variable.value)
                }
                let path = try call.path("path", writtenBy: engine)
                try withExtendedLifetime(tensors) {
                    let named = tensors.map { name, tensor in
                        tensor.withElements { NamedTensor(name: name, shape: tensor.shape, values: $0) }
                    }
                    try engine.writing { try SafetensorsFile.write(named, to: path) }
                }
                return .nothing
            },
        ]
    }
}

/// The first whole number in (lists of) numbers that a file of float32 would change; beyond 64 bits none is meant so.
private func wholeNumberBeyondFloat32(_ value: Value, _ poll: (Int) throws -> Void) throws -> Double? {
    switch value {
    case .number(let x):
        return x.magnitude <= 0x1p64 && x == x.rounded() && Double(Float(x)) != x ? x : nil
    case .list(let list):
        for (index, item) in try list.writable().enumerated() {
            try poll(index)
            if let found = try wholeNumberBeyondFloat32(item, poll) { return found }
        }
        return nil
    default: return nil
    }
}

/// The models that come with the program, beside its executable.
enum BuiltInModels {
    static let names = ["authors", "authors-retain", "authors-retain-2"]

    static func folder(_ name: String) -> String? {
        guard names.contains(name) else { return nil }
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments
            .first ?? "lethe"
        let place = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let folder = place.appendingPathComponent("lethe_Vocabulary.resources/BuiltIn/\(name)").path
        return FileBytes.isFolder(folder) ? folder : nil
    }
}
