// A session: the interpreter with its names, numbered cells, results by number, and the four verbs every front end uses.
import Language
import Vocabulary

/// Runs cells, tells whether text is a whole cell, completes names, and explains them.
///
/// Not thread safe: one thread runs cells. Everything a cell produces goes to `onOutput` as it happens.
public final class Session: InterpreterHost {
    /// What a session is told when it is made.
    public struct Configuration {
        /// Functions and constants the language knows.
        public var registry: Registry
        /// What the vocabulary keeps for the session; handed to ``Interpreter/context``.
        public var context: AnyObject?
        /// Whether the user asked to stop; polled from inside computations.
        public var isInterrupted: () -> Bool = { false }
        /// Makes computations forget that the user asked to stop, so that the rest of a statement completes.
        public var clearInterruption: () -> Void = {}
        /// Whether the user asked a second time: the cell is abandoned and names keep their values.
        public var isAbandoned: () -> Bool = { false }
        /// Notes what a session changes outside its names (the random generator) and returns how to put it back.
        public var checkpoint: () -> () -> Void = { {} }
        /// Whether memory runs short: what only `:undo` would need is let go then.
        public var isMemoryTight: () -> Bool = { false }
        /// Columns that printed values may fill.
        public var width: () -> Int = { 80 }
        /// Whether the reader's terminal shows more than ASCII.
        public var isUnicode: () -> Bool = { true }
        /// Where long operations report.
        public var progress: ProgressMeter?
        /// Runs a `!` line; nil where there is no shell.
        public var shell: ((String) -> Void)?

        public init(registry: Registry, context: AnyObject? = nil) {
            self.registry = registry
            self.context = context
        }
    }

    /// Called with every output at once; set by the front end.
    public var onOutput: (Output) -> Void = { _ in }
    /// Significant digits of printed results (`:set digits 6`).
    public internal(set) var digits = 4
    /// `:quit` was run.
    public internal(set) var isQuitting = false
    /// The number the next cell gets.
    public private(set) var nextCell = 1

    /// The tour behind `:guide`.
    public internal(set) var guide = Guide()

    let configuration: Configuration
    private(set) lazy var interpreter: Interpreter = {
        let interpreter = Interpreter(registry: configuration.registry, host: self)
        interpreter.context = configuration.context
        return interpreter
    }()

    private var outputs: [Output] = []
    /// Results by cell number; index 0 stands for no cell.
    private var results = List([.nothing])
    private var undoStack: [Checkpoint] = []
    /// Set while a command evaluates an expression for itself: takes the value instead of the screen.
    private var capture: ((Value) -> Void)?

    /// Cells that `:undo` can take back.
    private static let undoDepth = 20

    public init(_ configuration: Configuration) {
        var configuration = configuration
        configuration.registry.add(NotebookFunctions.builtins(isUnicode: configuration.isUnicode))
        self.configuration = configuration
    }

    // MARK: The four verbs

    /// Runs a cell. Its statements run in order up to the first that fails; names bound before keep their values.
    ///
    /// - Parameter keepsGoing: go on with the next statement after one that failed.
    @discardableResult
    public func run(_ cell: Cell, keepsGoing: Bool = false) -> [Output] {
        outputs = []
        ranCode = false
        let isNumbered = cell.origin == nil
        let before = isNumbered ? checkpoint() : nil
        currentCell = isNumbered ? nextCell : nil
        do {
            let program = try Program(parsing: Source(cell.source, origin: cell.origin ?? .cell(nextCell)))
            try interpreter.check(program)
            for statement in program.statements {
                let succeeded = run(statement, of: program)
                if isQuitting || isStopped || !succeeded && !keepsGoing { break }
            }
        } catch {
            emit(error, in: cell)
        }
        isStopped = false
        currentCell = nil
        if isNumbered {
            if ranCode, let before { remember(before) }
            nextCell += 1
            followGuide(cell.source, outputs)
        }
        return outputs
    }

    /// Runs one statement and shows what went wrong, if anything did. Returns whether nothing did.
    private func run(_ statement: Program.Statement, of program: Program) -> Bool {
        defer { configuration.progress?.finish() }
        // Only whoever can press Ctrl-C twice needs a way back.
        let before = currentCell == nil ? nil : checkpoint()
        do {
            if statement.command == nil { ranCode = true }
            try interpreter.run(statement, of: program)
            return true
        } catch let interruption as Language.Interruption {
            isStopped = true
            if configuration.isAbandoned(), let before {
                restore(before)
                emit(.interrupted("abandoned: names keep the values they had before this statement"))
            } else {
                emit(.interrupted(interruption.message))
            }
        } catch let diagnostic as Diagnostic {
            emit(.failure(diagnostic))
        } catch {
            emit(.failure(Diagnostic("\(error)", source: program.source, span: statement.span)))
        }
        return false
    }

    private func emit(_ error: any Error, in cell: Cell) {
        let diagnostic = error as? Diagnostic
        emit(.failure(diagnostic ?? Diagnostic("\(error)", source: Source(cell.source, origin: cell.origin ?? .cell(nextCell)), span: Span(0, 0))))
    }

    /// Whether text is a whole cell (it may still fail) or needs more lines.
    public func isComplete(_ text: String) -> CellCompleteness {
        if case .incomplete = Completeness(of: text) { return .incomplete }
        return .complete
    }

    /// Candidates for the word that ends at `offset` (UTF-8) of `text`.
    public func complete(_ text: String, at offset: Int) -> Completion {
        Completer(session: self).complete(text, at: offset)
    }

    /// Help for a built-in, or what a name of the session holds; nil when there is no such thing.
    public func inspect(_ name: String) -> String? { Help(session: self).text(for: name) }

    // MARK: InterpreterHost

    public func show(_ value: Value) {
        if let capture {
            capture(value)
            return
        }
        if let number = currentCell {
            while results.count < number { results.append(.nothing) }
            if results.count == number { results.append(value) } else { results.replace(at: number, with: value) }
            interpreter["out"] = .list(results)
        }
        emit(.value(plain: value.describe(width: width, digits: digits)))
    }

    public func write(_ text: String) { emit(.text(.results, text)) }
    public func warn(_ message: String) {
        // At a prompt broken between words; a script's messages stay one line each, for whoever searches them.
        let text = "warning: \(message)"
        emit(.text(.messages, (currentCell == nil ? text : wrapped(text, to: width).joined(separator: "\n")) + "\n"))
    }
    public var isInterrupted: Bool { configuration.isInterrupted() }
    public var isAbandoned: Bool { configuration.isAbandoned() }
    public func interruptionWasTaken() { configuration.clearInterruption() }
    public var width: Int { configuration.width() }

    public func progress(_ title: String, done: Int, total: Int, note: String) {
        configuration.progress?.report(title, done: done, total: total, note: note)
    }

    public func loopProgress(done: Int, total: Int) { configuration.progress?.reportLoop(done: done, total: total) }

    public func hint(forUndefined name: String) -> String? {
        if let hint = Self.foreignNames[name] { return hint }
        return SessionCommands.all.contains { $0.name == name } ? "write :\(name)" : nil
    }

    /// What other languages call things, and what they are called here.
    private static let foreignNames = [
        "exit": "write :quit, or press Ctrl-D",
        "int": "there is one kind of number; floor(x) and round(x) make it whole",
        "float": "there is one kind of number; to_number(text) reads one",
        "number": "to_number(text) reads a number",
        "shape": "a tensor's shape is its field: x.shape",
        "length": "write len(x)", "println": "write print(x)", "printf": "write print(\"{x:.3f}\")",
        "lambda": "functions are written x -> …", "null": "write none", "nil": "write none", "NULL": "write none",
    ]

    public func command(_ command: SessionCommand, in source: Source) throws {
        try SessionCommands(session: self).run(command, in: source)
    }

    // MARK: For the commands

    private var currentCell: Int?
    /// The running cell did more than look around, so there may be something to take back.
    private var ranCode = false
    /// A command is about to change names or the random generator: `:undo` takes its cell back too.
    func willChange() { ranCode = true }
    /// The user interrupted the running cell.
    private var isStopped = false

    /// The numbered results' and last value's names, which `:who` leaves out.
    static let ownNames: Set<String> = ["ans", "out", "args"]

    func emit(_ output: Output) {
        outputs.append(output)
        onOutput(output)
    }

    /// Sets a name from outside a program, as `args` in a script.
    public func bind(_ name: String, to value: Value) { interpreter[name] = value }

    /// Runs text on behalf of a command, as if it stood in its place.
    func runNested(_ text: String, in source: Source) throws {
        ranCode = true
        try interpreter.run(Source(text, origin: source.origin))
    }

    /// Evaluates an expression without printing it.
    func evaluate(_ text: String, in source: Source) throws -> Value? {
        var result: Value?
        capture = { result = $0 }
        defer { capture = nil }
        try runNested(text, in: source)
        return result
    }

    /// What `:undo` and an abandoned statement go back to.
    private struct Checkpoint {
        /// The cell that was about to run.
        let cell: Int
        let names: Interpreter.Snapshot
        let restoreRest: () -> Void
    }

    private func checkpoint() -> Checkpoint {
        Checkpoint(cell: nextCell, names: interpreter.snapshot(), restoreRest: configuration.checkpoint())
    }

    private func restore(_ checkpoint: Checkpoint) {
        interpreter.restore(checkpoint.names)
        checkpoint.restoreRest()
    }

    private func remember(_ checkpoint: Checkpoint) {
        if configuration.isMemoryTight() { undoStack.removeAll() }
        undoStack.append(checkpoint)
        if undoStack.count > Self.undoDepth { undoStack.removeFirst() }
    }

    /// Takes back what the last `count` cells did to names and random numbers. Returns the numbers of those cells.
    func undo(_ count: Int) -> [Int] {
        let undone = undoStack.suffix(count)
        guard let first = undone.first else { return [] }
        restore(first)
        undoStack.removeLast(undone.count)
        return undone.map(\.cell)
    }
}
