// What TAB may put at the cursor.

/// Candidates for the word at the cursor.
public struct Completion: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Names, fields, options or commands: `candidates` holds them.
        case words
        /// A path inside a string: the front end lists files itself.
        case filePath
    }

    public var kind: Kind
    /// Where the word begins (UTF-8 offset); it ends at the cursor.
    public var start: Int
    /// Whole words that may stand there, sorted.
    public var candidates: [String]

    public init(kind: Kind, start: Int, candidates: [String]) {
        self.kind = kind
        self.start = start
        self.candidates = candidates
    }
}

/// Whether text forms a cell that can run.
public enum CellCompleteness: Sendable, Equatable {
    /// It can run (and may fail, for instance with a syntax error).
    case complete
    /// A bracket, block or string is open; more lines are needed.
    case incomplete
}
