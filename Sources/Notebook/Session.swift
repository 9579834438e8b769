// A session: the interpreter with its names, numbered cells, results by number, and the four verbs every front end uses.
import Plots
import Language
import Tensors
import Vocabulary

/// Runs cells, tells whether text is a whole cell, completes names, and explains them.
///
/// Not thread safe: one thread runs cells. Everything a cell produces goes to `onOutput` as it happens.
public final class Session: InterpreterHost {
    /// What a session is told when it is made.
    public struct Configuration {
        /// Functions and constants the language knows.
        public var registry: Registry
        /// Random numbers and memory of the vocabulary; nil for a session without tensors.
        public var engine: EngineContext?
        /// Whether the user asked to stop; polled from inside computations.
        public var isInterrupted: () -> Bool = { false }
        /// Makes computations forget that the user asked to stop, so that the rest of a statement completes.
        public var clearInterruption: () -> Void = {}
        /// Whether the user asked a second time: the cell is abandoned and names keep their values.
        public var isAbandoned: () -> Bool = { false }
        /// Asks computations to stop, as Ctrl-C does.
        public var interrupt: () -> Void = {}
        /// Columns that printed values may fill.
        public var width: () -> Int = { 80 }
        /// Whether the reader's terminal shows more than ASCII.
        public var isUnicode: () -> Bool = { true }
        /// Where long operations report.
        public var progress: ProgressMeter?
        /// Runs a `!` line; nil where there is no shell.
        public var shell: ((String) -> Void)?
        /// Makes another session like this one, without names; nil where there is only one.
        public var fresh: (() -> Session)?

        public init(registry: Registry, engine: EngineContext? = nil) {
            self.registry = registry
            self.engine = engine
        }
    }

    /// Called with every output at once; set by the front end.
    public var onOutput: (Output) -> Void = { _ in }
    /// Significant digits of printed results (`:set digits 6`).
    public internal(set) var digits = Session.usualDigits
    /// Whether every cell says how long it took (`:set timer on`).
    public internal(set) var isTimed = false
    /// `:quit` was run.
    public internal(set) var isQuitting = false
    /// The number the next cell gets.
    public internal(set) var nextCell = 1
    /// The cells run so far; none of those that were taken back.
    public internal(set) var records: [CellRecord] = []
    /// Whether cells and their outputs are remembered; a script run as a whole needs no memory of itself.
    public var keepsRecords = true

    /// The tour behind `:guide`.
    public internal(set) var guide = Guide()

    let configuration: Configuration
    /// The seed the session began with.
    public internal(set) var firstSeed: UInt64
    /// Digits of results before its first cell; a `:reset` leaves them as they are.
    var firstDigits = Session.usualDigits
    static let usualDigits = 4
    /// What a saved session has to set at its beginning; nil for what every session begins with.
    package var savedDigits: Int? { firstDigits == Self.usualDigits ? nil : firstDigits }
    private(set) lazy var interpreter = Interpreter(registry: configuration.registry, host: self)

    var outputs: [Output] = []
    var results = NumberedResults()
    var undoStack: [Checkpoint] = []
    /// Records from before a `:reset`, by the number of resets; `:undo` takes that back, too.
    var archive: [Int: [CellRecord]] = [:]
    var resets = 0
    /// Files that `:load` has read, with their texts.
    var loaded: [(path: String, text: String)] = []
    /// Files that the running cell read as scripts; and texts to take instead of reading, see ``Journal``.
    var filesRead: [String: String] = [:]
    var repeatedFiles: [String: String] = [:]
    /// Set while a command evaluates an expression for itself: takes the value instead of the screen.
    private var capture: ((Value) -> Void)?
    /// The names that functions use, by their texts.
    var namesInFunctions: [String: Set<String>] = [:]

    public init(_ configuration: Configuration) {
        var configuration = configuration
        PlotFunctions.add(to: &configuration.registry, isUnicode: configuration.isUnicode)
        self.configuration = configuration
        firstSeed = configuration.engine?.seed ?? 0
    }

    // MARK: The four verbs

    /// Runs a cell. Its statements run in order up to the first that fails; names bound before keep their values.
    ///
    /// - Parameter keepsGoing: go on with the next statement after one that failed.
    @discardableResult
    public func run(_ cell: Cell, keepsGoing: Bool = false) -> [Output] {
        outputs = []
        ranCode = false
        lastProgress = nil
        filesRead = [:]
        let isNumbered = cell.origin == nil
        let before = isNumbered ? checkpoint() : nil
        currentCell = isNumbered ? nextCell : nil
        nextNumber = nextCell + 1
        let origin = cell.origin ?? .cell(nextCell)
        let source = isNumbered ? cell.source.trimmingNewlines : cell.source
        let start = ContinuousClock.now
        let record = perform(source, origin: origin, keepsGoing: keepsGoing)
        if isTimed, isNumbered {
            emit(.text(.messages, SessionCommands.duration((ContinuousClock.now - start) / .seconds(1)) + "\n"))
        }
        isStopped = false
        currentCell = nil
        if isNumbered {
            if ranCode, let before { remember(before) }
            nextCell = nextNumber
        }
        lastEnding = record.ending
        if isNumbered { followGuide(cell.source) }
        return outputs
    }

    /// Runs a script in this session before its cells: its chunks are remembered as `:load` does, and have no number.
    public func begin(with script: String, name: String) {
        (outputs, lastProgress, filesRead) = ([], nil, [name: script])
        lastEnding = load(script, name: name)
        isStopped = false
    }

    /// How the last cell ended.
    public private(set) var lastEnding = CellRecord.Ending.finished

    /// Runs the statements of a text and remembers what they did. Cells run this, and so do commands that run text of
    /// their own (`:load`, `:rerun`), inside a cell.
    @discardableResult
    func perform(
        _ text: String, origin: Source.Origin, leading: String = "", isWhole: Bool = false, isRerun: Bool = false,
        keepsGoing: Bool = false
    ) -> CellRecord {
        var record = CellRecord(number: nextCell, origin: origin, source: text)
        record.isWhole = isWhole
        record.isRerun = isRerun
        record.randomBefore = configuration.engine?.generator
        let source = Source(text, origin: origin)
        do {
            let program = try Program(parsing: source)
            try interpreter.check(program)
            perform(program, leading: leading, &record, keepsGoing: keepsGoing)
        } catch {
            record.ending = .failed
            emit(.failure(error as? Diagnostic ?? Diagnostic("\(error)", source: source, span: Span(0, 0))))
        }
        record.randomAfter = configuration.engine?.generator
        if keepsRecords, !leavesNoRecord {
            records.append(record)
            forgetOldPictures()
        }
        leavesNoRecord = false
        return record
    }

    private func perform(_ program: Program, leading: String, _ record: inout CellRecord, keepsGoing: Bool) {
        let groups = program.groups
        if groups.isEmpty { record.pieces.append(.init(source: leading + program.source.text, output: "")) }
        for (number, group) in groups.enumerated() {
            let start = outputs.count
            var finished = group.statements.lowerBound
            for index in group.statements {
                let statement = program.statements[index]
                let ending = run(statement, of: program)
                var isKept = ending == .finished
                if ending != .finished {
                    record.ending = ending
                    record.isPartial = record.isPartial || statement.isCompound && !statement.binds.isEmpty
                    // What an interrupted statement had was kept.
                    if case .interrupted = ending { isKept = !wasAbandoned }
                }
                if isKept {
                    finished = index + 1
                    if keepsRecords { note(statement, in: &record) }
                }
                if isOver(ending, keepsGoing) { break }
            }
            if keepsRecords, finished > group.statements.lowerBound {
                let ran = group.statements.lowerBound..<finished
                record.pieces.append(
                    piece(ran, of: group, in: program, leading: number == 0 ? leading : "", outputs[start...]))
            }
            if isOver(record.ending, keepsGoing) { break }
        }
    }

    /// Whether nothing more is to be run after a statement.
    private func isOver(_ ending: CellRecord.Ending, _ keepsGoing: Bool) -> Bool {
        isQuitting || isStopped || ending != .finished && !keepsGoing
    }

    /// What is remembered of statements on the same lines, the last of which may have failed.
    private func piece(
        _ ran: Range<Int>, of group: Program.Group, in program: Program, leading: String, _ outputs: ArraySlice<Output>
    ) -> CellRecord.Piece {
        // Of a line whose end failed the beginning stays, without the error, and as silent as it was.
        let isCut = ran.upperBound < group.statements.upperBound
        let statements = program.statements[ran]
        let end = isCut ? statements.last?.span.end ?? group.span.end : group.span.end
        let said = isCut ? outputs.filter { if case .failure = $0 { false } else { true } } : Array(outputs)
        var piece = CellRecord.Piece(
            source: leading + program.source.text(Span(Int(group.span.start), Int(end)))
                + (isCut && statements.last?.isSilent ?? false ? ";" : ""),
            output: said.recorded)
        piece.items = said.compactMap { ExportedDocument.Item($0) }
        piece.isLook = statements.allSatisfy { $0.command.map(SessionCommands.onlyLooks) ?? false }
        if statements.count == 1, let only = statements.first, only.isPrinted {
            piece.valueStart = leading.utf8.count + Int(only.span.start - group.span.start)
        }
        return piece
    }

    /// Runs one statement and shows what went wrong, if anything did.
    private func run(_ statement: Program.Statement, of program: Program) -> CellRecord.Ending {
        defer { configuration.progress?.finish() }
        // Only whoever can press Ctrl-C twice needs a way back.
        let before = currentCell == nil ? nil : checkpoint()
        let generator = configuration.engine?.generator
        wasAbandoned = false
        do {
            if statement.command == nil { ranCode = true }
            try interpreter.run(statement, of: program)
            return .finished
        } catch let told as AlreadyTold {
            return told.ending
        } catch let interruption as Language.Interruption {
            isStopped = true
            var message = interruption.message
            if configuration.isAbandoned(), let before {
                restore(before)
                wasAbandoned = true
                message = "abandoned: names keep the values they had before this statement"
            }
            emit(.interrupted(message))
            return .interrupted(message)
        } catch let diagnostic as Diagnostic {
            emit(.failure(diagnostic))
        } catch {
            emit(.failure(Diagnostic("\(error)", source: program.source, span: statement.span)))
        }
        // A statement that failed draws no random numbers: a saved session, which leaves it out, repeats the others exactly.
        if let generator { configuration.engine?.generator = generator }
        return .failed
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

    /// The examples of all built-ins.
    public var examples: [(name: String, examples: [String])] {
        configuration.registry.builtins.map { ($0.name, $0.examples) }
    }

    // MARK: InterpreterHost

    public func show(_ value: Value) {
        if let capture {
            capture(value)
            return
        }
        if let number = currentCell {
            results.keep(value, as: number)
            interpreter["out"] = .list(results.list)
        }
        emit(.value(Rendering(value, width: width, digits: digits)))
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

    public func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {
        lastProgress = Progress(title: title, done: done)
        // The user had stopped here in the session that is being repeated.
        if stop != nil, stop == lastProgress {
            stop = nil
            configuration.interrupt()
        }
        configuration.progress?.report(title, done: done, total: total, unit: unit, note: note)
    }

    public func loopProgress(done: Int, total: Int) { configuration.progress?.reportLoop(done: done, total: total) }

    public func hint(forUndefined name: String) -> String? {
        if let hint = Self.foreignNames[name] { return hint }
        return SessionCommands.all.contains { $0.name == name } ? "write :\(name)" : nil
    }

    /// What other languages call things, and what they are called here.
    private static let foreignNames = [
        "exit": "write :quit, or press Ctrl-D", "q()": "write :quit, or press Ctrl-D",
        "c()": "a list is written [1, 2]",
        "help": "write :help, or ?name", "whos": "write :who", "ls": "write !ls", "pwd": "write !pwd",
        "cd": "write !ls; the folder stays the one Lethe was started in",
        "clear": "Ctrl-L clears the screen, :reset forgets all names", "cls": "Ctrl-L clears the screen",
        "timeit": "write :bench expression",
        "array": "write tensor([1, 2])", "dict": "a record is written (a=1, b=2)", "list": "a list is written [1, 2]",
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

    /// How far a long operation had come.
    struct Progress: Equatable, Codable {
        var title: String
        var done: Int
    }

    /// The last report of the running cell.
    private(set) var lastProgress: Progress?
    /// Where the running cell is to be interrupted; see ``Journal``.
    var stop: Progress?

    private(set) var currentCell: Int?
    /// The number of the cell after the running one; `:undo` goes back with it.
    var nextNumber = 1
    /// The running cell did more than look around, so there may be something to take back.
    private var ranCode = false
    /// A command is about to change names or the random generator: `:undo` takes its cell back too.
    func willChange() { ranCode = true }
    /// The running cell has put other records in the place of all, among which it has no place itself.
    var leavesNoRecord = false
    /// What cells that a command ran have already said of their ending; it is the command's, too.
    private struct AlreadyTold: Error { let ending: CellRecord.Ending }
    /// Ends a command as the cells ended that it ran.
    static func pass(on ending: CellRecord.Ending) throws {
        if ending != .finished { throw AlreadyTold(ending: ending) }
    }
    /// A command changed nothing that `:undo` could take back.
    func hasChangedNothing() { ranCode = false }
    /// The user interrupted the running cell.
    private(set) var isStopped = false
    /// The user interrupted twice: the statement has done nothing.
    private(set) var wasAbandoned = false
    /// A lost session is being brought back: commands that would act on the outside or only look do nothing.
    var isRepeating = false

    /// The numbered results' and last value's names, which `:who` leaves out.
    static let ownNames: Set<String> = ["ans", "out", "args"]

    func emit(_ output: Output) {
        // A script's outputs would only fill the memory.
        if keepsRecords { outputs.append(output) }
        onOutput(output)
    }

    /// Sets a name from outside a program, as `args` in a script.
    public func bind(_ name: String, to value: Value) { interpreter[name] = value }

    /// Runs text on behalf of a command, as if it stood in its place.
    func runNested(_ text: String, in source: Source) throws {
        ranCode = true
        try interpreter.run(Source(text, origin: source.origin))
    }

    /// The value of an expression, which is not printed; whatever running it changed is put back.
    func evaluate(_ text: String, in source: Source) throws -> Value? {
        let (before, ran) = (checkpoint(), ranCode)
        var result: Value?
        capture = { result = $0 }
        defer {
            capture = nil
            restore(before)
            ranCode = ran
        }
        try interpreter.run(Source(text, origin: source.origin))
        return result
    }
}
