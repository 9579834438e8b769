// The interpreter: top-level names, and running programs statement by statement.

/// Runs programs of the language for one session.
///
/// Not thread safe: one thread at a time runs programs; built-ins may use threads inside.
public final class Interpreter {
    /// Where results and output go.
    public unowned let host: any Host
    /// The built-ins.
    public let registry: Registry
    /// Whatever the vocabulary keeps for the session: random generator, threads.
    public var context: AnyObject?

    public init(registry: Registry, host: any Host) {
        self.registry = registry
        self.host = host
    }

    // MARK: Running

    /// Runs a program's top-level statements one by one; stops at the first that fails. Names bound by the statements
    /// before it keep their values.
    ///
    /// - Throws: ``Diagnostic`` for anything wrong in the program, ``Interruption`` when the user stopped it.
    public func run(_ source: Source) throws {
        throw Diagnostic("the evaluator is not there yet", source: source, span: Span(0, 0))
    }

    /// Calls a function of the language.
    public func call(_ function: Function, _ arguments: [Value], named: [(String, Value)] = []) throws -> Value {
        throw Complaint("the evaluator is not there yet")
    }

    /// Whether the user asked to stop: by the host's flag, or because a built-in has already been interrupted in this
    /// statement.
    public var isInterrupted: Bool { pendingStop != nil || host.isInterrupted }

    /// Message of a stop that takes effect when the running statement is finished.
    private(set) var pendingStop: String?

    /// For an interrupted built-in that returns what it has: lets the statement (and the assignment it stands in)
    /// complete, then stops evaluation with that message.
    public func finishStatementThenStop(_ message: String) {
        if pendingStop == nil { pendingStop = message }
    }

    // MARK: Names

    /// The top-level names and their values, in the order they were first bound.
    public var globals: [(name: String, value: Value)] { [] }

    /// The value of a top-level name; setting nil removes the name.
    public subscript(name: String) -> Value? {
        get { nil }
        set {}
    }

    /// Where a top-level name got its value; nil when it has none or was set from outside a program.
    public func definition(of name: String) -> (source: Source, span: Span)? { nil }

    /// All top-level names with their values and origins, to come back to.
    public struct Snapshot {}

    /// The state of the top-level names now. Cheap: values are shared.
    public func snapshot() -> Snapshot { Snapshot() }

    /// Goes back to a snapshot: names bound since vanish, others get their values of then.
    public func restore(_ snapshot: Snapshot) {}
}
