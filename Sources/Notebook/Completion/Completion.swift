// What TAB may put at the cursor.

/// Candidates for the word at the cursor.
public struct Completion: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Names, fields, options or commands.
        case words
        /// Files and folders; folders end in `/`.
        case paths
    }

    public var kind: Kind
    /// Where the word begins (UTF-8 offset); it ends at the cursor.
    public var start: Int
    /// Whole words that may stand there, the likeliest kind first.
    public var candidates: [String]
    /// What follows the word when there is only one candidate: the closing quote of a path.
    public var suffix: String

    public init(kind: Kind = .words, start: Int, candidates: [String], suffix: String = "") {
        self.kind = kind
        self.start = start
        self.candidates = candidates
        self.suffix = suffix
    }

    /// The candidates as a list of choices shows them: paths without the folder that all of them share.
    public var labels: [String] {
        guard kind == .paths else { return candidates }
        return candidates.map { path in
            let end = path.hasSuffix("/") ? path.index(before: path.endIndex) : path.endIndex
            guard let slash = path[..<end].lastIndex(of: "/") else { return path }
            return String(path[path.index(after: slash)...])
        }
    }
}

/// Whether text forms a cell that can run.
public enum CellCompleteness: Sendable, Equatable {
    /// It can run (and may fail, for instance with a syntax error).
    case complete
    /// A bracket, block or string is open; more lines are needed.
    case incomplete
}
