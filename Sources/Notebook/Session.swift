// A session: the interpreter with its names, numbered cells, results by number, and the verbs every front end uses.
import Language
import Plots
import Tensors
import Vocabulary

/// Runs cells, tells whether text is a whole cell, completes names, and explains them.
///
/// Not thread safe: one thread runs cells. Everything a cell produces goes to `onOutput` as it happens.
public final class Session {
    /// What a session is told when it is made.
    public struct Configuration {
        /// Functions and constants the language knows.
        public var registry: Registry
        /// Random numbers and memory of the vocabulary; nil for a session without tensors.
        public var engine: EngineContext?
        /// What Ctrl-C tells, and all that computes for this session polls: the device's, where there is one.
        public var cancellation: Cancellation
        /// Columns that printed values may fill.
        public var width: () -> Int = { 80 }
        /// Rows of the window; nil where there is none.
        public var rows: () -> Int? = { nil }
        /// Whether the reader's terminal shows more than ASCII.
        public var isUnicode: () -> Bool = { true }
        /// Where long operations report.
        public var progress: ProgressMeter?
        /// What `:export` writes.
        public var exports = ExportFormats.all
        /// Takes away what is shown (`:clear`); nil where nothing can be taken back.
        public var clear: (() -> Void)?
        /// Whether printed values come with their data, for front ends that hand them to other programs.
        public var givesData = false
        /// Runs a `!` line; nil where there is no shell.
        public var shell: ((String) -> Void)?
        /// Shows a text a page at a time, and says whether it did; nil where no one turns pages.
        public var pager: ((String) -> Bool)?
        /// Whether the terminal shows pictures as pixels; it may have to be asked.
        public var showsPixels: () -> Bool = { false }
        /// Whether it does so from the start, without `:set pictures pixels`.
        public var beginsWithPixels = false
        /// Folders in which `use` looks for a file that is not where it is said to be.
        public var searchPath: [String] = []
        /// Makes another session like this one, without names; nil where there is only one.
        public var fresh: (() -> Session)?

        /// The whole vocabulary, bound to an engine.
        public init(_ engine: EngineContext) {
            registry = Vocabulary.registry(engine)
            self.engine = engine
            cancellation = engine.device.cancellation
        }

        /// A session without tensors.
        public init(registry: Registry) {
            self.registry = registry
            cancellation = Cancellation()
        }
    }

    /// Called with every output at once; set by the front end.
    public var onOutput: (Output) -> Void = { _ in }
    /// Is told that a statement is about to run, which may take long.
    public var beforeStatement: () -> Void = {}
    /// Significant digits of printed results (`:set digits 6`).
    public internal(set) var digits = SessionStart.usualDigits
    /// Whether every cell says how long it took (`:set timer on`).
    public internal(set) var isTimed = false
    /// `:quit` or `exit` was run.
    public internal(set) var isQuitting = false
    /// What `exit` was given; nil where it was not called.
    public internal(set) var exitStatus: Int32?
    /// The number the next cell gets.
    public internal(set) var nextCell = 1
    /// The cells run so far; none of those that were taken back.
    public var records: [CellRecord] { history.records }
    /// Whether cells and their outputs are remembered; a script run as a whole needs no memory of itself.
    public var keepsRecords = true

    /// The tour behind `:guide`.
    public internal(set) var guide = Guide()
    /// Whether long help goes through a pager (`:set pager on`).
    public internal(set) var usesPager = false
    /// Whether an empty line stands before each prompt (`:set projector on`).
    public internal(set) var isSpaced = false
    /// What a prompt helps one who types with (`:set highlight off`, `:set suggest off`).
    public internal(set) var typingAids: TypingAids = [.highlight, .suggest]
    /// How pictures are shown (`:set pictures words`).
    var pictureStyle = PictureStyle.characters
    /// What the prompt remembers; nil where there is none.
    public var promptHistory: PromptHistory?
    /// What `:play` plays.
    var lesson: Lesson?

    package let configuration: Configuration
    /// For whom values are laid out.
    let layout: Layout
    /// How it began.
    var start: SessionStart
    /// The seed the session began with.
    public var firstSeed: UInt64 { start.seed }
    /// The digits that a saved session has to set at its beginning; nil for what every session begins with.
    package var savedDigits: Int? { start.digits == SessionStart.usualDigits ? nil : start.digits }
    package private(set) lazy var interpreter = Interpreter(registry: configuration.registry, host: self)

    /// The running cell.
    private(set) var running: CellRun?
    /// How the last cell ended, and what is known of it.
    private(set) var last = CellRun.Outcome()
    /// How the last cell ended.
    public var lastEnding: CellRecord.Ending { last.ending }
    /// The error of the last statement that failed.
    var lastFailure: Diagnostic?

    var results = NumberedResults()
    package internal(set) var history = CellHistory()
    var undoStack = UndoStack()
    var nameUse = NameUse()
    /// Files that `:load` has read, with their texts.
    var loaded: [(path: String, text: String)] = []

    public init(_ configuration: Configuration) {
        var configuration = configuration
        let layout = Layout(columns: configuration.width, showsUnicode: configuration.isUnicode)
        PlotFunctions.add(to: &configuration.registry, configuration.engine, isUnicode: { layout.isUnicode })
        self.layout = layout
        self.configuration = configuration
        if configuration.beginsWithPixels { pictureStyle = .pixels }
        start = SessionStart(seed: configuration.engine?.seed ?? 0)
    }

    // MARK: Running cells

    /// Runs something as one cell: what belongs to it is made before and dropped afterwards. Returns its outputs.
    func asCell(
        numbered: Bool, repeating: CellRun.Repetition? = nil, _ body: (CellRun) -> CellRecord.Ending
    ) -> [Output] {
        let run = CellRun(number: numbered ? nextCell : nil, nextNumber: nextCell + 1, repetition: repeating)
        running = run
        // A session that checks a script runs within another's cell.
        let ranks = configuration.engine?.device.ranks, outer = ranks?.listener
        if ranks?.sharesWork == true { ranks?.listener = self }
        defer {
            running = nil
            ranks?.listener = outer
        }
        last = CellRun.Outcome(ending: body(run))
        last = run.outcome(last.ending)
        return run.outputs
    }

    // MARK: The other verbs

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

    // MARK: Outputs

    /// The picture that was shown last, also in a script and in a cell that has not ended.
    private(set) var lastPicture: Rendering?

    /// Gives out what a cell produced, fit to be looked at: names and texts in it may come from anywhere.
    func emit(_ output: Output) { deliver(output.visible) }

    func deliver(_ output: Output) { deliver(output, to: .all) }

    func deliver(_ output: Output, to readers: OutputReaders) {
        // A script's outputs would only fill the memory.
        if keepsRecords, readers.contains(.record) { running?.append(output) }
        if case .value(let rendering) = output, rendering.svg != nil, readers.contains(.record) {
            lastPicture = rendering
        }
        if readers.contains(.window) { onOutput(output) }
    }

    /// A value as text for the window and for the record.
    func rendering(of value: Value) -> Rendering {
        Rendering(
            value, layout.forWindow { value.describe(width: $0, digits: digits) },
            recorded: layout.isStandard || !keepsRecords
                ? nil : layout.forRecord { value.describe(width: $0, digits: digits) },
            digits: digits, givesData: configuration.givesData)
    }

    /// Sets a name from outside a program, as `args` in a script.
    public func bind(_ name: String, to value: Value) { interpreter[name] = value }

    /// The numbered results' and last value's names, which `:who` leaves out.
    static let ownNames: Set<String> = ["ans", "out", "args"]
}
