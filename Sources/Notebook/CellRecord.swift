// What a session remembers of a cell that was run: enough to save it, to run it again and to know when it is out of
// date.
import Language
import Tensors

/// A cell that was run.
public struct CellRecord: Sendable {
    public enum Ending: Sendable, Equatable {
        case finished
        case failed
        /// Stopped by the user; what was said about it.
        case interrupted(String)
    }

    /// Statements that stand on the same lines, with what they printed.
    public struct Piece: Sendable {
        /// Whole lines, with the comments above; no newline at the end.
        public var source: String
        /// What they wrote to standard output.
        public var output: String
        /// The same as exports show it, pictures and tables included; see ``CellHistory/keptPictures``.
        package var items: [ExportedDocument.Item] = []
        /// Where the one statement whose value was printed begins in the source (UTF-8).
        var valueStart: Int?
        /// Only looks at the session (`:who`), so that a saved session does without it.
        var isLook = false
    }

    public let number: Int
    public let origin: Source.Origin
    /// The whole cell as it was given.
    public let source: String
    public internal(set) var pieces: [Piece] = []
    public internal(set) var ending = Ending.finished
    /// The statement that failed or was interrupted may have changed names before it did.
    public internal(set) var isPartial = false
    /// Its pieces stand together, their outputs below the last of them: it came from a document with `# %%` lines.
    var isWhole = false
    /// Names of the session it used, also through functions it called, and names it gave a value.
    var reads: Set<String> = []
    var binds: Set<String> = []
    /// The random generator before and after, where there is one.
    var randomBefore: RandomGenerator?
    var randomAfter: RandomGenerator?
    /// It was run again from `randomBefore`, out of the session's own order of random numbers.
    var isRerun = false

    /// Where its text was first run: `cell 3`, `lesson.lethe line 12`.
    var home: String {
        switch origin {
        case .file(let name, let line): "\(name) line \(line)"
        case .cell(let first): "cell \(first)"
        }
    }

    /// How it is called; of a cell that ran again (`:rerun`) also in which: `cell 3 (again in cell 7)`.
    var place: String {
        if case .cell(let first) = origin, first != number { return "\(home) (again in cell \(number))" }
        return home
    }

    /// What it wrote to standard output.
    public var output: String { pieces.map(\.output).joined() }

    /// One line of it, for lists.
    var firstLine: String { source.firstCodeLine }
}

extension String {
    /// Its first line that is no comment, marked where there are more.
    var firstCodeLine: String {
        let lines = filledLines.map { String($0) }
        let line = lines.first { !$0.isBlank && !$0.hasPrefix("#") } ?? lines.first ?? ""
        return lines.count > 1 ? line + " …" : line
    }
}
