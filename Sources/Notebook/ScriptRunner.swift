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
    /// Whether what was asked for and not read yet is computed in the end, so that it belongs to the script's time.
    private let finishesWork: Bool

    public init(session: Session, keepsGoing: Bool = false, finishesWork: Bool = false) {
        self.session = session
        self.keepsGoing = keepsGoing
        self.finishesWork = finishesWork
    }

    /// Runs a script and gives its exit status: what `exit` was given, or what the ending stands for.
    public func status(of text: String, name: String, arguments: [String] = []) -> Int32 {
        let ending = run(text, name: name, arguments: arguments)
        if finishesWork { session.finishWaitingWork() }
        return session.exitStatus ?? ending.rawValue
    }

    /// Runs the text of a script called `name` (`-` for standard input).
    ///
    /// A syntax error anywhere is found before anything runs, but in code that is there to fail: below it stands
    /// `#> error:`. Such code shows its error, and the script goes on.
    public func run(_ text: String, name: String, arguments: [String] = []) -> Ending {
        session.bind("args", to: .list(arguments.map { Value.string($0) }))
        let keeps = session.keepsRecords
        session.keepsRecords = false
        defer { session.keepsRecords = keeps }
        let stretches = Self.stretches(of: Document(text))
        // A single stretch is parsed as a whole before anything of it runs.
        for stretch in stretches where !stretch.isToFail && stretches.count > 1 {
            // Running the wrong stretch alone says what is wrong with it.
            if (try? Program(parsing: Source(stretch.text, origin: .cell(0)))) == nil {
                return run(stretch, name: name)
            }
        }
        var result = Ending.success
        for stretch in stretches {
            let ending = run(stretch, name: name)
            if ending == .interrupted { return ending }
            if ending == .failure {
                guard stretch.isToFail || keepsGoing, session.mayGoOn() else { return .failure }
                if !stretch.isToFail { result = .failure }
            }
            if session.isQuitting { break }
        }
        return result
    }

    /// Code that runs in one go.
    private struct Stretch {
        let text: String
        let firstLine: Int
        /// It is there to show an error.
        let isToFail: Bool
    }

    private static func stretches(of document: Document) -> [Stretch] {
        func stretch(_ lines: Range<Int>, isToFail: Bool) -> Stretch {
            Stretch(
                text: document.lines[lines].joined(separator: "\n"), firstLine: lines.lowerBound + 1, isToFail: isToFail
            )
        }
        var result: [Stretch] = [], start = 0
        for chunk in document.chunks where chunk.expectsFailure {
            result += [
                stretch(start..<chunk.codeLines.lowerBound, isToFail: false), stretch(chunk.codeLines, isToFail: true),
            ]
            start = chunk.codeLines.upperBound
        }
        return result + [stretch(start..<document.lines.count, isToFail: false)]
    }

    private func run(_ stretch: Stretch, name: String) -> Ending {
        session.run(Cell(stretch.text, origin: .file(name, firstLine: stretch.firstLine)), keepsGoing: keepsGoing)
        switch session.lastEnding {
        case .finished: return .success
        case .failed: return .failure
        case .interrupted: return .interrupted
        }
    }
}
