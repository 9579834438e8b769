// A built-in function: declared once, and help, completion, argument checking and suggestions derive from it.

/// One parameter of a built-in function.
public struct Parameter {
    public enum Role: Sendable {
        /// What the function works on: given by position (or by name).
        case positional
        /// How it works: given by name only.
        case option
        /// All further positional arguments, as a list; at most one, after the positional ones.
        case rest
        /// All named arguments that no other parameter takes, as a record; at most one.
        case named
    }

    public let name: String
    public let role: Role
    /// What it takes.
    public let type: ParameterType
    /// The same in a user's words with its article: "a model", "a list of numbers", "a number from 0 to 1".
    public var expects: String { type.words }
    /// The value taken when none is given; nil when the argument must be given (a `rest` parameter may always be
    /// empty).
    public let defaultValue: Value?
    /// How the default is shown in help, where its value alone says too little.
    public let defaultText: String?
    /// The unit, such as "steps", "bytes", "nats".
    public let unit: String?
    /// One line of help.
    public let help: String

    /// A positional argument; with a default it may be left out.
    public static func positional(
        _ name: String, _ type: ParameterType, default defaultValue: Value? = nil, shown: String? = nil,
        unit: String? = nil, _ help: String = ""
    ) -> Parameter {
        Parameter(
            name: name, role: .positional, type: type, defaultValue: defaultValue, defaultText: shown, unit: unit,
            help: help)
    }

    /// An option `name=value`; `.nothing` as default means that it is not set.
    public static func option(
        _ name: String, _ type: ParameterType, default defaultValue: Value, shown: String? = nil, unit: String? = nil,
        _ help: String = ""
    ) -> Parameter {
        Parameter(
            name: name, role: .option, type: type, defaultValue: defaultValue, defaultText: shown, unit: unit,
            help: help)
    }

    /// All further positional arguments, read as a list.
    public static func rest(_ name: String, _ type: ParameterType, _ help: String = "") -> Parameter {
        Parameter(
            name: name, role: .rest, type: type, defaultValue: nil, defaultText: nil, unit: nil, help: help)
    }
}

extension Parameter {
    /// All named arguments that no other parameter takes, read as a record.
    public static func named(_ name: String, _ type: ParameterType, _ help: String = "") -> Parameter {
        Parameter(
            name: name, role: .named, type: type, defaultValue: .record([]), defaultText: nil, unit: nil, help: help)
    }
}

/// A built-in function as it is registered.
public final class Builtin {
    public let name: String
    /// The chapter of the manual: "lists", "optimizers", "losses".
    public let family: String
    public let parameters: [Parameter]
    /// One paragraph of help; the first sentence stands alone in lists.
    public let summary: String
    /// Runnable examples: programs whose `#>` lines are what they print. Tests run them.
    public let examples: [String]
    /// Names of related functions.
    public let seeAlso: [String]
    /// Whether it is mostly handed to others with its options set, so that `f()` is `f` with none of them set.
    public let isRecipe: Bool
    /// What it does.
    public let body: (Call) throws -> Value
    /// Looks at one option when an options-only call sets it, so that a wrong one is found there; throws a
    /// ``LanguageError``.
    public let check: ((_ option: String, _ value: Value) throws -> Void)?
    /// Where set, a plain number as only argument is answered by this, without making a ``Call``.
    public let ofNumber: ((Double) -> Double)?

    /// Where set, asked first with a call's only argument; nil where the body must be called. What it answers needs no
    /// session, takes no time, and is no number that a NaN or a derivative could go through.
    public let ofValue: ((Value) -> Value?)?
    /// The same for two arguments.
    public let ofValues: ((Value, Value) -> Value?)?

    /// Where set, what the function does with two records, done to the first of them: for `r = merge(r, more)`.
    public let mergesInto: ((inout Record, Record) -> Void)?

    /// Number of leading parameters that can be given by position, `rest` not counted.
    package let positionalCount: Int
    package let restIndex: Int?
    package let namedIndex: Int?
    /// Parameters whose types alone say what they take: numbers within limits, whole numbers, words, truth values.
    /// None where `check` looks at them.
    let limited: [Int]
    let indexOfName: [String: Int]
    let parameterNames: [String]

    public init(
        _ name: String, family: String, _ parameters: [Parameter] = [], summary: String, examples: [String] = [],
        seeAlso: [String] = [], isRecipe: Bool = false,
        check: ((_ option: String, _ value: Value) throws -> Void)? = nil,
        ofNumber: ((Double) -> Double)? = nil, ofValue: ((Value) -> Value?)? = nil,
        ofValues: ((Value, Value) -> Value?)? = nil,
        mergesInto: ((inout Record, Record) -> Void)? = nil,
        body: @escaping (Call) throws -> Value
    ) {
        self.name = name
        self.family = family
        self.parameters = parameters
        self.summary = summary
        self.examples = examples
        self.seeAlso = seeAlso
        self.isRecipe = isRecipe
        self.check = check
        self.ofNumber = ofNumber
        self.ofValue = ofValue
        self.ofValues = ofValues
        self.mergesInto = mergesInto
        self.body = body
        parameterNames = parameters.map(\.name)
        positionalCount = parameters.prefix { $0.role == .positional }.count
        restIndex = parameters.firstIndex { $0.role == .rest }
        namedIndex = parameters.firstIndex { $0.role == .named }
        limited = parameters.indices.filter {
            check == nil && [.positional, .option].contains(parameters[$0].role) && parameters[$0].type.isLimited
        }
        indexOfName = Dictionary(
            zip(parameters.map(\.name), parameters.indices), uniquingKeysWith: { first, _ in first })
    }

    /// `clip(x, low, high)`, with options as `name=default`.
    public var signature: String {
        let words = parameters.map { parameter in
            switch parameter.role {
            case .rest: "\(parameter.name)…"
            case .named: "\(parameter.name)=…"
            default:
                if let value = parameter.defaultValue {
                    "\(parameter.name)=\(parameter.defaultText ?? value.display)"
                } else {
                    parameter.name
                }
            }
        }
        return "\(name)(\(words.joined(separator: ", ")))"
    }
}
