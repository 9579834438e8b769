/// Settings of an optimizer or a solver, declared once: name, range, meaning; read and written by name.

/// Something a user chooses by name and adjusts by settings.
public protocol Configurable {
    /// The name users write.
    static var name: String { get }
    /// One paragraph for help: what it does, and the paper.
    static var summary: String { get }
    /// Everything a user can set, with ranges and meanings; defaults are those of `init()`.
    static var settings: [Setting<Self>] { get }

    init()
}

public enum SettingValue: Equatable, Sendable, CustomStringConvertible {
    case number(Double)
    case flag(Bool)
    case choice(String)

    public var description: String {
        switch self {
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
        case .flag(let flag): String(flag)
        case .choice(let choice): "\"\(choice)\""
        }
    }
}

/// The kind of values that a setting takes.
public enum SettingForm: Equatable, Sendable {
    case number
    /// A whole number from 1 on.
    case count
    /// A whole number within limits.
    case integer(ClosedRange<Int>)
    case flag
    case choice([String])
    case text
    /// A number, or one of some words that stand for a way to find it.
    case numberOr([String])
}

/// A number that a word can stand for: "auto".
public protocol NumberOrWord: Sendable {
    static var words: [String] { get }
    /// `nil` for a value that is neither a number that may stand here nor one of the words.
    init?(_ value: SettingValue)
    var setting: SettingValue { get }
}

/// One setting of `Root`.
public struct Setting<Root>: Sendable {
    public let name: String
    public let summary: String
    /// The kind of its values.
    public let form: SettingForm
    /// The values it takes, in words.
    public let range: String
    let get: @Sendable (Root) -> SettingValue
    /// Writes the value; `false` when it is of the wrong kind or out of range.
    let set: @Sendable (inout Root, SettingValue) -> Bool

    /// A number; `range` says in words what `allowed` accepts.
    public static func number(
        _ name: String, _ path: WritableKeyPath<Root, Double> & Sendable, _ summary: String,
        range: String = "0 or more",
        where allowed: @escaping @Sendable (Double) -> Bool = { $0 >= 0 && $0.isFinite }
    ) -> Setting {
        Setting(name: name, summary: summary, form: .number, range: range, get: { .number($0[keyPath: path]) }) {
            root, value in
            guard case .number(let number) = value, allowed(number) else { return false }
            root[keyPath: path] = number
            return true
        }
    }

    /// A number, or a word for a way to find it; `range` says in words which numbers.
    /// - Parameter words: those of the value's that may stand here.
    public static func number<Value: NumberOrWord>(
        _ name: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ summary: String, range: String = "0 or more",
        words: [String] = Value.words, where allowed: @escaping @Sendable (Value) -> Bool = { _ in true }
    ) -> Setting {
        let quoted = words.map { "\"\($0)\"" }.joined(separator: ", ")
        return Setting(
            name: name, summary: summary, form: .numberOr(words), range: "\(range), or \(quoted)",
            get: { $0[keyPath: path].setting }
        ) {
            root, value in
            if case .choice(let word) = value, !words.contains(word) { return false }
            guard let found = Value(value), allowed(found) else { return false }
            root[keyPath: path] = found
            return true
        }
    }

    /// The share of the past in a moving average.
    public static func average(
        _ name: String, _ path: WritableKeyPath<Root, Double> & Sendable, _ summary: String
    ) -> Setting {
        number(name, path, summary, range: "from 0 to below 1", where: { $0 >= 0 && $0 < 1 })
    }

    /// A whole number from 1 on.
    public static func count(
        _ name: String, _ path: WritableKeyPath<Root, Int> & Sendable, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, form: .count, range: "a whole number from 1 on",
            get: { .number(Double($0[keyPath: path])) }
        ) {
            root, value in
            guard case .number(let number) = value, let count = Int(exactly: number), count >= 1 else { return false }
            root[keyPath: path] = count
            return true
        }
    }

    /// A whole number within limits.
    public static func integer(
        _ name: String, _ path: WritableKeyPath<Root, Int> & Sendable, _ summary: String, in range: ClosedRange<Int>
    ) -> Setting {
        Setting(
            name: name, summary: summary, form: .integer(range),
            range: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            get: { .number(Double($0[keyPath: path])) }
        ) {
            root, value in
            guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
                return false
            }
            root[keyPath: path] = whole
            return true
        }
    }

    public static func flag(
        _ name: String, _ path: WritableKeyPath<Root, Bool> & Sendable, _ summary: String
    ) -> Setting {
        Setting(name: name, summary: summary, form: .flag, range: "true or false", get: { .flag($0[keyPath: path]) }) {
            root, value in
            guard case .flag(let flag) = value else { return false }
            root[keyPath: path] = flag
            return true
        }
    }

    /// Any text, such as a pattern of names; `range` says in words what it is.
    public static func text(
        _ name: String, _ path: WritableKeyPath<Root, String> & Sendable, _ summary: String, range: String = "a string"
    ) -> Setting {
        Setting(name: name, summary: summary, form: .text, range: range, get: { .choice($0[keyPath: path]) }) {
            root, value in
            guard case .choice(let text) = value else { return false }
            root[keyPath: path] = text
            return true
        }
    }

    /// One of the cases of an enumeration, by name.
    public static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: WritableKeyPath<Root, Choice> & Sendable, _ summary: String
    ) -> Setting {
        let words = Choice.allCases.map(\.rawValue)
        let range = "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
        return Setting(
            name: name, summary: summary, form: .choice(words), range: range,
            get: { .choice($0[keyPath: path].rawValue) }
        ) {
            root, value in
            guard case .choice(let text) = value, let choice = Choice(rawValue: text) else { return false }
            root[keyPath: path] = choice
            return true
        }
    }
}

/// A setting that does not exist, has the wrong kind, or is out of its range.
public struct SettingError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A setting without its owner's type: what help, completion and argument checks need.
public struct SettingDescription: Sendable {
    public let name: String
    public let defaultValue: SettingValue
    public let form: SettingForm
    public let range: String
    public let summary: String
}

extension Configurable {
    public static var describedSettings: [SettingDescription] {
        let fresh = Self()
        return settings.map {
            SettingDescription(
                name: $0.name, defaultValue: $0.get(fresh), form: $0.form, range: $0.range, summary: $0.summary)
        }
    }

    /// The settings' values, in the order declared.
    public var values: [(name: String, value: SettingValue)] { Self.settings.map { ($0.name, $0.get(self)) } }

    /// - Throws: when there is no such setting, or the value is of the wrong kind or out of range.
    public mutating func set(_ name: String, to value: SettingValue) throws {
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            throw SettingError(
                "\(Self.name) has no setting \(name); it has " + Self.settings.map(\.name).joined(separator: ", "))
        }
        guard setting.set(&self, value) else {
            throw SettingError("\(Self.name)'s \(name) must be \(setting.range), not \(value)")
        }
    }
}
