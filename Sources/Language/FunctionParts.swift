// Functions taken apart, to be stored, and made again from their text.

extension Function {
    /// What a function written in the language is made of.
    public struct Parts {
        /// The program that the function stands in, and where.
        public var source: Source
        public var span: Span
        /// Values of the enclosing functions' variables that it uses, in the compiler's order; nil where one had none.
        public var captures: [Value?]
        /// Evaluated defaults, one entry a parameter; empty where none has any.
        public var defaults: [Value?]

        public init(source: Source, span: Span, captures: [Value?], defaults: [Value?]) {
            self.source = source
            self.span = span
            self.captures = captures
            self.defaults = defaults
        }
    }

    /// Its parts, options set left aside; nil for a built-in.
    public var parts: Parts? {
        guard case .user(let prototype, let captures) = body else { return nil }
        let values = (0..<prototype.captureCount).map { index -> Value? in
            if case .foreign(let foreign) = captures[index], foreign is Globals.Unset { return nil }
            return captures[index]
        }
        return Parts(source: prototype.source, span: prototype.span, captures: values, defaults: defaults)
    }

    /// The same function with options set as an options-only call sets them.
    /// - Throws: a `LanguageError` for an option it does not have.
    public func setting(_ options: [(name: String, value: Value)]) throws -> Function {
        let names = parameterNames
        return setting(
            try options.map { option in
                guard let index = names.firstIndex(of: option.name) else {
                    throw LanguageError("`\(name ?? "a function")` has no option `\(option.name)`")
                }
                return (index: index, value: option.value)
            })
    }
}

extension Interpreter {
    /// The built-in function of a name, whatever a program has put in its place.
    public func builtin(_ name: String) -> Function? {
        if let function = table.builtin(name) { return function }
        return builtinValues[name]?.function
    }

    /// A function made again of its parts.
    /// - Throws: a `LanguageError` where the text holds no such function.
    public func function(_ parts: Function.Parts) throws -> Function {
        let program = try Program(parsing: parts.source)
        for statement in program.statements {
            guard statement.syntax.span.union(parts.span) == statement.syntax.span else { continue }
            let compiler = Compiler(
                source: parts.source, globals: table, builtins: builtinValues, guardrail: StackGuard())
            guard let prototype = try compiler.compileTopLevel(statement.syntax).function(at: parts.span) else {
                continue
            }
            guard prototype.captureCount == parts.captures.count,
                parts.defaults.isEmpty || parts.defaults.count == prototype.parameterCount
            else { break }
            let captures = UnsafeMutablePointer<Value>.allocate(capacity: max(1, prototype.captureCount))
            for (index, value) in parts.captures.enumerated() {
                (captures + index).initialize(to: value ?? .foreign(table.unset))
            }
            if prototype.captureCount == 0 { captures.deallocate() }
            return Function(body: .user(prototype, captures: captures), defaults: parts.defaults)
        }
        throw LanguageError("no function stands in the text where one is said to stand")
    }

    /// Gives a name a value as a program would that defined it in some place.
    public func bind(_ name: String, to value: Value, definedIn place: (source: Source, span: Span)?) {
        self[name] = value
        if let place { table.definitions[table.slot(name)] = .init(source: place.source, span: place.span) }
    }
}

extension Prototype {
    /// The function inside that stands at a place.
    fileprivate func function(at span: Span) -> Prototype? {
        for function in inner.lazy.map(\.prototype) {
            if function.span == span { return function }
            if let deeper = function.function(at: span) { return deeper }
        }
        return nil
    }
}

extension List {
    /// Start, step and count of a range that is kept as such; nil for a list that is written out.
    public var range: (start: Double, step: Double, count: Int)? {
        storage.progression.map { ($0.start, $0.step, $0.count) }
    }
}
