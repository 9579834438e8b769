// Going back: names, random numbers, numbered results and the cell counter as they were before a cell.
import Language
import Tensors

extension Session {
    /// What `:undo` and an abandoned statement go back to.
    struct Checkpoint {
        /// The cell that was about to run.
        let cell: Int
        let names: Interpreter.Snapshot
        let generator: RandomGenerator?
        let results: NumberedResults
        let recordCount: Int
        let resets: Int
        let digits: Int
        let firstSeed: UInt64
        let firstDigits: Int
    }

    /// Cells that `:undo` can take back.
    static let undoDepth = 20

    func checkpoint() -> Checkpoint { checkpoint(names: interpreter.snapshot()) }

    /// What one statement may change: there may be many statements and many names.
    func checkpoint(before statement: Program.Statement) -> Checkpoint {
        statement.command == nil
            ? checkpoint(names: interpreter.snapshot(of: statement.binds.union(Self.ownNames))) : checkpoint()
    }

    private func checkpoint(names: Interpreter.Snapshot) -> Checkpoint {
        Checkpoint(
            cell: nextCell, names: names, generator: configuration.engine?.generator, results: results,
            recordCount: records.count, resets: resets, digits: digits, firstSeed: firstSeed,
            firstDigits: firstDigits)
    }

    func restore(_ checkpoint: Checkpoint) {
        interpreter.restore(checkpoint.names)
        if let generator = checkpoint.generator { configuration.engine?.generator = generator }
        results = checkpoint.results
        firstSeed = checkpoint.firstSeed
        firstDigits = checkpoint.firstDigits
        digits = checkpoint.digits
        if checkpoint.resets != resets {
            records = archive[checkpoint.resets] ?? []
            resets = checkpoint.resets
        }
        records.removeSubrange(min(checkpoint.recordCount, records.count)...)
    }

    func remember(_ checkpoint: Checkpoint) {
        // What only :undo would need is let go where memory runs short.
        if let device = configuration.engine?.device, device.memory.live > device.memoryLimit / 2 {
            undoStack.removeAll()
        }
        undoStack.append(checkpoint)
        if undoStack.count > Self.undoDepth { undoStack.removeFirst() }
        archive = archive.filter { number, _ in undoStack.contains { $0.resets <= number } }
    }

    /// Takes back what the last `count` cells did, and their numbers. Returns those.
    func undo(_ count: Int) -> [Int] {
        let undone = undoStack.suffix(count)
        guard let first = undone.first else { return [] }
        restore(first)
        running?.nextNumber = first.cell
        undoStack.removeLast(undone.count)
        return undone.map(\.cell)
    }

    /// Forgets names, results and cells, and starts the random numbers anew.
    func reset() {
        willChange()
        archive[resets] = records
        resets += 1
        records = []
        results = NumberedResults()
        firstDigits = digits
        for name in interpreter.globals.map(\.name) { interpreter[name] = nil }
        interpreter.forgetUsedFiles()
        configuration.engine?.generator = RandomGenerator(seed: firstSeed)
    }
}
