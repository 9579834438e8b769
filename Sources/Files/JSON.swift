// A JSON value with ordered keys and exact integers.

/// A JSON value. Objects keep the order of their keys, and whole numbers that fit in 64 bits stay exact.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// A number written without fraction or exponent that fits in 64 bits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(NamedValues<JSON>)
}

extension JSON: Equatable {
    /// Texts are equal where their Unicode scalars are.
    public static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.integer(let x), .integer(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.string(let x), .string(let y)): x.isSpelled(y)
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x == y
        default: false
        }
    }
}

extension JSON {
    /// The text, if this is a string.
    public var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The whole number, if this is one; `3.0` counts as 3.
    public var integer: Int? {
        switch self {
        case .integer(let value): return value
        case .number(let value): return Int(exactly: value)
        default: return nil
        }
    }

    /// The number, if this is one.
    public var number: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        default: return nil
        }
    }

    /// The truth value, if this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The elements, if this is an array.
    public var array: [JSON]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members, if this is an object.
    public var object: NamedValues<JSON>? {
        if case .object(let members) = self { return members }
        return nil
    }

    /// The member of that name, if this is an object that has one.
    public subscript(key: String) -> JSON? {
        if case .object(let members) = self { return members[key] }
        return nil
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// What this is, with its article, for messages: "a string", "an object".
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Where a key repeats, the last value stays.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(NamedValues(elements))
    }
}

/// What is wrong with a JSON text or value: where, and what was expected.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file (or other origin) as the user named it.
    public var origin: String?
    /// Line and column of a mistake in the text, counted from 1; nil for a mistake in a value.
    public var position: (line: Int, column: Int)?
    /// What is wrong, and what to do.
    public var message: String

    public init(origin: String? = nil, position: (line: Int, column: Int)? = nil, message: String) {
        self.origin = origin
        self.position = position
        self.message = message
    }

    public var description: String {
        let place = position.map { origin == nil ? "line \($0.line), column \($0.column)" : "\($0.line):\($0.column)" }
        let prefix = [origin, place].compactMap { $0 }.joined(separator: ":")
        return prefix.isEmpty ? message : "\(prefix): \(message)"
    }

    public static func == (a: JSONError, b: JSONError) -> Bool { a.description == b.description }
}
