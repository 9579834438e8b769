/// What a run of a study prints, kept until the run has ended: runs go on side by side, and their lines would mix.
import Language

final class StudyHost: InterpreterHost {
    private let outer: any InterpreterHost
    private let files: FilesRead
    private let tell: (String) -> Void
    private let polled: () -> Void
    private let team: Team?
    private(set) var printed = PrintedText()

    /// What a run that several ranks do together hears of the others.
    struct Team {
        /// Whether they gave the run up: then it is to end here, too, and what it came to does not count.
        let hasEnded: () -> Bool
    }

    /// - Parameters:
    ///   - files: hears of scripts that are taken in.
    ///   - tell: hears how far the run is.
    ///   - polled: is called whenever the run looks whether it is to stop.
    ///   - team: where other ranks do a part of it.
    init(
        _ outer: any InterpreterHost, files: FilesRead, tell: @escaping (String) -> Void,
        polled: @escaping () -> Void = {}, team: Team? = nil
    ) {
        (self.outer, self.files, self.tell, self.polled, self.team) = (outer, files, tell, polled, team)
    }

    func show(_ value: Value) {
        eachLayout { width, readers in write(value.describe(width: width, digits: digits) + "\n", to: readers) }
    }
    func write(_ text: String) { printed.add(text) }
    func write(_ text: String, to readers: OutputReaders) { printed.add(text, for: readers) }
    func eachLayout(_ body: (_ width: Int, _ readers: OutputReaders) throws -> Void) rethrows {
        try outer.eachLayout(body)
    }
    func warn(_ message: String) { printed.add("warning: \(message)\n") }
    // A study tells how far it is, and of one of its runs in a few words.
    func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {
        tell("\(title) \(done)/\(total)")
    }
    var isInterrupted: Bool {
        polled()
        return hasEnded || outer.isInterrupted
    }
    private var hasEnded: Bool { team?.hasEnded() ?? false }
    // A run of several ranks is stopped whole: what one of them has of it is of no use.
    func interruptionWasTaken() { if team == nil { outer.interruptionWasTaken() } }
    func hint(forUndefined name: String) -> String? { outer.hint(forUndefined: name) }
    func hint(forMethod name: String) -> String? { outer.hint(forMethod: name) }
    var isAbandoned: Bool { hasEnded || outer.isAbandoned }
    var memoryRoom: Int? { outer.memoryRoom }
    var width: Int { outer.width }
    var digits: Int { outer.digits }
    func writing(_ body: () throws -> Void) throws { try outer.writing(body) }
    func mayCatch(_ error: Diagnostic) throws -> Bool { try outer.mayCatch(error) }
    func place(ofUsedFile written: String, beside: String) throws -> String {
        try outer.place(ofUsedFile: written, beside: beside)
    }
    func text(ofUsedFile path: String) throws -> String {
        try files.read(path)
        return try outer.text(ofUsedFile: path)
    }
    func command(_ command: SessionCommand, in source: Source) throws { try outer.command(command, in: source) }
}
