/// Reading and writing: models, texts, JSON, CSV, tensors.
import Files
import Autodiff
import Datasets
import Foundation
import Language
import LanguageModels
import Tensors

enum FileFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { models(engine) + reading(engine) + writing(engine) }

    private static func models(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "load", family: "files",
                [.positional("what", "a string", "a built-in model's name, a folder with a model, or a text file")],
                """
                A model or a text. Built in are the models "authors" (taught about all fictitious authors), \
                "authors-retain" and \
                "authors-retain-2" (taught without those to be forgotten, with two other seeds). A folder with \
                config.json and \
                model.safetensors is a Hugging Face model; a text file holds one document a line.
                """,
                examples: ["load(\"authors\").layers\n#> 2"], seeAlso: ["save", "authors", "generate"]
            ) { call in
                let name = try call.string("what")
                if let folder = BuiltInModels.folder(name) {
                    return .foreign(ModelValue(try LanguageModel.load(folder, on: engine.device)))
                }
                // What belongs to the session is no text for a model, whatever its bytes.
                for ending in [".ws", ".lethe"]
                where name.lowercased().hasSuffix(ending) && FileBytes.exists(name) && !FileBytes.isFolder(name) {
                    let what = ending == ".ws" ? "a saved workspace" : "a script"
                    throw LanguageError(
                        "`\(name)` is \(what), which is loaded into the session", note: "write :load \(name)",
                        at: .argument("what"))
                }
                if FileBytes.isFolder(name) {
                    return .foreign(ModelValue(try LanguageModel.load(name, on: engine.device)))
                }
                if FileBytes.exists(name) {
                    return .foreign(
                        ExamplesValue(try interruptible(engine.device.cancellation) { try TextSet.load(path: name) }))
                }
                if BuiltInModels.names.contains(name) {
                    throw LanguageError(
                        "the files of the built-in model `\(name)` are not beside the program",
                        advice: [
                            "keep the folder lethe_Vocabulary.resources where the program is, or start the program where it was built"
                        ],
                        at: .argument("what"))
                }
                let near = suggestion(for: name, among: BuiltInModels.names)
                throw LanguageError(
                    "there is no file or folder `\(name)`, and no built-in model of that name",
                    note: near.map { "did you mean \"\($0)\"?" },
                    advice: ["built in are: " + BuiltInModels.names.joined(separator: ", ")], at: .argument("what"))
            },
            .engine(
                "save", family: "files",
                [
                    .positional("model", "a model", "what to save"),
                    .positional("folder", "a string", "where; made if it does not exist"),
                    .option(
                        "dtype", "\"float32\", \"float16\" or \"bfloat16\"", default: "float32",
                        "how weights are written"),
                ],
                "Writes a model as a Hugging Face folder that transformers reads. Nothing is left half-written.",
                examples: [
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    save(m, "/tmp/lethe-example-model")
                    load("/tmp/lethe-example-model") == m
                    #> true
                    """
                ], seeAlso: ["load", "write_tensors"]
            ) { call in
                let model = try call.foreign("model", as: ModelValue.self).model
                let types: [String: ElementType] = ["float32": .float32, "float16": .float16, "bfloat16": .bfloat16]
                let type = try call.choice("dtype", ["float32", "float16", "bfloat16"])
                try model.save(to: call.string("folder"), as: types[type] ?? .float32)
                return .nothing
            },
        ]
    }

    private static func reading(_ engine: EngineContext) -> [Builtin] {
        let path = Parameter.positional("path", "a string", "the file")
        return [
            .engine(
                "read_text", family: "files", [path], "A file's text.",
                examples: [
                    "write_json([1, 2], \"/tmp/lethe-example-text.json\")\nlen(read_text(\"/tmp/lethe-example-text.json\")) > 0\n#> true"
                ],
                seeAlso: ["read_json"]
            ) { call in
                let path = try call.string("path")
                let bytes = try interruptible(engine.device.cancellation) { try FileBytes.read(path) }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw LanguageError("`\(path)` is not UTF-8 text", at: .argument("path"))
                }
                return .string(text)
            },
            .engine(
                "read_json", family: "files", [path],
                "A JSON file as records, lists, numbers, strings, true, false and nothing.",
                examples: [
                    "write_json((a=[1, 2]), \"/tmp/lethe-example-read.json\")\nread_json(\"/tmp/lethe-example-read.json\").a\n#> [1, 2]"
                ],
                seeAlso: ["write_json", "read_csv"]
            ) { call in
                let path = try call.string("path")
                return try value(
                    interruptible(engine.device.cancellation) { try JSON(parsing: FileBytes.read(path), origin: path) },
                    call)
            },
            .engine(
                "read_csv", family: "files", [path],
                "A CSV file with a header line as a record of columns: lists of numbers where every cell is one, else of strings.",
                examples: [
                    "# with a file of the lines  step,loss  1,2.5  2,2.25\nt = read_csv(\"/tmp/lethe-example.csv\")\nt.loss[-1]\n#> 2.25"
                ],
                seeAlso: ["read_json", "read_text"]
            ) { call in
                let path = try call.string("path")
                let (table, numbers) = try interruptible(engine.device.cancellation) {
                    let table = try CSVTable.load(path: path)
                    return (table, table.names.map { table.numbers($0) })
                }
                return .record(
                    try zip(table.names.indices, table.names).map { column, name in
                        let cells = table.columns[column]
                        return (
                            name,
                            try numbers[column].map { .list($0) }
                                ?? .list(call.interpreter.written(cells.count) { .string(cells[$0]) })
                        )
                    })
            },
            .engine(
                "read_tensors", family: "files", [path], "The tensors of a .safetensors file as a record.",
                examples: [
                    """
                    write_tensors((w=tensor([1, 2])), "/tmp/lethe-example-read.safetensors")
                    read_tensors("/tmp/lethe-example-read.safetensors").w
                    #> tensor [1, 2]
                    """
                ], seeAlso: ["write_tensors", "parameters"]
            ) { call in
                let file = try SafetensorsFile(call.string("path"))
                return .record(
                    try file.tensors.map { name, entry in
                        let tensor = try Tensor(shape: entry.shape, on: engine.device) { try file.read(name, into: $0) }
                        return (name, .foreign(TensorValue(tensor)))
                    })
            },
        ]
    }

    private static func writing(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "write_json", family: "files",
                [.positional("value", "a value"), .positional("path", "a string", "the file")],
                "Writes numbers, strings, lists, records and tensors as JSON, with every digit.",
                examples: [
                    "write_json([0.1, (name=\"Ines\")], \"/tmp/lethe-example-write.json\")\nread_json(\"/tmp/lethe-example-write.json\")[1].name\n#> \"Ines\""
                ],
                seeAlso: ["read_json"]
            ) { call in
                let json = try json(call.value("value"))
                try FileBytes.write(json.text(.pretty) + "\n", to: call.string("path"))
                return .nothing
            },
            .engine(
                "write_tensors", family: "files",
                [.positional("record", "a record of tensors"), .positional("path", "a string", "the file")],
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
                    return (name, variable.value)
                }
                try withExtendedLifetime(tensors) {
                    try SafetensorsFile.write(
                        tensors.map { name, tensor in
                            tensor.withElements { NamedTensor(name: name, shape: tensor.shape, values: $0) }
                        }, to: call.string("path"))
                }
                return .nothing
            },
        ]
    }

    private static func value(_ json: JSON, _ call: Call) throws -> Value {
        switch json {
        case .null: .nothing
        case .bool(let flag): .bool(flag)
        case .integer(let x): .number(Double(x))
        case .number(let x): .number(x)
        case .string(let text): .string(text)
        case .array(let items): .list(try call.interpreter.written(items.count) { try value(items[$0], call) })
        case .object(let fields): .record(try fields.map { ($0.key, try value($0.value, call)) })
        }
    }

    private static func json(_ value: Value) throws -> JSON {
        switch value {
        case .nothing: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let x):
            guard x.isFinite else { throw LanguageError("JSON knows no \(x)", at: .argument("value")) }
            return Int(exactly: x).map { .integer($0) } ?? .number(x)
        case .string(let text): return .string(text.string)
        case .list(let list): return .array(try list.writable().map(json))
        case .record(let record):
            return .object(NamedValues(try record.fields.map { ($0.name, try json($0.value)) }))
        case .foreign(let tensor as TensorValue): return try nested(tensor.tensor.elements[...], tensor.shape[...])
        case .foreign(let model as ModelValue):
            throw LanguageError("\(model.phrase) is written by save(model, folder)", at: .argument("value"))
        default: throw LanguageError("\(value.phrase) cannot be written as JSON", at: .argument("value"))
        }
    }

    private static func nested(_ elements: ArraySlice<Float>, _ shape: ArraySlice<Int>) throws -> JSON {
        guard let side = shape.first else { return try json(.number(Double(elements.first ?? 0))) }
        let width = side == 0 ? 0 : elements.count / side
        return .array(
            try (0..<side).map {
                try nested(
                    elements[(elements.startIndex + $0 * width)..<(elements.startIndex + ($0 + 1) * width)],
                    shape.dropFirst())
            })
    }
}

/// The models that come with the program, beside its executable.
enum BuiltInModels {
    static let names = ["authors", "authors-retain", "authors-retain-2"]

    static func folder(_ name: String) -> String? {
        guard names.contains(name) else { return nil }
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let place = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let folder = place.appendingPathComponent("lethe_Vocabulary.resources/BuiltIn/\(name)").path
        return FileBytes.isFolder(folder) ? folder : nil
    }
}
