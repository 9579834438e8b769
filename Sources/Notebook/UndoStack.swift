// What `:undo` and an abandoned statement go back to.
import Language
import Tensors

/// A session as it was before a cell or a statement.
struct Checkpoint {
    /// The cell that was about to run.
    let cell: Int
    let names: Interpreter.Snapshot
    let generator: RandomGenerator?
    let results: NumberedResults
    let history: CellHistory.Mark
    let digits: Int
    let start: SessionStart
}

/// The checkpoints of the latest cells that changed something, oldest first.
struct UndoStack {
    /// Cells that can be taken back.
    private static let depth = 20
    private var checkpoints: [Checkpoint] = []

    var count: Int { checkpoints.count }
    var marks: [CellHistory.Mark] { checkpoints.map(\.history) }

    mutating func push(_ checkpoint: Checkpoint) {
        checkpoints.append(checkpoint)
        if checkpoints.count > Self.depth { checkpoints.removeFirst() }
    }

    /// Takes the last `count` off, or as many as there are, oldest first.
    mutating func pop(_ count: Int) -> [Checkpoint] {
        let last = Array(checkpoints.suffix(count))
        checkpoints.removeLast(last.count)
        return last
    }

    /// Lets go of all that they keep.
    mutating func removeAll() { checkpoints.removeAll() }
}
