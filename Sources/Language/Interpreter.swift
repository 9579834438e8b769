// The interpreter: top-level names, and running programs statement by statement.

/// Runs programs of the language for one session.
///
/// Not thread safe: one thread at a time runs programs; built-ins may use threads inside.
public final class Interpreter {
    /// Where results and output go.
    public private(set) unowned var host: any InterpreterHost
    /// The built-ins.
    public let registry: Registry
    /// How many calls of user functions an error shows; nil shows all (`:set trace on`).
    public var frameLimit: Int? = 3

    let table: Globals
    /// The built-ins that keep their names; the others stand in the table.
    let builtinValues: [String: Value]
    private(set) lazy var machine = Machine(globals: table, interpreter: self)
    /// The derivative under way that has written something it follows as a string.
    var derivativeWithText: Int?
    /// Nesting of `run`: a built-in may run a program inside a program.
    private var runDepth = 0
    /// Values that were replaced from outside while functions ran, which may be those functions.
    private var kept: [Value] = []
    /// Files taken in with `use`, by their absolute paths; and those that are being read now, outermost first.
    var usedFiles: [String: UsedFile] = [:]
    var filesBeingUsed: [FileBeingUsed] = []

    public init(registry: Registry, host: any InterpreterHost) {
        self.registry = registry
        self.host = host
        var values: [String: Value] = [:]
        var defaults: [String: Function] = [:]
        for builtin in registry.builtins {
            let function = Function(builtin)
            if registry.replaceable.contains(builtin.name) {
                defaults[builtin.name] = function
            } else {
                values[builtin.name] = .function(function)
            }
        }
        for constant in registry.constants { values[constant.name] = constant.value }
        builtinValues = values
        table = Globals(defaults: defaults)
    }

    // MARK: Running

    /// Runs a program's top-level statements one by one; stops at the first that fails. Names bound by the statements
    /// before it keep their values.
    ///
    /// - Throws: ``Diagnostic`` for anything wrong in the program, ``Interruption`` when the user stopped it.
    public func run(_ source: Source) throws {
        try run(try Program(parsing: source))
    }

    /// Runs a program that has been parsed.
    public func run(_ program: Program) throws {
        try check(program)
        for statement in program.statements { try run(statement, of: program) }
    }

    /// What is wrong with a program before it runs: built-in names that it takes for its own.
    public func check(_ program: Program) throws {
        for statement in program.statements {
            for name in statement.names.assigned where builtinValues[name] != nil {
                throw Diagnostic(
                    "`\(name)` is built in; choose another name", source: program.source,
                    span: program.place(of: name, in: statement))
            }
        }
    }

    /// Runs one top-level statement: prints its value unless it is silent, and remembers the value as `ans`.
    public func run(_ statement: Program.Statement, of program: Program) throws {
        if !machine.guardrail.isCurrent { machine.guardrail = StackGuard() }
        if case .command(let command) = statement.syntax.kind {
            do {
                try host.command(command, in: program.source)
            } catch let error as LanguageError {
                throw Diagnostic(
                    error.message, source: program.source, span: command.span(of: error.location), note: error.note,
                    advice: error.advice)
            }
            return
        }
        // `exit` by itself shows no function to whoever wants to leave.
        if case .expression(let expr) = statement.syntax.kind, case .name("exit") = expr.kind,
            builtinValues["exit"] != nil
        {
            try host.leave(status: 0)
            throw Interruption("left")
        }
        // A program inside a program must not free functions that are running.
        let outer = runDepth > 0 ? snapshot() : nil
        if runDepth == 0 { machine.outerLoop = nil }
        runDepth += 1
        defer {
            withExtendedLifetime(outer) { runDepth -= 1 }
            note(statement, in: program.source)
            if runDepth == 0 {
                pendingStop = nil
                kept = []
            }
        }
        let value = try value(of: statement, in: program)
        if case .expression = statement.syntax.kind, !value.isNothing {
            let slot = table.slot("ans")
            table.slots[slot] = value
            table.definitions[slot] = .init(source: program.source, span: statement.span)
            if !statement.isSilent { host.show(value) }
        }
        if let message = pendingStop { throw Interruption(message) }
    }

    /// Runs one top-level statement for its value; only an expression has one.
    func value(of statement: Program.Statement, in program: Program) throws -> Value {
        let compiler = Compiler(
            source: program.source, globals: table, builtins: builtinValues, guardrail: machine.guardrail)
        let prototype = try compiler.compileTopLevel(statement.syntax)
        return try withExtendedLifetime(prototype) {
            do {
                return try machine.execute(prototype, captures: machine.stack, base: machine.top)
            } catch var diagnostic as Diagnostic {
                diagnostic.frameLimit = frameLimit
                throw diagnostic
            } catch let error as LanguageError {
                throw Diagnostic(error.message, source: program.source, span: statement.span, note: error.note)
            }
        }
    }

    /// Remembers where names got their values.
    func note(_ statement: Program.Statement, in source: Source) {
        for name in statement.names.assigned {
            guard let slot = table.existingSlot(name, in: source.scope), table.isSet(slot) else { continue }
            table.definitions[slot] = .init(source: source, span: statement.span)
        }
    }

    /// Calls a function of the language. Named arguments follow the positional ones.
    ///
    /// - Throws: ``Diagnostic`` for what goes wrong inside a user function, ``LanguageError`` for what is wrong with
    ///   the call.
    public func call(_ function: Function, _ arguments: [Value], named: [(String, Value)] = []) throws -> Value {
        try prepareCall()
        if named.isEmpty { return try machine.call(function, arguments, nil) }
        let names: [String?] = arguments.map { _ in nil } + named.map { $0.0 }
        return try machine.call(function, arguments + named.map(\.1), names)
    }

    /// Runs something while another host hears what is printed and reported.
    public func with<R>(host other: any InterpreterHost, _ body: () throws -> R) rethrows -> R {
        let own = host
        host = other
        defer { host = own }
        return try withExtendedLifetime(other, body)
    }

    // MARK: Operators

    /// `left op right`, as the language computes it.
    public func operate(_ op: BinaryOperator, _ left: Value, _ right: Value) throws -> Value {
        try machine.operate(op, left, right)
    }

    /// Whether two values are equal as items of lists and records are.
    public func equal(_ left: Value, _ right: Value) throws -> Bool { try machine.isEqual(left, right) }

    /// The value as a condition.
    public func truth(of value: Value) throws -> Bool { try machine.truth(of: value) }

    /// The items that a loop over the value would see.
    public func items(of value: Value) throws -> [Value] {
        switch value {
        case .record(let record): return record.keys.map { .string($0) }
        case .string(let text):
            try checkMeasuring(text)
            return try written(text.count) { .string(text[$0]) }
        default: return try machine.items(of: value) { LanguageError("\($0) has no items to go through") }
        }
    }

    // MARK: Stopping

    /// Whether the user asked to stop: by the host's flag, or because a built-in has already been interrupted in this
    /// statement.
    public var isInterrupted: Bool { pendingStop != nil || host.isInterrupted }

    /// Message of a stop that takes effect when the running statement is finished.
    private(set) var pendingStop: String?

    /// How often the memory could have been looked at, and the length of the last list that it was looked at for.
    var memoryTurn = 0, checkedItems = 0

    /// For an interrupted built-in that returns what it has: lets the statement (and the assignment it stands in)
    /// complete, then stops evaluation with that message.
    public func finishStatementThenStop(_ message: String) {
        if isTrial { return host.interruptionWasTaken() }
        guard pendingStop == nil else { return }
        pendingStop = message
        host.interruptionWasTaken()
    }

    /// Whether what runs is tried to learn what it costs.
    private var isTrial = false

    /// Runs something whose built-ins, when the host cuts them short, return what they have and let what follows go on:
    /// a trial that is to come to its end early.
    public func trying<R>(_ body: () throws -> R) rethrows -> R {
        let outer = isTrial
        isTrial = true
        defer { isTrial = outer }
        return try body()
    }

    // MARK: NaN

    /// Runs something again that gave a NaN, and finds the first operation in a user function that made one.
    ///
    /// - Parameter orInfinite: looks for infinite numbers too.
    public func traceNaN(orInfinite: Bool = false, _ body: () throws -> Void) rethrows -> NaNOrigin? {
        let outer = machine.nanTrace
        machine.nanTrace = NaNTrace(orInfinite: orInfinite)
        defer { machine.nanTrace = outer }
        try body()
        return machine.nanTrace?.origin
    }

    // MARK: Names

    /// The top-level names and their values, in the order they were first mentioned.
    public var globals: [(name: String, value: Value)] {
        table.setSlots().map { (name: table.names[$0], value: table.slots[$0]) }
    }

    /// The value of a top-level name; setting nil removes the name.
    public subscript(name: String) -> Value? {
        get {
            guard let slot = table.existingSlot(name), table.isSet(slot) else { return nil }
            return table.slots[slot]
        }
        set {
            let slot = table.slot(name)
            if machine.frameCount > 0 { kept.append(table.slots[slot]) }
            if let newValue {
                table.slots[slot] = newValue
                table.definitions[slot] = nil
            } else {
                table.clear(slot)
            }
        }
    }

    /// What a name means at top level: a value bound there, a built-in function or constant; nil when nothing.
    public func meaning(of name: String) -> Value? {
        if let value = builtinValues[name] ?? self[name] { return value }
        return registry.replaceable.contains(name) ? table.slots[table.slot(name)] : nil
    }

    /// Where a top-level name got its value; nil when it has none or was set from outside a program.
    public func definition(of name: String) -> (source: Source, span: Span)? {
        guard let slot = table.existingSlot(name), let definition = table.definitions[slot] else { return nil }
        return (definition.source, definition.span)
    }

    /// All top-level names with their values and origins, to come back to.
    public struct Snapshot {
        fileprivate let values: [Value]
        fileprivate let definitions: [Globals.Definition?]
        /// The names that it is about, by slot; nil for all.
        fileprivate let slots: [Int]?
        fileprivate let used: [String: UsedFile]
    }

    /// The state of the top-level names now. Cheap: values are shared.
    public func snapshot() -> Snapshot {
        Snapshot(
            values: table.names.indices.map { table.slots[$0] }, definitions: table.definitions, slots: nil,
            used: usedFiles)
    }

    /// The state of some top-level names, which takes no longer however many others there are.
    public func snapshot(of names: some Sequence<String>) -> Snapshot {
        let slots = names.map { table.slot($0) }
        return Snapshot(
            values: slots.map { table.slots[$0] }, definitions: slots.map { table.definitions[$0] }, slots: slots,
            used: usedFiles)
    }

    /// Goes back to a snapshot: names bound since vanish, others get their values of then.
    public func restore(_ snapshot: Snapshot) {
        usedFiles = snapshot.used
        if let slots = snapshot.slots {
            for (index, slot) in slots.enumerated() {
                restore(slot, snapshot.values[index], snapshot.definitions[index])
            }
            return
        }
        // What a file that is taken in calls its own never changes.
        for slot in table.names.indices where table.scopes[slot] == 0 {
            if slot < snapshot.values.count {
                restore(slot, snapshot.values[slot], snapshot.definitions[slot])
            } else {
                if machine.frameCount > 0 { kept.append(table.slots[slot]) }
                table.clear(slot)
            }
        }
    }

    private func restore(_ slot: Int, _ value: Value, _ definition: Globals.Definition?) {
        if machine.frameCount > 0 { kept.append(table.slots[slot]) }
        table.slots[slot] = value
        table.definitions[slot] = definition
    }
}

extension Program {
    /// Where a statement assigns a name.
    func place(of name: String, in statement: Statement) -> Span {
        func place(_ target: Target) -> Span? {
            switch target {
            case .name(let other, let span): other == name ? span : nil
            case .field(let inner, _, _), .index(let inner, _, _): place(inner)
            case .list(let targets, _): targets.lazy.compactMap(place).first
            }
        }
        func place(_ body: [Stmt]) -> Span? { body.lazy.compactMap { place($0) }.first }
        func place(_ expr: Expr) -> Span? {
            switch expr.kind {
            case .conditional(let branches, let otherwise):
                return branches.lazy.compactMap { place($0.body) }.first ?? place(otherwise ?? [])
            case .attempt(let body, let caught, let handler):
                if let caught, caught.text == name { return caught.span }
                return place(body) ?? place(handler)
            default: return expr.parts.lazy.compactMap { place($0) }.first
            }
        }
        func place(_ statement: Stmt) -> Span? {
            switch statement.kind {
            case .assign(let target, let value), .update(let target, _, let value):
                return place(target) ?? place(value)
            case .define(let function): return function.name == name ? function.nameSpan : nil
            case .forLoop(let target, _, let inner): return place(target) ?? place(inner)
            case .whileLoop(_, let inner): return place(inner)
            case .expression(let expr): return place(expr)
            default: return nil
            }
        }
        return place(statement.syntax) ?? statement.span
    }
}
