// What a parameter of a built-in takes. Argument checks, the words of errors and help, completion and the manual derive
// from it.

/// The type of a parameter.
///
/// Types for values of other modules (a model, a loss) are made where these are known, by `kind(_:family:accepts:)` in
/// an extension.
public struct ParameterType: Sendable {
    /// What tells types apart.
    public enum Form: Sendable {
        /// Whatever the words say; the function itself looks at it.
        case described
        case number(ClosedRange<Double>)
        /// A whole number.
        case count(ClosedRange<Int>)
        case flag
        case string
        /// The name of a file or folder.
        case path
        case choice([String])
        case list
        case record
        case function
        /// A value that the test knows; `family` names the built-ins that fit.
        case kind(family: String?, accepts: @Sendable (Value) -> Bool)
        case either
    }

    /// In a user's words with its article: "a model", "a number from 0 to 1", "\"L\" or \"1\"".
    public let words: String
    /// Several of them: "models", "numbers".
    public let plural: String
    public let form: Form
    /// The types that `either` was made of; of any other type itself.
    public var alternatives: [ParameterType] { parts.isEmpty ? [self] : parts }
    private let parts: [ParameterType]
    /// Names that stand for themselves between braces in a string written as the argument: `{question}` is the place of
    /// a question there, not the value of a variable.
    public private(set) var places: [String] = []

    private init(_ words: String, plural: String? = nil, _ form: Form, parts: [ParameterType] = []) {
        self.words = words
        self.plural = plural ?? words
        self.form = form
        self.parts = parts
    }
}

extension ParameterType {
    public static let value = ParameterType("a value", plural: "values", .described)
    public static let number = ParameterType("a number", plural: "numbers", .number(-.infinity ... .infinity))
    public static let count = ParameterType("a whole number", plural: "whole numbers", .count(.min ... .max))
    public static let flag = ParameterType("true or false", plural: "truth values", .flag)
    public static let string = ParameterType("a string", plural: "strings", .string)
    /// The name of a file or folder.
    public static let path = ParameterType("a string", plural: "strings", .path)
    public static let list = ParameterType("a list", plural: "lists", .list)
    public static let record = ParameterType("a record", plural: "records", .record)
    public static let function = ParameterType("a function", plural: "functions", .function)

    /// What only words describe; the function itself looks at it.
    public static func described(_ words: String) -> ParameterType { ParameterType(words, .described) }

    /// A string that stands for something: "a question".
    public static func text(_ words: String) -> ParameterType { ParameterType(words, .string) }

    /// A text with places of its own, see ``places``.
    public static func text(withPlaces places: [String]) -> ParameterType {
        var type = string
        type.places = places
        return type
    }

    public static func number(in range: ClosedRange<Double>) -> ParameterType {
        ParameterType("a number" + bounds(range), plural: "numbers", .number(range))
    }

    /// A number of which words say what it may be, and the function itself looks.
    public static func number(described words: String) -> ParameterType {
        ParameterType(words, .number(-.infinity ... .infinity))
    }

    /// A whole number within limits.
    public static func count(min: Int = .min, max: Int = .max) -> ParameterType {
        // Limits that only keep memory and time in bounds are told to who meets them.
        let shown = Double(min == .min ? -.infinity : Double(min))...(max >= 1_000_000 ? .infinity : Double(max))
        return ParameterType(
            "a whole number" + bounds(shown), plural: "whole numbers", .count(min...Swift.max(min, max)))
    }

    /// One of some words; the empty one, where it is among them, stands for none.
    public static func choice(_ words: [String]) -> ParameterType {
        ParameterType(listed(words.filter { !$0.isEmpty }.map { "\"\($0)\"" }, "or"), .choice(words))
    }

    /// A list of what another type takes.
    public static func list(of item: ParameterType) -> ParameterType {
        ParameterType("a list of \(item.plural)", plural: "lists of \(item.plural)", .list)
    }

    /// A record of what another type takes.
    public static func record(of item: ParameterType) -> ParameterType {
        ParameterType("a record of \(item.plural)", plural: "records of \(item.plural)", .record)
    }

    /// A function of what the words say: "a point [x, y]".
    public static func function(of words: String) -> ParameterType {
        ParameterType("a function of \(words)", plural: "functions of \(words)", .function)
    }

    /// The name of a file or folder, or one of some names that stand for something else.
    public static func path(or names: [String]) -> ParameterType {
        ParameterType(path.words, plural: path.plural, .either, parts: [path, choice(names)])
    }

    /// A value of another module.
    /// - Parameter family: the chapter of the built-ins that are such values, for completion.
    public static func kind(
        _ words: String, _ plural: String, family: String? = nil, accepts: @escaping @Sendable (Value) -> Bool
    ) -> ParameterType {
        ParameterType(words, plural: plural, .kind(family: family, accepts: accepts))
    }

    /// Any of several types.
    public static func either(_ types: ParameterType...) -> ParameterType {
        ParameterType(
            listed(types.map(\.words), "or"), plural: listed(types.map(\.plural), "or"), .either,
            parts: types.flatMap(\.alternatives))
    }
}

extension ParameterType {
    /// Whether the words are more than a noun, so that a sentence sets them apart.
    var isCompound: Bool { words.contains(",") || words.contains(" or ") }

    /// The words that it offers to choose from.
    public var choices: [String] { allChoices.filter { !$0.isEmpty } }

    /// The same with the empty one, where it is among them.
    var allChoices: [String] {
        alternatives.flatMap { type -> [String] in
            if case .choice(let words) = type.form { return words }
            return []
        }
    }

    /// Whether true and false are among its values.
    public var takesFlag: Bool { alternatives.contains { if case .flag = $0.form { true } else { false } } }

    /// Whether a string is among its values.
    public var takesText: Bool {
        alternatives.contains {
            switch $0.form {
            case .string, .path, .choice: true
            default: false
            }
        }
    }

    /// Whether the name of a file is among its values.
    public var takesPath: Bool { alternatives.contains { if case .path = $0.form { true } else { false } } }

    /// The chapter of the built-ins that fit: losses where a loss is taken.
    public var family: String? {
        for case .kind(let family?, _) in alternatives.map(\.form) { return family }
        return nil
    }

    /// The limits of its numbers.
    var numberRange: ClosedRange<Double>? {
        for case .number(let range) in alternatives.map(\.form) { return range }
        return nil
    }

    /// The limits of its whole numbers.
    var countRange: ClosedRange<Int>? {
        for case .count(let range) in alternatives.map(\.form) { return range }
        return nil
    }

    private static func number(_ value: Value) -> Double? { (try? value.asNumber) ?? nil }

    /// Whether the type alone says what it takes, without a look into other modules' values.
    package var isPlain: Bool {
        switch form {
        case .number, .count, .flag, .string, .path, .choice: true
        default: false
        }
    }

    /// Whether it is plain and does not take every value of its kind.
    var isLimited: Bool {
        switch form {
        case .number(let range): range != -.infinity ... .infinity
        case .count, .flag, .choice: true
        default: false
        }
    }

    /// Whether only values of the language itself are taken: text, numbers, lists, records, functions.
    public var takesOnlyPlainValues: Bool {
        alternatives.allSatisfy {
            switch $0.form {
            case .list, .record, .function: true
            default: $0.isPlain
            }
        }
    }

    /// What an argument must be that the type does not take, in words; nil when it takes it, or only the function can
    /// tell.
    package func misfit(_ value: Value) -> String? {
        switch form {
        case .described, .either: return parts.isEmpty || parts.contains { $0.misfit(value) == nil } ? nil : words
        case .number(let range):
            guard let x = Self.number(value) else { return "a number" }
            return x.isNaN || range.contains(x) ? nil : words
        case .count(let range):
            guard let x = Self.number(value), let count = Int(exactly: x) else { return "a whole number" }
            return count < range.lowerBound
                ? "at least \(range.lowerBound)" : count > range.upperBound ? "at most \(range.upperBound)" : nil
        case .flag: if case .bool = value { return nil }
        case .string, .path: if case .string = value { return nil }
        case .choice(let words): if case .string(let text) = value, words.contains(text.string) { return nil }
        case .list: if case .list = value { return nil }
        case .record: if case .record = value { return nil }
        case .function: if case .function = value { return nil }
        case .kind(_, let accepts): if accepts(value) { return nil }
        }
        return words
    }
}

private func bounds(_ range: ClosedRange<Double>) -> String {
    if range.lowerBound == -.infinity, range.upperBound == .infinity { return "" }
    return " " + boundsPhrase(range)
}
