// Runs a whole script in a session: stops at the first failing statement, or goes on when asked to.
import Language

/// Runs scripts.
public struct ScriptRunner {
    /// How a script ended; its raw value is the process's exit status.
    public enum Ending: Int32, Sendable {
        case success = 0
        case failure = 1
        case interrupted = 130
    }

    private let session: Session
    /// Goes on with the next statement after one that failed.
    private let keepsGoing: Bool

    public init(session: Session, keepsGoing: Bool = false) {
        self.session = session
        self.keepsGoing = keepsGoing
    }

    /// Runs the text of a script called `name` (`-` for standard input).
    ///
    /// A syntax error anywhere is found before anything runs.
    public func run(_ text: String, name: String, arguments: [String] = []) -> Ending {
        session.bind("args", to: .list(arguments.map { Value.string($0) }))
        guard keepsGoing, let program = try? Program(parsing: Source(text, origin: .file(name))) else {
            return ending(of: session.run(Cell(text, origin: .file(name))))
        }
        var result = Ending.success
        for (index, statement) in program.statements.enumerated() {
            let end = index + 1 < program.statements.count ? program.statements[index + 1].span.range.lowerBound : text.utf8.count
            let alone = Self.isolating(text, from: statement.span.range.lowerBound, to: end)
            switch ending(of: session.run(Cell(alone, origin: .file(name)))) {
            case .success: break
            case .failure: result = .failure
            case .interrupted: return .interrupted
            }
            if session.isQuitting { break }
        }
        return result
    }

    /// The text with everything outside the bytes `start ..< end` blank, so that places in it keep their lines and columns.
    static func isolating(_ text: String, from start: Int, to end: Int) -> String {
        let bytes = text.utf8.prefix(end).enumerated().map { offset, byte in
            offset >= start || byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " ")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func ending(of outputs: [Output]) -> Ending {
        for output in outputs {
            switch output {
            case .failure: return .failure
            case .interrupted: return .interrupted
            case .text, .value: break
            }
        }
        return .success
    }
}
