// What is said while ranks do pieces of shared work: a loss of one's own may print, and which rank does which piece is
// nothing that its user should see.
import Files
import Language
import Tensors

/// The host of pieces of shared work.
final class PieceHost: InterpreterHost {
    /// Something that was said.
    enum Saying {
        case text(String, readers: OutputReaders)
        case warning(String), note(String)
    }

    private let outer: any InterpreterHost
    private let tellsAtOnce: Bool
    private(set) var said: [Saying] = []

    /// - Parameter tellsAtOnce: whether what is said goes on to the outer host; else it is kept.
    init(_ outer: any InterpreterHost, tellsAtOnce: Bool) { (self.outer, self.tellsAtOnce) = (outer, tellsAtOnce) }

    private func say(_ saying: Saying) {
        if tellsAtOnce { saying.tell(outer) } else { said.append(saying) }
    }

    func show(_ value: Value) {
        eachLayout { width, readers in write(value.describe(width: width, digits: digits) + "\n", to: readers) }
    }
    func write(_ text: String) { say(.text(text, readers: .all)) }
    func write(_ text: String, to readers: OutputReaders) { say(.text(text, readers: readers)) }
    func eachLayout(_ body: (_ width: Int, _ readers: OutputReaders) throws -> Void) rethrows {
        try outer.eachLayout(body)
    }
    func warn(_ message: String) { say(.warning(message)) }
    func note(_ message: String) { say(.note(message)) }

    // Each rank does some pieces: a file would hold what one of them wrote, and be read by all. One rank refuses it as
    // several do, and no piece goes on with another value for it.
    private var hasRefused = false
    private func refuse(_ message: String) -> LanguageError {
        hasRefused = true
        return LanguageError(
            message, advice: ["give back what is to be written, and write it afterwards; or go without mpirun"])
    }
    func writing(_ body: () throws -> Void) throws {
        throw refuse("what ranks share out cannot write files: each would write what its own pieces come to")
    }
    func command(_ command: SessionCommand, in source: Source) throws {
        throw refuse("`\(command.text)` acts on a session; what ranks share out cannot")
    }
    func mayCatch(_ error: Diagnostic) throws -> Bool {
        try !hasRefused && outer.mayCatch(error)
    }

    func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {
        outer.progress(title, done: done, total: total, unit: unit, note: note)
    }
    func loopProgress(done: Int, total: Int) { outer.loopProgress(done: done, total: total) }
    var isInterrupted: Bool { outer.isInterrupted }
    func interruptionWasTaken() { outer.interruptionWasTaken() }
    var isAbandoned: Bool { outer.isAbandoned }
    func hint(forUndefined name: String) -> String? { outer.hint(forUndefined: name) }
    func hint(forMethod name: String) -> String? { outer.hint(forMethod: name) }
    var memoryRoom: Int? { outer.memoryRoom }
    var width: Int { outer.width }
    var digits: Int { outer.digits }
    func place(ofUsedFile written: String, beside: String) throws -> String {
        try outer.place(ofUsedFile: written, beside: beside)
    }
    func text(ofUsedFile path: String) throws -> String { try outer.text(ofUsedFile: path) }
    func leave(status: Int32) throws { try outer.leave(status: status) }
}

extension PieceHost.Saying {
    func tell(_ host: any InterpreterHost) {
        switch self {
        case .text(let text, let readers) where readers == .all: host.write(text)
        case .text(let text, let readers): host.write(text, to: readers)
        case .warning(let message): host.warn(message)
        case .note(let message): host.note(message)
        }
    }

    /// For another rank.
    var json: JSON {
        switch self {
        case .text(let text, let readers): [.string(text), .integer(Int(readers.rawValue))]
        case .warning(let message): [.string(message), .string("warning")]
        case .note(let message): [.string(message), .string("note")]
        }
    }

    init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 2, let text = parts[0].string else { return nil }
        switch (parts[1].string, parts[1].integer) {
        case ("warning", _): self = .warning(text)
        case ("note", _): self = .note(text)
        case (_, let readers?): self = .text(text, readers: OutputReaders(rawValue: .init(readers)))
        default: return nil
        }
    }
}

extension Session: PieceListener {
    public func hearing<R>(isFirst: Bool, _ pieces: () -> R) -> (result: R, said: [UInt8]) {
        let host = PieceHost(interpreter.host, tellsAtOnce: isFirst)
        let result = interpreter.with(host: host, pieces)
        // Texts are never refused.
        return (result, host.said.isEmpty ? [] : Array(((try? JSON.array(host.said.map(\.json)).text()) ?? "").utf8))
    }

    public func tell(_ said: [UInt8]) {
        for saying in (try? JSON(parsing: said))?.array ?? [] { PieceHost.Saying(saying)?.tell(interpreter.host) }
    }
}
