// Function values: user-written, built-in, and either of them with options set, are one type.

/// A function value.
///
/// A call that gives only options to a function that still needs arguments makes a new `Function` with those options
/// set.
public final class Function {
    enum Body {
        case user(Prototype, captures: UnsafeMutablePointer<Value>)
        case builtin(Builtin)
    }

    /// One parameter of any function.
    public struct Parameter {
        public let name: String
        /// What is expected, in a user's words; for user functions the parameter's name in backquotes.
        public let expects: String
        /// Whether these are more than a noun, so that a sentence sets them apart.
        let isCompound: Bool
        /// The value taken when none is given; nil when the parameter must be given.
        public let defaultValue: Value?
        /// Whether it takes all further positional arguments.
        public let isRest: Bool
        /// Whether it can only be given by name.
        public let isOption: Bool
    }

    let body: Body
    /// Set for a user function without options set: it can be entered with one argument a parameter.
    let entry: UnsafeMutablePointer<Prototype.Entry>?
    /// Values captured from enclosing functions.
    let captures: UnsafeMutablePointer<Value>?
    /// One entry a parameter: the value set by an options-only call; nil when nothing was ever set.
    let settings: [Value?]?
    /// Evaluated defaults of a user function's parameters, one entry a parameter; empty when there are none.
    let defaults: [Value?]
    /// See ``Value/depth``: what it has captured or set counts.
    let depth: UInt32

    init(body: Body, defaults: [Value?] = [], settings: [Value?]? = nil) {
        self.body = body
        if case .user(let prototype, let captures) = body {
            entry = settings == nil ? prototype.entry : nil
            self.captures = captures
        } else {
            entry = nil
            captures = nil
        }
        self.defaults = defaults
        self.settings = settings
        var deepest: UInt32 = 0
        if case .user(let prototype, let captures) = body, prototype.captureCount > 0 {
            deepest = Value.depth(holding: UnsafeBufferPointer(start: captures, count: prototype.captureCount))
        }
        for value in defaults { deepest = max(deepest, (value?.depth ?? 0) + 1) }
        for value in settings ?? [] { deepest = max(deepest, (value?.depth ?? 0) + 1) }
        depth = deepest
    }

    deinit {
        // Captured values belong to the function they were captured for; a configured copy captures its own.
        if case .user(let prototype, let captures) = body, prototype.captureCount > 0 {
            captures.deinitialize(count: prototype.captureCount)
            captures.deallocate()
        }
    }

    /// A built-in as a value.
    public convenience init(_ builtin: Builtin) { self.init(body: .builtin(builtin)) }

    /// The name it was defined with; nil for `x -> …`.
    public var name: String? {
        switch body {
        case .user(let prototype, _): prototype.name
        case .builtin(let builtin): builtin.name
        }
    }

    /// The built-in underneath, with or without options set.
    public var builtin: Builtin? { if case .builtin(let builtin) = body { builtin } else { nil } }

    /// Whether options have been set by an options-only call.
    public var isConfigured: Bool { settings != nil }

    /// The options set by options-only calls, in the order of the parameters.
    public var options: [(name: String, value: Value)] {
        guard let settings else { return [] }
        return zip(parameterNames, settings).compactMap { name, value in value.map { (name: name, value: $0) } }
    }

    /// The value an option has now: the one set, else the default; nil when there is no such parameter or no value.
    public func option(_ name: String) -> Value? {
        guard let index = indexOfParameter(name) else { return nil }
        if let set = settings?[index] { return set }
        switch body {
        case .user: return defaults.isEmpty ? nil : defaults[index]
        case .builtin(let builtin): return builtin.parameters[index].defaultValue
        }
    }

    /// All parameters in order, defaults evaluated.
    public var parameters: [Parameter] {
        switch body {
        case .user(let prototype, _):
            return prototype.parameterNames.enumerated().map { index, name in
                Parameter(
                    name: name, expects: "`\(name)`", isCompound: false,
                    defaultValue: defaults.isEmpty ? nil : defaults[index],
                    isRest: false, isOption: false)
            }
        case .builtin(let builtin):
            return builtin.parameters.map {
                Parameter(
                    name: $0.name, expects: $0.expects, isCompound: $0.type.isCompound, defaultValue: $0.defaultValue,
                    isRest: $0.role == .rest || $0.role == .named,
                    isOption: $0.role == .option)
            }
        }
    }

    var parameterNames: [String] {
        switch body {
        case .user(let prototype, _): prototype.parameterNames
        case .builtin(let builtin): builtin.parameterNames
        }
    }

    /// The position of a parameter; nil when there is none of that name.
    func indexOfParameter(_ name: String) -> Int? {
        switch body {
        case .user(let prototype, _): prototype.indexOfParameter(name)
        case .builtin(let builtin): builtin.indexOfName[name]
        }
    }

    var parameterCount: Int {
        switch body {
        case .user(let prototype, _): prototype.parameterCount
        case .builtin(let builtin): builtin.parameters.count
        }
    }

    /// The parameters that have neither a default nor a value set.
    public var missing: [Parameter] {
        parameters.enumerated().filter { index, parameter in
            parameter.defaultValue == nil && !parameter.isRest && settings?[index] == nil
        }.map(\.element)
    }

    /// Source text of a user function; nil for a built-in.
    public var sourceText: String? {
        guard case .user(let prototype, _) = body else { return nil }
        return prototype.source.text(prototype.span)
    }

    /// Where a user function was written; nil for a built-in.
    public var origin: (source: Source, span: Span)? {
        guard case .user(let prototype, _) = body else { return nil }
        return (prototype.source, prototype.span)
    }

    /// The same function with more options set, by parameter index.
    func setting(_ values: [(index: Int, value: Value)]) -> Function {
        var settings = self.settings ?? Array(repeating: nil, count: parameterCount)
        for (index, value) in values { settings[index] = value }
        var body = self.body
        if case .user(let prototype, let captures) = body, prototype.captureCount > 0 {
            let copy = UnsafeMutablePointer<Value>.allocate(capacity: prototype.captureCount)
            copy.initialize(from: captures, count: prototype.captureCount)
            body = .user(prototype, captures: copy)
        }
        return Function(body: body, defaults: defaults, settings: settings)
    }
}
