/// JSON files as values of the language, and values as JSON.
import Glibc
import Files
import Language
import StandardLibrary

/// Makes values from a JSON text that was taken apart.
struct JSONValues {
    private let tape: JSONTape
    private let interpreter: Interpreter
    /// The shape of the last object at each depth, and the entries of its keys: the next one is mostly like it.
    private var shapes: [(keys: [Int], shape: Record.Shape)?] = []

    init(_ tape: JSONTape, _ interpreter: Interpreter) {
        self.tape = tape
        self.interpreter = interpreter
    }

    /// Arrays and objects made so far. The numbers of their entries are no turns: they may all be odd.
    private var turns = 0

    private mutating func poll() throws {
        turns &+= 1
        try interpreter.poll(turns)
    }

    /// The value of the whole text.
    /// - Throws: `JSONError` with the place of a whole number that a double would change.
    mutating func value() throws -> Value {
        try tape.withEntries { entries in
            var next = 0
            return try value(entries, &next, depth: 0)
        }
    }

    private mutating func value(_ entries: JSONTape.Entries, _ next: inout Int, depth: Int) throws -> Value {
        let entry = next
        next += 1
        switch entries.kind(entry) {
        case .null: return .nothing
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer:
            let whole = entries.integer(entry)
            guard whole.magnitude <= 1 << 53 || Int(exactly: Double(whole)) == whole else { throw inexact(entry) }
            return .number(Double(whole))
        case .number: return .number(entries.double(entry))
        case .wideInteger: throw inexact(entry)
        case .string, .escapedString: return .string(Text(utf8: entries.bytes(entry)))
        case .array:
            let count = entries.itemCount(entry)
            try interpreter.requireRoom(forItems: count)
            try poll()
            var items: [Value] = []
            items.reserveCapacity(count)
            for _ in 0..<count { items.append(try value(entries, &next, depth: depth + 1)) }
            return .list(items)
        case .object: return try record(entries, entry, &next, depth)
        }
    }

    private mutating func record(
        _ entries: JSONTape.Entries, _ entry: Int, _ next: inout Int, _ depth: Int
    ) throws -> Value {
        let count = entries.itemCount(entry)
        try poll()
        while shapes.count <= depth { shapes.append(nil) }
        let shape = shape(entries, next, count, depth)
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            next += 1
            values.append(try value(entries, &next, depth: depth + 1))
        }
        return .record(Record(shape, values: values))
    }

    /// The shape of the object whose first key is at that entry.
    private mutating func shape(_ entries: JSONTape.Entries, _ first: Int, _ count: Int, _ depth: Int) -> Record.Shape {
        if let known = shapes[depth], known.keys.count == count {
            var key = first, isSame = true
            for other in known.keys {
                guard JSONValues.isSame(entries.bytes(key), entries.bytes(other)) else {
                    isSame = false
                    break
                }
                key = entries.end(key + 1)
            }
            if isSame { return known.shape }
        }
        var keys: [Int] = [], key = first
        keys.reserveCapacity(count)
        for _ in 0..<count {
            keys.append(key)
            key = entries.end(key + 1)
        }
        let shape = Record.Shape(distinct: keys.map { entries.string($0) })
        shapes[depth] = (keys, shape)
        return shape
    }

    private static func isSame(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
            return a.count == b.count
        }
        return memcmp(first, second, a.count) == 0
    }

    private func inexact(_ entry: Int) -> JSONError {
        tape.error(
            entry,
            """
            the whole number \(clipped(tape.spelling(entry), to: 40)) is more than numbers here hold exactly; write it \
            as a string
            """
        )
    }
}

extension Value {
    /// The value that a JSON value stands for.
    init(_ json: JSON) {
        switch json {
        case .null: self = .nothing
        case .bool(let flag): self = .bool(flag)
        case .integer(let whole): self = .number(Double(whole))
        case .number(let x): self = .number(x)
        case .string(let text): self = .string(Text(text))
        case .array(let items): self = .list(items.map { Value($0) })
        case .object(let members): self = .record(members.map { ($0.key, Value($0.value)) })
        }
    }
}

extension JSONValues {
    /// A value as JSON.
    /// - Throws: `LanguageError` that names the part which JSON cannot hold, as in `log[1].loss`.
    /// - Parameter poll: is called with the number of each item, and may throw to stop.
    /// - Parameter keepsNonFinite: numbers that JSON does not know stay, for a writer that has words for them.
    static func json(_ value: Value, keepsNonFinite: Bool = false, poll: (Int) throws -> Void) throws -> JSON {
        try json(value, "", keepsNonFinite, poll)
    }

    private static func json(
        _ value: Value, _ path: String, _ keepsNonFinite: Bool, _ poll: (Int) throws -> Void
    ) throws -> JSON {
        func wrong(_ what: String, _ advice: String) -> LanguageError {
            LanguageError(
                (path.isEmpty ? "JSON knows no \(what)" : "`\(path)` is \(what), which JSON cannot hold"),
                advice: [advice], at: .argument("value"))
        }
        switch value {
        case .nothing: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let x):
            guard x.isFinite || keepsNonFinite else {
                throw wrong(formatNumber(x, digits: 4), "write `none` in its place, or a string")
            }
            return Int(exactly: x).map { $0 == 0 && x.sign == .minus ? .number(x) : .integer($0) } ?? .number(x)
        case .string(let text): return .string(text.string)
        case .list(let list):
            var items: [JSON] = []
            for (index, item) in try list.writable().enumerated() {
                try poll(index)
                items.append(try json(item, "\(path)[\(index)]", keepsNonFinite, poll))
            }
            return .array(items)
        case .record(let record):
            var fields = NamedValues<JSON>()
            for (name, value) in record.fields {
                fields[name] = try json(value, path.isEmpty ? name : "\(path).\(name)", keepsNonFinite, poll)
            }
            return .object(fields)
        case .foreign(let tensor as TensorValue):
            let shape = tensor.tensor.shape
            if TensorText.hasTooManyEmptyRows(shape) {
                throw LanguageError(
                    (path.isEmpty ? "" : "`\(path)`: ")
                        + "a tensor \(shape) has no elements, and too many empty rows to be written as JSON",
                    at: .argument("value"))
            }
            // Lists do not tell what lies behind an axis of 0.
            if shape.dropLast().contains(0) {
                throw LanguageError(
                    (path.isEmpty ? "" : "`\(path)`: ") + "a tensor \(shape) would lose its shape in JSON",
                    advice: ["write_tensors keeps it"], at: .argument("value"))
            }
            return try nested(tensor.tensor.elements[...], tensor.tensor.shape[...], path, keepsNonFinite, poll)
        case .foreign(let table as TableValue) where table.rowCount == 0 && !table.names.isEmpty:
            throw LanguageError(
                (path.isEmpty ? "" : "`\(path)`: ")
                    + "a table without rows would lose the names of its columns in JSON",
                advice: ["write_csv keeps them", "write `[]` in its place"], at: .argument("value"))
        case .foreign(let foreign) where foreign.plain != nil:
            return try json(foreign.plain ?? .nothing, path, keepsNonFinite, poll)
        case .foreign(let model as ModelValue):
            throw LanguageError(
                (path.isEmpty ? "" : "`\(path)`: ") + "\(model.phrase) is written by save(model, folder)",
                at: .argument("value"))
        default:
            throw LanguageError(
                (path.isEmpty ? "" : "`\(path)`: ") + "\(value.phrase) cannot be written as JSON",
                at: .argument("value"))
        }
    }

    private static func nested(
        _ elements: ArraySlice<Float>, _ shape: ArraySlice<Int>, _ path: String, _ keepsNonFinite: Bool,
        _ poll: (Int) throws -> Void
    ) throws -> JSON {
        guard let side = shape.first else {
            return try json(.number(Double(elements.first ?? 0)), path, keepsNonFinite, poll)
        }
        let width = side == 0 ? 0 : elements.count / side
        return .array(
            try (0..<side).map {
                try poll($0)
                let start = elements.startIndex + $0 * width
                return try nested(
                    elements[start..<(start + width)], shape.dropFirst(), "\(path)[\($0)]", keepsNonFinite,
                    poll)
            })
    }
}
