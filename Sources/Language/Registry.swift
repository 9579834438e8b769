// The set of built-in functions an interpreter knows.

/// Built-in functions and constants by name. Values, not singletons: each interpreter is given its own.
public struct Registry {
    private var builtinsByName: [String: Builtin] = [:]
    /// Built-ins in the order they were registered.
    public private(set) var builtins: [Builtin] = []
    /// Names under which a built-in replaced another one, which is then out of reach.
    public private(set) var replaced: [String] = []
    /// Built-in constants such as `pi`.
    public private(set) var constants: [Constant] = []
    /// Built-ins whose names a program may take for its own: recipes such as losses and optimizers, which users write
    /// too.
    public var replaceable: Set<String> = []

    /// Which derivative is being taken, by a number of its own; nil when none is.
    public var derivative: () -> Int? = { nil }

    /// A number or the like with a name, and its help.
    public struct Constant {
        public let name: String
        public let value: Value
        /// One paragraph of help.
        public let summary: String
        /// Runnable examples, as those of a ``Builtin``.
        public let examples: [String]

        public init(_ name: String, _ value: Value, summary: String, examples: [String] = []) {
            self.name = name
            self.value = value
            self.summary = summary
            self.examples = examples
        }
    }

    public init(_ builtins: [Builtin] = [], constants: [Constant] = []) {
        add(builtins)
        for constant in constants { add(constant) }
    }

    /// Adds built-ins; one with a name that is there already replaces it.
    public mutating func add(_ more: [Builtin]) {
        for builtin in more {
            if builtinsByName.updateValue(builtin, forKey: builtin.name) != nil {
                builtins.removeAll { $0.name == builtin.name }
                replaced.append(builtin.name)
            }
            builtins.append(builtin)
        }
    }

    /// Adds a constant; it replaces one of the same name.
    public mutating func add(_ constant: Constant) {
        constants.removeAll { $0.name == constant.name }
        constants.append(constant)
    }

    public subscript(name: String) -> Builtin? { builtinsByName[name] }

    /// All names, functions first.
    public var names: [String] { builtins.map(\.name) + constants.map(\.name) }

    /// The registered name nearest to a misspelt one, if any is near enough.
    public func nearest(to name: String) -> String? { suggestion(for: name, among: names) }
}
