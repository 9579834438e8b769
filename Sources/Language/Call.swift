// One call of a built-in: its arguments, bound to parameters, read with precise errors.

/// A call of a built-in function.
///
/// Arguments are read by parameter name. A reader that does not get what it expects throws a ``LanguageError`` whose
/// caret stands under that argument.
public struct Call {
    /// The interpreter that runs the call, for calling functions back and for output.
    public let interpreter: Interpreter
    public let builtin: Builtin
    /// One value a parameter: given, set earlier, or the default. A `rest` parameter's is a list.
    public let arguments: [Value]
    /// Which parameters were given or set.
    let given: ParameterSet
    /// The name that the call's result is assigned to when the call is the whole right-hand side: `base` in
    /// `base = train(base, …)`.
    public let assignedName: String?
    /// The source text of each argument as written, where it stands in a program; beyond the parameters, what `rest`
    /// took.
    let texts: (Int) -> String?

    /// The host: output, width, interruption.
    public var host: any InterpreterHost { interpreter.host }

    /// An error that is about to become a value, as behind a `catch`.
    /// - Throws: the error where it may not, or what the host throws.
    public func caught(_ error: any Error) throws -> Diagnostic {
        let diagnostic =
            error as? Diagnostic
            ?? Diagnostic(LanguageError.words(of: error), source: Source("", origin: .cell(0)), span: Span(0, 0))
        guard try host.mayCatch(diagnostic) else { throw error }
        return diagnostic
    }

    private func index(_ name: String) throws -> Int {
        // Names written in programs are mostly the same in memory, which is seen at once.
        if let index = builtin.parameterNames.firstIndex(where: { $0.isSameObject(as: name) }) { return index }
        guard let index = builtin.indexOfName[name] else {
            throw LanguageError("`\(builtin.name)` asks for its parameter `\(name)`, which it does not declare")
        }
        return index
    }

    /// The argument for a parameter.
    public func value(_ name: String) throws -> Value { arguments[try index(name)] }

    /// Whether the argument was given (or set by an options-only call) rather than taken from the default.
    public func isGiven(_ name: String) -> Bool {
        guard let index = builtin.indexOfName[name] else { return false }
        return given.contains(index)
    }

    /// The argument as it was written in the program, such as `base` or `gpt(5)`; nil when it was not written there.
    public func text(of name: String) -> String? {
        builtin.indexOfName[name].flatMap(texts)
    }

    /// An argument that the `rest` parameter took, counted from 0, as it was written; nil when it was not written
    /// there.
    public func text(ofRest position: Int) -> String? { texts(builtin.parameters.count + position) }

    /// An error about one argument: "`steps` of `train` must be …; it is …".
    public func wrong(_ name: String, _ value: Value, mustBe expected: String, note: String? = nil) -> LanguageError {
        LanguageError(
            "`\(name)` of `\(builtin.name)` must be \(expected); it is \(value.phrase)", note: note, at: .argument(name)
        )
    }

    /// The type of a parameter.
    private func type(_ name: String) throws -> ParameterType { builtin.parameters[try index(name)].type }

    /// A number within the limits of the parameter's type.
    public func number(_ name: String) throws -> Double {
        let value = try value(name)
        guard let x = try plainNumber(name) else { throw wrong(name, value, mustBe: "a number") }
        if let range = try type(name).numberRange, !range.contains(x), range != -.infinity ... .infinity {
            throw wrong(name, .number(x), mustBe: "a number " + boundsPhrase(range))
        }
        return x
    }

    /// The argument as a number, nil where it is none; one that a derivative follows is refused.
    private func plainNumber(_ name: String) throws -> Double? {
        let value = try value(name)
        if case .foreign(let foreign) = value, foreign.isTracked, foreign.asNumber != nil {
            throw LanguageError.lostDerivative(of: "`\(name)` of `\(builtin.name)`", at: .argument(name))
        }
        return try value.asNumber
    }

    /// A whole number within the limits of the parameter's type, and at least `minimum`, at most `maximum`.
    public func integer(_ name: String, min minimum: Int = Int.min, max maximum: Int = Int.max) throws -> Int {
        let limits = try type(name).countRange
        let minimum = Swift.max(minimum, limits?.lowerBound ?? .min),
            maximum = Swift.min(maximum, limits?.upperBound ?? .max)
        let value = try value(name)
        guard let x = try plainNumber(name) else { throw wrong(name, value, mustBe: "a whole number") }
        guard let integer = Int(exactly: x) else { throw wrong(name, .number(x), mustBe: "a whole number") }
        guard integer >= minimum else { throw wrong(name, .number(x), mustBe: "at least \(minimum)") }
        guard integer <= maximum else { throw wrong(name, .number(x), mustBe: "at most \(maximum)") }
        return integer
    }

    /// Throws for a number or word beyond the limits of its parameter's type, also where the function would not look at
    /// it, as at a size beside data that has its own.
    func checkLimits() throws {
        for index in builtin.limited where given.contains(index) {
            let parameter = builtin.parameters[index], value = arguments[index]
            if value.isNothing, parameter.defaultValue?.isNothing ?? false { continue }
            // Whether a derivative may follow it the function knows.
            if case .foreign(let foreign) = value, foreign.isTracked { continue }
            // `split("a b", " ")`: of something else in its place the function says what is wrong with the whole call.
            if parameter.role == .positional, value.number == nil { continue }
            switch parameter.type.form {
            case .number: _ = try number(parameter.name)
            case .count: _ = try integer(parameter.name)
            case .flag: _ = try bool(parameter.name)
            case .choice: _ = try choice(parameter.name)
            default: break
            }
        }
    }

    /// A truth value.
    public func bool(_ name: String) throws -> Bool {
        let value = try value(name)
        guard case .bool(let flag) = value else { throw wrong(name, value, mustBe: "true or false") }
        return flag
    }

    /// A string.
    public func string(_ name: String) throws -> String {
        let value = try value(name)
        guard case .string(let text) = value else {
            // `load(authors)`: the name of a function where its letters were meant.
            throw wrong(
                name, value, mustBe: "a string", note: value.function?.builtin.map { "did you mean \"\($0.name)\"?" })
        }
        try interpreter.checkMeasuring(text, at: .argument(name))
        return text.string
    }

    /// A string as the language holds it, for what only makes other strings of it: one that was written of a number that
    /// a derivative follows is not refused.
    public func text(_ name: String) throws -> Text {
        guard case .string(let text) = try value(name) else { return Text(try string(name)) }
        return text
    }

    /// One of the words of the parameter's type.
    public func choice(_ name: String) throws -> String {
        let words = try type(name).allChoices
        let text = try string(name)
        guard words.contains(text) else {
            throw LanguageError(
                "`\(name)` of `\(builtin.name)` must be \(listed(words.map { "\"\($0)\"" }, "or")); it is \"\(text)\"",
                note: suggestion(for: text, among: words).map { "did you mean \"\($0)\"?" }, at: .argument(name))
        }
        return text
    }

    /// A list, short enough to be written out.
    public func list(_ name: String) throws -> List {
        let list = try sequence(name).writable()
        // What is made of a long list is mostly as long again.
        if list.count >= 1 << 19 { try interpreter.requireMemory(2 * MemoryLayout<Value>.stride * list.count) }
        return list
    }

    /// A list that is only gone through: it may be a range of any length.
    public func sequence(_ name: String) throws -> List {
        let value = try value(name)
        guard case .list(let list) = value else { throw wrong(name, value, mustBe: "a list") }
        return list
    }

    /// A list of numbers.
    public func numbers(_ name: String) throws -> [Double] {
        guard let numbers = try list(name).numbers else {
            if try value(name).holdsTracked {
                throw LanguageError.lostDerivative(of: "`\(name)` of `\(builtin.name)`", at: .argument(name))
            }
            throw LanguageError("`\(name)` of `\(builtin.name)` must be a list of numbers", at: .argument(name))
        }
        return numbers
    }

    /// A list of strings.
    public func strings(_ name: String) throws -> [String] {
        let list = try list(name)
        guard let strings = list.strings else {
            throw LanguageError("`\(name)` of `\(builtin.name)` must be a list of strings", at: .argument(name))
        }
        if interpreter.holdsTrackedText {
            for case .string(let text) in list { try interpreter.checkMeasuring(text, at: .argument(name)) }
        }
        return strings
    }

    /// A record.
    public func record(_ name: String) throws -> Record {
        let value = try value(name)
        guard case .record(let record) = value else { throw wrong(name, value, mustBe: "a record") }
        return record
    }

    /// A function.
    public func function(_ name: String) throws -> Function {
        let value = try value(name)
        guard case .function(let function) = value else {
            // `optimizer="adam"`: a function's letters where it is meant itself.
            var note: String?
            if case .string(let text) = value, interpreter.registry[text.string] != nil {
                note = "write \(text.string), without quotes"
            }
            throw wrong(name, value, mustBe: "a function", note: note)
        }
        return function
    }

    /// A foreign value of a Swift type.
    public func foreign<T>(_ name: String, as type: T.Type = T.self) throws -> T {
        let value = try value(name)
        if case .foreign(let foreign) = value, let result = foreign as? T { return result }
        let words = try self.type(name).words
        throw wrong(name, value, mustBe: words, note: Self.fieldNote(value, wanted: words, written: text(of: name)))
    }

    /// What to write where a value has what is wanted as a field: `run.model` where a model is wanted and a run given.
    /// - Parameters:
    ///   - wanted: in words: "a model".
    ///   - written: the argument as the program has it.
    public static func fieldNote(_ value: Value, wanted words: String, written: String?) -> String? {
        guard let noun = words.split(separator: " ").last.map(String.init) else { return nil }
        let has =
            switch value {
            case .foreign(let foreign): foreign.fieldNames.contains(noun)
            case .record(let record): record[noun] != nil
            default: false
            }
        guard has else { return nil }
        return if let written, isName(written) { "write \(written).\(noun)" } else { "its .\(noun) is one" }
    }

    /// `nil` where the argument is `nothing`, else what `read` gives: `try call.optional("seed") { try
    /// $0.integer("seed") }`.
    public func optional<T>(_ name: String, _ read: (Call) throws -> T) throws -> T? {
        try value(name).isNothing ? nil : try read(self)
    }

    /// Calls a function of the language.
    public func call(_ function: Function, _ arguments: [Value], named: [(String, Value)] = []) throws -> Value {
        try interpreter.call(function, arguments, named: named)
    }

    /// Whether the user asked to stop; a long built-in then returns what it has through
    /// ``Interpreter/finishStatementThenStop(_:)``, or throws ``Interruption``.
    public var isInterrupted: Bool { interpreter.isInterrupted }
}

func boundsPhrase(_ bounds: ClosedRange<Double>) -> String {
    switch (bounds.lowerBound, bounds.upperBound) {
    case (let low, .infinity): "of at least \(formatNumber(low, digits: 6))"
    case (-.infinity, let high): "of at most \(formatNumber(high, digits: 6))"
    case (let low, let high): "from \(formatNumber(low, digits: 6)) to \(formatNumber(high, digits: 6))"
    }
}
