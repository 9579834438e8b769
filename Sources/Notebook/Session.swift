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
        /// Whether the user asked a second time: the cell is abandoned and names keep their values.
        public var isAbandoned: () -> Bool = { false }
        /// Columns that printed values may fill.
        public var width: () -> Int = { 80 }
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

    let configuration: Configuration
    private(set) lazy var interpreter: Interpreter = {
        let interpreter = Interpreter(registry: configuration.registry, host: self)
        interpreter.context = configuration.context
        return interpreter
    }()

    private var outputs: [Output] = []
    /// Results by cell number; index 0 stands for no cell.
    private var results = List([.nothing])
    private var undoStack: [Interpreter.Snapshot] = []
    /// Set while a command evaluates an expression for itself: takes the value instead of the screen.
    private var capture: ((Value) -> Void)?

    /// Cells that `:undo` can take back.
    private static let undoDepth = 20

    public init(_ configuration: Configuration) { self.configuration = configuration }

    // MARK: The four verbs

    /// Runs a cell. Its statements run in order up to the first that fails; names bound before keep their values.
    @discardableResult
    public func run(_ cell: Cell) -> [Output] {
        outputs = []
        let isNumbered = cell.origin == nil
        let source = Source(cell.source, origin: cell.origin ?? .cell(nextCell))
        let before = interpreter.snapshot()
        currentCell = isNumbered ? nextCell : nil
        defer { currentCell = nil }
        do {
            try interpreter.run(source)
        } catch let interruption as Language.Interruption {
            if configuration.isAbandoned() {
                interpreter.restore(before)
                emit(.interrupted("abandoned — names keep the values they had before this cell"))
            } else if !isQuitting {
                emit(.interrupted(interruption.message))
            }
        } catch let diagnostic as Diagnostic {
            emit(.failure(diagnostic))
        } catch {
            emit(.failure(Diagnostic("\(error)", source: source, span: Span(0, 0))))
        }
        configuration.progress?.finish()
        if isNumbered {
            nextCell += 1
            if !isUndoing { remember(before) }
            isUndoing = false
        }
        return outputs
    }

    /// Whether text is a whole cell (it may still fail) or needs more lines.
    public func isComplete(_ text: String) -> CellCompleteness {
        if case .incomplete = Completeness(of: text) { return .incomplete }
        return .complete
    }

    /// Candidates for the word that ends at `offset` (UTF-8) of `text`.
    public func complete(_ text: String, at offset: Int) -> Completion {
        Completer(session: self).complete(String(decoding: text.utf8.prefix(offset), as: UTF8.self))
    }

    /// Help for a built-in, or what a name of the session holds; nil when there is no such thing.
    public func inspect(_ name: String) -> String? { Help(session: self).text(for: name) }

    // MARK: Host

    public func show(_ value: Value) {
        if let capture {
            capture(value)
            return
        }
        interpreter["ans"] = value
        if let number = currentCell {
            while results.count < number { results.append(.nothing) }
            if results.count == number { results.append(value) } else { results.replace(at: number, with: value) }
            interpreter["out"] = .list(results)
        }
        emit(.value(plain: value.describe(width: width, digits: digits)))
    }

    public func write(_ text: String) { emit(.text(.results, text)) }
    public func warn(_ message: String) { emit(.text(.messages, "warning: \(message)\n")) }
    public var isInterrupted: Bool { configuration.isInterrupted() }
    public var isAbandoned: Bool { configuration.isAbandoned() }
    public var width: Int { configuration.width() }

    public func progress(_ title: String, done: Int, total: Int, note: String) {
        configuration.progress?.report(title, done: done, total: total, note: note)
    }

    public func command(_ command: SessionCommand, in source: Source) throws {
        try SessionCommands(session: self).run(command, in: source)
    }

    // MARK: For the commands

    private var currentCell: Int?
    private var isUndoing = false

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

    private func remember(_ snapshot: Interpreter.Snapshot) {
        undoStack.append(snapshot)
        if undoStack.count > Self.undoDepth { undoStack.removeFirst() }
    }

    /// Takes back the last `count` cells. Returns how many there were to take back.
    func undo(_ count: Int) -> Int {
        let available = min(count, undoStack.count)
        guard available > 0 else { return 0 }
        interpreter.restore(undoStack[undoStack.count - available])
        undoStack.removeLast(available)
        isUndoing = true
        return available
    }
}
