/// Reading texts, JSON and tensors.
import Files
import Foundation
import Language
import Tensors

enum ReadingFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
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
}
