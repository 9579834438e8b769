/// GGUF files of llama.cpp in the language: models, tensors, and what they say of themselves.
import Autodiff
import Files
import Language
import LanguageModels
import Tensors

enum GGUFFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "read_metadata", family: "files", [.positional("path", .path, "a .gguf or .safetensors file")],
                """
                What a file of tensors says of itself, as a record: the keys of a GGUF file with its model's sizes, \
                tokens and chat template, or the texts of a safetensors file's `__metadata__`. Lists stay lists. A \
                whole number that no number here holds exactly comes as text.
                """,
                examples: [
                    """
                    write_tensors((w=tensor([1, 2])), "/tmp/lethe-example-metadata.safetensors")
                    read_metadata("/tmp/lethe-example-metadata.safetensors").format
                    #> "pt"
                    """
                ], seeAlso: ["read_tensors", "load"]
            ) { call in
                let path = try call.path("path", readBy: engine)
                guard FileKind(at: path) == .gguf else {
                    return .record(try SafetensorsFile(path).metadata.map { ($0.key, .string($0.value)) })
                }
                return .record(try GGUFFile(path).metadata.map { ($0.key, try value($0.value, call)) })
            }
        ]
    }

    private static func value(_ value: GGUFValue, _ call: Call) throws -> Value {
        switch value {
        case .bool(let x): return .bool(x)
        case .string(let text): return .string(text)
        case .array(let array):
            try call.interpreter.requireRoom(forItems: array.count)
            if array.kind != .bool, let numbers = array.exactNumbers { return .list(numbers) }
            return .list(try (0..<array.count).map { try self.value(array[$0], call) })
        case .uint64(let x): return Int(exactly: Double(x)) == Int(exactly: x) ? .number(Double(x)) : .string("\(x)")
        case .int64(let x): return Int(exactly: Double(x)) == Int(x) ? .number(Double(x)) : .string("\(x)")
        default: return .number(value.number ?? 0)
        }
    }

    /// The model in a file.
    static func load(_ path: String, _ engine: EngineContext, _ call: Call) throws -> ModelValue {
        let known = engine.catalogue
        let source = try GGUFModel(
            path, architectures: known.architectures, tokenizerSteps: known.tokenizerSteps)
        let model = try LanguageModel.load(source, as: storage(call), on: engine.device)
        for remark in source.remarks { call.host.warn("\(path): \(remark)") }
        return ModelValue(model)
    }

    /// Whether a path is read as a GGUF file: by what is in it, or by its name where that is of no known kind.
    static func isMeant(_ path: String) -> Bool {
        let kind = FileKind(at: path)
        return kind == .gguf || kind == nil && isFile(path) && FileBytes.isRegular(path)
    }

    /// Whether a model is to be saved as a file of that path, and not as a folder.
    static func isFile(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") && !FileBytes.isFolder(path) }

    /// Saves a model as a GGUF file.
    static func save(_ model: LanguageModel, _ path: String, _ engine: EngineContext, _ call: Call) throws {
        let names: [String: GGUFStorage] = [
            "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "f32": .float32, "f16": .float16,
            "bf16": .bfloat16, "q8_0": .q8_0,
        ]
        if let adapted = model.adapted, !adapted.adapters.isEmpty {
            throw LanguageError(
                "a GGUF file holds no adapters of Lethe's models",
                advice: ["write save(merge(m), \"\(path)\") for the whole model, or give a folder, which peft reads"],
                at: .argument("model"))
        }
        let storage = names[try call.choice("dtype")] ?? .float32
        var remarks: [String] = []
        try call.host.writing {
            remarks = try model.save(gguf: path, as: storage, among: engine.catalogue.tokenizerSteps)
        }
        for remark in remarks { call.host.warn("\(path): \(remark)") }
    }

    /// All tensors of a file as a record.
    static func tensors(_ path: String, _ engine: EngineContext, _ call: Call) throws -> Value {
        let file = try GGUFFile(path)
        return .record(try file.tensors.map { name, entry in (name, try tensor(name, entry, file, engine, call)) })
    }

    private static func tensor(
        _ name: String, _ entry: GGUFFile.Entry, _ file: GGUFFile, _ engine: EngineContext, _ call: Call
    ) throws -> Value {
        func unread(_ reason: String) -> Value {
            .foreign(UnreadTensorValue(reason, shape: entry.shape, typeName: entry.formatName))
        }
        if entry.format == nil { return unread("\(file.unreadable(name, entry))") }
        var misfit: (index: Int, text: String)?
        let tensor = try Tensor(shape: entry.shape, on: engine.device) { misfit = try file.readIfFits(name, into: $0) }
        if misfit == nil { return .foreign(TensorValue(tensor)) }
        try call.interpreter.requireRoom(forItems: entry.count)
        do {
            return try ReadingFunctions.nested(try file.doubles(name)[...], entry.shape[...])
        } catch {
            return unread("\(error)")
        }
    }
}

extension GGUFArray {
    /// Its elements as numbers that a double holds, where it has only such.
    fileprivate var exactNumbers: [Double]? {
        if kind == .uint64 || kind == .int64 {
            guard let whole = integers, whole.allSatisfy({ $0.magnitude <= 1 << 53 }) else { return nil }
        }
        return numbers
    }
}
