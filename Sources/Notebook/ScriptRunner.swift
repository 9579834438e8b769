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
        return ending(of: session.run(Cell(text, origin: .file(name)), keepsGoing: keepsGoing))
    }

    private func ending(of outputs: [Output]) -> Ending {
        var result = Ending.success
        for output in outputs {
            switch output {
            case .failure: result = .failure
            case .interrupted: return .interrupted
            case .text, .value: break
            }
        }
        return result
    }
}
