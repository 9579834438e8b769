/// JSON files as values of the language, and values as JSON.
import Language
import LanguageModels

/// Makes values from a JSON text that was taken apart.
struct JSONValues {
    private let tape: JSONTape
    private let interpreter: Interpreter

    init(_ tape: JSONTape, _ interpreter: Interpreter) {
        self.tape = tape
        self.interpreter = interpreter
    }

    /// The value of the whole text.
    /// - Throws: `JSONError` with the place of a whole number that a double would change.
    func value() throws -> Value { try value(0) }

    private func value(_ entry: Int) throws -> Value {
        try interpreter.poll(entry)
        switch tape.kind(entry) {
        case .null: return .nothing
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer:
            let whole = tape.integer(entry)
            guard whole.magnitude <= 1 << 53 || Int(exactly: Double(whole)) == whole else { throw inexact(entry) }
            return .number(Double(whole))
        case .number: return .number(tape.double(entry))
        case .wideInteger: throw inexact(entry)
        case .string, .escapedString: return .string(tape.string(entry))
        case .array:
            let count = tape.itemCount(entry)
            try interpreter.requireRoom(forItems: count)
            var items: [Value] = [], next = entry + 1
            items.reserveCapacity(count)
            for _ in 0..<count {
                items.append(try value(next))
                next = tape.end(next)
            }
            return .list(items)
        case .object:
            let count = tape.itemCount(entry)
            var fields: [(String, Value)] = [], next = entry + 1
            fields.reserveCapacity(count)
            for _ in 0..<count {
                fields.append((tape.string(next), try value(next + 1)))
                next = tape.end(next + 1)
            }
            return .record(fields)
        }
    }

    private func inexact(_ entry: Int) -> JSONError {
        tape.error(entry, "the whole number \(clipped(tape.spelling(entry), to: 40)) is more than numbers here hold exactly; write it as a string")
    }
}

extension JSONValues {
    /// A value as JSON.
    /// - Throws: `Complaint` that names the part which JSON cannot hold, as in `log[1].loss`.
    static func json(_ value: Value) throws -> JSON { try json(value, "") }

    private static func json(_ value: Value, _ path: String) throws -> JSON {
        func wrong(_ what: String, _ advice: String) -> Complaint {
            Complaint((path.isEmpty ? "JSON knows no \(what)" : "`\(path)` is \(what), which JSON cannot hold"), advice: [advice], at: .argument("value"))
        }
        switch value {
        case .nothing: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let x):
            guard x.isFinite else { throw wrong(formatNumber(x, digits: 4), "write `none` in its place, or a string") }
            return Int(exactly: x).map { $0 == 0 && x.sign == .minus ? .number(x) : .integer($0) } ?? .number(x)
        case .string(let text): return .string(text.string)
        case .list(let list):
            var items: [JSON] = []
            for (index, item) in try list.writable().enumerated() { items.append(try json(item, "\(path)[\(index)]")) }
            return .array(items)
        case .record(let record):
            var fields = NamedValues<JSON>()
            for (name, value) in record.fields { fields[name] = try json(value, path.isEmpty ? name : "\(path).\(name)") }
            return .object(fields)
        case .foreign(let tensor as TensorValue): return try nested(tensor.tensor.elements[...], tensor.tensor.shape[...], path)
        case .foreign(let model as ModelValue):
            throw Complaint((path.isEmpty ? "" : "`\(path)`: ") + "\(model.phrase) is written by save(model, folder)", at: .argument("value"))
        default:
            throw Complaint((path.isEmpty ? "" : "`\(path)`: ") + "\(value.phrase) cannot be written as JSON", at: .argument("value"))
        }
    }

    private static func nested(_ elements: ArraySlice<Float>, _ shape: ArraySlice<Int>, _ path: String) throws -> JSON {
        guard let side = shape.first else { return try json(.number(Double(elements.first ?? 0)), path) }
        let width = side == 0 ? 0 : elements.count / side
        return .array(try (0..<side).map {
            let start = elements.startIndex + $0 * width
            return try nested(elements[start..<(start + width)], shape.dropFirst(), "\(path)[\($0)]")
        })
    }
}
