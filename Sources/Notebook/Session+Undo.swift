// Going back: names, random numbers, numbered results and the cell counter as they were before a cell.
import Language
import Tensors

extension Session {
    func checkpoint() -> Checkpoint { checkpoint(names: interpreter.snapshot()) }

    /// What one statement may change: there may be many statements and many names.
    func checkpoint(before statement: Program.Statement) -> Checkpoint {
        statement.command == nil
            ? checkpoint(names: interpreter.snapshot(of: statement.binds.union(Self.ownNames))) : checkpoint()
    }

    private func checkpoint(names: Interpreter.Snapshot) -> Checkpoint {
        Checkpoint(
            cell: nextCell, names: names, generator: configuration.engine?.generator, results: results,
            history: history.mark, digits: digits, start: start)
    }

    func restore(_ checkpoint: Checkpoint) {
        interpreter.restore(checkpoint.names)
        if let generator = checkpoint.generator { configuration.engine?.generator = generator }
        results = checkpoint.results
        start = checkpoint.start
        digits = checkpoint.digits
        history.goBack(to: checkpoint.history)
    }

    func remember(_ checkpoint: Checkpoint) {
        // What only :undo would need is let go where memory runs short.
        if let device = configuration.engine?.device, device.memory.live > device.memoryLimit / 2 {
            undoStack.removeAll()
        }
        undoStack.push(checkpoint)
        history.keep(for: undoStack.marks)
    }

    /// Takes back what the last `count` cells did, and their numbers. Returns those.
    func undo(_ count: Int) -> [Int] {
        let undone = undoStack.pop(count)
        guard let first = undone.first else { return [] }
        restore(first)
        running?.nextNumber = first.cell
        return undone.map(\.cell)
    }

    /// Forgets names, results and cells, and starts the random numbers anew.
    func reset() {
        willChange()
        history.replaceAll()
        results = NumberedResults()
        start.digits = digits
        for name in interpreter.globals.map(\.name) { interpreter[name] = nil }
        interpreter.forgetUsedFiles()
        configuration.engine?.generator = RandomGenerator(seed: start.seed)
    }
}
