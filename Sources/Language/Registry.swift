// The set of built-in functions an interpreter knows.

/// Built-in functions and constants by name. Values, not singletons: each interpreter is given its own.
public struct Registry {
    private var builtinsByName: [String: Builtin] = [:]
    /// Built-ins in the order they were registered.
    public private(set) var builtins: [Builtin] = []
    /// Built-in constants such as `pi`.
    public private(set) var constants: [(name: String, value: Value)] = []
    /// Built-ins whose names a program may take for its own: recipes such as losses and optimizers, which users write too.
    public var replaceable: Set<String> = []
    /// What the vocabulary keeps for its functions, for whoever adds to them.
    public var workshop: AnyObject?

    public init(_ builtins: [Builtin] = [], constants: [(name: String, value: Value)] = []) {
        add(builtins)
        for constant in constants { add(constant: constant.name, constant.value) }
    }

    /// Adds built-ins; one with a name that is there already replaces it.
    public mutating func add(_ more: [Builtin]) {
        for builtin in more {
            if builtinsByName.updateValue(builtin, forKey: builtin.name) != nil {
                builtins.removeAll { $0.name == builtin.name }
            }
            builtins.append(builtin)
        }
    }

    /// Adds a constant.
    public mutating func add(constant name: String, _ value: Value) {
        constants.removeAll { $0.name == name }
        constants.append((name: name, value: value))
    }

    public subscript(name: String) -> Builtin? { builtinsByName[name] }

    /// All names, functions first.
    public var names: [String] { builtins.map(\.name) + constants.map(\.name) }

    /// The registered name nearest to a misspelt one, if any is near enough.
    public func nearest(to name: String) -> String? { suggestion(for: name, among: names) }
}
