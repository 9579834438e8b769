// A printed value as data for other programs, where JSON can hold it and it is not too long.
import Files
import Language
import Vocabulary

/// Makes JSON of a value's numbers, texts, lists and records.
struct ValueData {
    /// Items of the longest value that goes out as data; longer ones are asked for in parts.
    static let most = 10_000
    private static let deepest = 64

    private var room = Self.most

    /// Nil for what JSON has no words for (functions, models) and for what is too long.
    static func json(_ value: Value) -> JSON? {
        var data = ValueData()
        return data.json(value, depth: 0)
    }

    private mutating func json(_ value: Value, depth: Int) -> JSON? {
        room -= 1
        guard room >= 0, depth < Self.deepest else { return nil }
        switch value {
        case .nothing: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let x): return Self.json(x)
        case .string(let text):
            room -= text.string.utf8.count / 16
            return room >= 0 ? .string(text.string) : nil
        case .list(let list):
            guard list.count <= room else { return nil }
            var items: [JSON] = []
            for item in list {
                guard let item = json(item, depth: depth + 1) else { return nil }
                items.append(item)
            }
            return .array(items)
        case .record(let record):
            var fields = NamedValues<JSON>()
            for (name, value) in record.fields {
                guard let value = json(value, depth: depth + 1) else { return nil }
                fields[name] = value
            }
            return .object(fields)
        case .foreign(let tensor as TensorValue):
            let shape = tensor.shape
            guard shape.count <= 8, shape.allSatisfy({ $0 <= room }),
                shape.reduce(1.0, { $0 * Double(max($1, 1)) }) <= Double(room), let numbers = try? tensor.numbers
            else { return nil }
            return nested(numbers[...], shape[...])
        case .foreign(let foreign): return foreign.plain.flatMap { json($0, depth: depth + 1) }
        default: return nil
        }
    }

    private mutating func nested(_ numbers: ArraySlice<Double>, _ shape: ArraySlice<Int>) -> JSON? {
        room -= 1
        guard room >= 0 else { return nil }
        guard let side = shape.first else { return numbers.first.map(Self.json) }
        let width = side == 0 ? 0 : numbers.count / side
        var rows: [JSON] = []
        for row in 0..<side {
            let start = numbers.startIndex + row * width
            guard let row = nested(numbers[start..<(start + width)], shape.dropFirst()) else { return nil }
            rows.append(row)
        }
        return .array(rows)
    }

    /// A number; what JSON does not know is a string, as it is printed.
    private static func json(_ x: Double) -> JSON {
        guard x.isFinite else { return .string(x.isNaN ? "nan" : x < 0 ? "-inf" : "inf") }
        return Int(exactly: x).map { $0 == 0 && x.sign == .minus ? .number(x) : .integer($0) } ?? .number(x)
    }
}
