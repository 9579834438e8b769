/// Hears how far a recipe is while it is tried, and ends early what says so of itself.
import Language

final class PlanHost: InterpreterHost {
    /// How far something was.
    struct Mark {
        let done: Int
        let seconds: Double
        /// Shared works until then.
        let works: Int
    }

    /// Something that counts what it does: a training, a solver.
    struct Phase {
        let title: String, unit: String
        let total: Int
        /// The second mark comes after what happens but once.
        let first: Mark
        var second: Mark?
        var last: Mark
        var began: Double
        /// Whether it was asked to stop before its end.
        var isCut = false
        var isCutShort: Bool { isCut && last.done < total }
        /// Steps and iterations give what they have when they are cut short; others have nothing to give, and theirs are not
        /// alike: long texts come first.
        var givesWhatItHas: Bool { unit == "steps" || isSolve }
        /// A solver's iterations, which may be fewer than it was given.
        var isSolve: Bool { unit == "" }
    }

    private let outer: any InterpreterHost
    private let budget: Double
    /// Whether what runs is ended when the time is over, and what counts its steps as soon as their price is known.
    private let ends: Bool
    private let mark: (Int) -> Mark
    private let began = PlanClock.wall()
    private(set) var phases: [Phase] = []
    /// Whether something was to be written after something else had been cut short.
    private(set) var refusedToWrite = false
    /// Whether something was cut short.
    private var hasCut: Bool { phases.contains(where: \.isCutShort) }
    private var isOpen = false
    private var wantsEnd = false

    /// - Parameters:
    ///   - budget: seconds on the wall.
    ///   - ends: whether what runs is ended early.
    ///   - mark: what the trial has come to, with a count of what is done.
    init(_ outer: any InterpreterHost, budget: Double, ends: Bool = true, mark: @escaping (Int) -> Mark) {
        (self.outer, self.budget, self.ends, self.mark) = (outer, budget, ends, mark)
    }

    private var elapsed: Double { PlanClock.wall() - began }
    /// Whether the time is over: whatever runs stops then.
    var isOver: Bool { elapsed > budget }

    func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {
        let now = mark(done)
        if isOpen, let last = phases.last, last.title == title, last.total == total, done >= last.last.done {
            let at = phases.count - 1
            if phases[at].second == nil, done > last.first.done { phases[at].second = now }
            phases[at].last = now
        } else {
            wantsEnd = false
            phases.append(Phase(title: title, unit: unit, total: total, first: now, last: now, began: elapsed))
        }
        isOpen = done < total
        let phase = phases[phases.count - 1], spent = elapsed - phase.began
        // A few tell the price of one; where each takes long, one has to do, so that there is time for what comes after.
        let isKnown =
            spent > 0.4 * budget && phase.last.done - (phase.second ?? phase.first).done >= 3
            || spent > 0.6 * budget && phase.last.done > phase.first.done
        wantsEnd = isOpen && isKnown && phase.givesWhatItHas
        report(title)
    }

    /// How much of the time is over; the user sees nothing else of the trial.
    func report(_ note: String) {
        let total = max(1, Int(budget))
        outer.progress("plan", done: min(total - 1, Int(elapsed)), total: total, unit: "", note: note)
    }

    func finish() {
        let total = max(1, Int(budget))
        outer.progress("plan", done: total, total: total, unit: "", note: "")
    }

    var wasInterrupted: Bool { outer.isInterrupted }
    var isInterrupted: Bool {
        if outer.isInterrupted { return true }
        guard ends else { return false }
        guard wantsEnd || isOver else { return false }
        if isOpen { phases[phases.count - 1].isCut = true }
        return true
    }
    func interruptionWasTaken() { (wantsEnd, isOpen) = (false, false) }
    var isAbandoned: Bool { outer.isAbandoned }

    // What it would say it says when it runs in earnest.
    func show(_ value: Value) {}
    func write(_ text: String) {}
    var memoryRoom: Int? { outer.memoryRoom }
    var width: Int { outer.width }
    var digits: Int { outer.digits }
    func hint(forUndefined name: String) -> String? { outer.hint(forUndefined: name) }
    func hint(forMethod name: String) -> String? { outer.hint(forMethod: name) }
    func writing(_ body: () throws -> Void) throws {
        // A file of what was cut short would be taken for that of the whole.
        if hasCut {
            refusedToWrite = true
            throw Interruption()
        }
        try outer.writing(body)
    }
    func mayCatch(_ error: Diagnostic) throws -> Bool { try outer.mayCatch(error) }
    func place(ofUsedFile written: String, beside: String) throws -> String {
        try outer.place(ofUsedFile: written, beside: beside)
    }
    func text(ofUsedFile path: String) throws -> String { try outer.text(ofUsedFile: path) }
    func command(_ command: SessionCommand, in source: Source) throws { try outer.command(command, in: source) }
}
