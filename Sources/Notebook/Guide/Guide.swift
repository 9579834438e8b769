// The tour behind `:guide`: which step one is at, and whether a cell was what the step asked for.
import Language

/// A tour of ten steps, after which a model has forgotten something.
public struct Guide: Sendable {
    /// One thing to try.
    public struct Step: Sendable {
        public let title: String
        /// Two or three sentences.
        public let text: String
        /// What to type.
        public let line: String
        /// A variation counts when it binds these names …
        let binds: Set<String>
        /// … and uses these.
        let uses: Set<String>

        init(_ title: String, _ text: String, line: String, binds: Set<String> = [], uses: Set<String>) {
            self.title = title
            self.text = text
            self.line = line
            self.binds = binds
            self.uses = uses
        }

        /// Whether a cell does what the step is about, in the words shown or others.
        func isDone(by cell: String) -> Bool {
            guard let program = try? Program(parsing: Source(cell, origin: .cell(0))) else { return false }
            var bound: Set<String> = [], used: Set<String> = []
            for statement in program.statements {
                bound.formUnion(statement.binds)
                used.formUnion(statement.reads)
                // `:step run 30` stands for `run = step(run, 30)`.
                if let command = statement.command, case .colon = command.kind {
                    let words = command.words.split(separator: " ").map(String.init)
                    if words.count > 1, words[0] == "step" || words[0] == "back" {
                        (bound, used) = (bound.union([words[1]]), used.union(words))
                    }
                }
            }
            return binds.isSubset(of: bound) && uses.isSubset(of: used)
        }
    }

    /// The step one is at, counted from 0; nil while no tour is under way.
    public private(set) var position: Int?
    /// Where a tour that was stopped goes on.
    private(set) var resting: Int?
    /// The reminder of the step has been given.
    private var hasReminded = false

    public init() {}

    public var step: Step? { position.map { Self.steps[$0] } }

    mutating func go(to position: Int) {
        self.position = min(max(0, position), Self.steps.count - 1)
        hasReminded = false
    }

    /// The tour is over; the next one begins anew.
    mutating func finish() { (resting, position) = (nil, nil) }

    mutating func stop() { (resting, position) = (position ?? resting, nil) }

    /// What a finished cell means for the tour.
    enum Effect { case nothing, reminder, nextStep, end }

    /// Takes note of a cell that has run.
    mutating func note(_ cell: String, failed: Bool) -> Effect {
        guard let position, let step else { return .nothing }
        if !failed, step.isDone(by: cell) {
            if position + 1 == Self.steps.count {
                finish()
                return .end
            }
            go(to: position + 1)
            return .nextStep
        }
        // The guide's own commands, and looking around, are no departure from the way.
        guard !hasReminded, !cell.hasPrefix(":"), !cell.hasPrefix("?"), !cell.hasPrefix("!"), !cell.hasSuffix("?")
        else { return .nothing }
        hasReminded = true
        return .reminder
    }
}
