// One cell while it runs: made when it begins, dropped when it has ended.
import Language

/// What a cell has produced and done so far, for whatever runs inside it.
final class CellRun {
    /// Its number; nil for a script, which has none.
    let number: Int?
    /// What it is to repeat of a session that is being brought back; nil for a cell that runs of its own.
    private(set) var repetition: Repetition?
    /// The number of the cell after it; `:undo` goes back with it.
    var nextNumber: Int
    private(set) var outputs: [Output] = []
    /// Files that it read as scripts.
    var filesRead: [String: String] = [:]
    /// It did more than look around, so there may be something for `:undo` to take back.
    var hasChanged = false
    /// It has put other records in the place of all, among which it has no place itself.
    var leavesNoRecord = false
    /// The user interrupted it.
    var isStopped = false
    /// The user interrupted twice: the statement has done nothing.
    var wasAbandoned = false
    /// The last report of a long operation.
    private(set) var lastProgress: Progress?
    /// Set while a command evaluates an expression for itself: takes the value instead of the screen.
    var capture: ((Value) -> Void)?

    init(number: Int?, nextNumber: Int, repetition: Repetition? = nil) {
        self.number = number
        self.nextNumber = nextNumber
        self.repetition = repetition
    }

    func append(_ output: Output) { outputs.append(output) }

    var hasShownPicture: Bool {
        outputs.contains { if case .value(let rendering) = $0 { rendering.svg != nil } else { false } }
    }

    /// Takes note of how far a long operation has come. Returns whether the user had stopped here in the session that
    /// is being repeated.
    func report(_ progress: Progress) -> Bool {
        lastProgress = progress
        guard repetition?.stop == progress else { return false }
        repetition?.stop = nil
        return true
    }

    /// How far a long operation had come.
    struct Progress: Equatable, Codable {
        var title: String
        var done: Int
    }

    /// What a cell of a lost session did, which depends on more than its text; see ``Journal``.
    struct Repetition {
        /// Where the user stopped it.
        var stop: Progress?
        /// The texts of the files that it read.
        let files: [String: String]
    }

    /// What is known of a cell that has ended.
    struct Outcome {
        var ending = CellRecord.Ending.finished
        var filesRead: [String: String] = [:]
        var wasAbandoned = false
        var lastProgress: Progress?
    }

    func outcome(_ ending: CellRecord.Ending) -> Outcome {
        Outcome(ending: ending, filesRead: filesRead, wasAbandoned: wasAbandoned, lastProgress: lastProgress)
    }
}
