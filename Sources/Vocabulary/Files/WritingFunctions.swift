/// Writing JSON and tensors.
import Autodiff
import Files
import Language
import Tensors

enum WritingFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
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
                try call.host.writing { try FileBytes.write(text, to: path) }
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
                    try call.host.writing { try SafetensorsFile.write(named, to: path) }
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
