// The values of the language: small, immutable from the outside, copied by reference.

/// A value of the language: nine bytes, so that registers and lists of values stay dense.
///
/// Every payload but numbers and truth values is one reference. Lists and records copy on write, so a `Value` that has
/// been handed out never changes.
public enum Value {
    /// A number. There is one number type; whole numbers print without a fraction.
    case number(Double)
    /// `true` or `false`.
    case bool(Bool)
    /// A string of characters.
    case string(Text)
    /// An ordered sequence of values.
    case list(List)
    /// Named fields in order, such as `(mom=0, hess=0)`.
    case record(Record)
    /// A function: user-written, built-in, and any of them with options set.
    case function(Function)
    /// A value of another module: a tensor, a model, a data set.
    case foreign(Foreign)
    /// The absence of a value, written `nothing` or `none`.
    case nothing
}

extension Value {
    /// A string value.
    public static func string(_ text: String) -> Value { .string(Text(text)) }

    /// A list value.
    public static func list(_ items: [Value]) -> Value { .list(List(items)) }

    /// A list of numbers.
    @_disfavoredOverload
    public static func list(_ numbers: [Double]) -> Value { .list(List(numbers.map(Value.number))) }

    /// A record value with fields in the given order; a name that comes twice keeps its last value.
    public static func record(_ fields: [(String, Value)]) -> Value { .record(Record(fields)) }

    /// A whole number.
    public static func number(_ integer: Int) -> Value { .number(Double(integer)) }
}

extension Value: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(stringLiteral value: String) { self = .string(Text(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: Value...) { self = .list(List(elements)) }
    // There is none for `nil`: where a `Value?` is wanted, `flag ? nil : value` would then be the value `nothing`.
}

extension Value {
    /// The kind of value in a user's word: "number", "list", "function", or what a foreign value calls itself.
    public var kind: String {
        switch self {
        case .number: "number"
        case .bool: "truth value"
        case .string: "string"
        case .list: "list"
        case .record: "record"
        case .function: "function"
        case .foreign(let foreign): foreign.kind
        case .nothing: "nothing"
        }
    }

    /// The value in a few words for a sentence: "a tensor [32]", "the string \"adam\"", "2.5", "a list of 3".
    public var phrase: String {
        switch self {
        case .number(let x): formatNumber(x, digits: 6)
        case .bool(let b): b ? "true" : "false"
        case .string(let text): "the string " + quoted(clipped(text.prefix(200).string, to: 24))
        case .list(let list): list.isEmpty ? "an empty list" : "a list of \(list.count)"
        case .record(let record):
            record.isEmpty
                ? "an empty record"
                : "a record with " + record.keys.prefix(4).joined(separator: ", ")
                    + (record.count > 4 ? ", …" : "")
        case .function(let function): "the function \(function.name ?? "x -> …")"
        case .foreign(let foreign): foreign.phrase
        case .nothing: "nothing"
        }
    }

    public var number: Double? { if case .number(let x) = self { x } else { nil } }
    public var string: String? { if case .string(let text) = self { text.string } else { nil } }
    public var list: List? { if case .list(let list) = self { list } else { nil } }
    public var record: Record? { if case .record(let record) = self { record } else { nil } }
    public var function: Function? { if case .function(let function) = self { function } else { nil } }
    public var foreign: Foreign? { if case .foreign(let foreign) = self { foreign } else { nil } }
    public var isNothing: Bool { if case .nothing = self { true } else { false } }
}

/// "a model", "an optimizer": a noun with its indefinite article, unless it brings one or takes none.
public func withArticle(_ noun: String) -> String {
    guard let first = noun.unicodeScalars.first else { return noun }
    if noun == "nothing" || noun == "examples" || noun.hasPrefix("a ") || noun.hasPrefix("an ")
        || noun.hasPrefix("the ")
        || noun.hasPrefix("one ") || noun.hasPrefix("two ")
    {
        return noun
    }
    return ("aeiou".unicodeScalars.contains(first) ? "an " : "a ") + noun
}

/// `["a", "b", "c"]` → "a, b and c".
public func listed(_ words: [String], _ conjunction: String = "and") -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}
