// A parsed program: top-level statements, what each reads and binds, and whether a text is complete.

/// A program that has been parsed.
public struct Program {
    /// One top-level statement.
    public struct Statement {
        public let span: Span
        /// Top-level names it reads, also through the functions it defines; built-ins are left out.
        public let reads: Set<String>
        /// Top-level names it binds.
        public let binds: Set<String>
        /// Set when the statement is a line that acts on the session.
        public let command: SessionCommand?
    }

    public let source: Source
    public let statements: [Statement]

    /// Parses a program. Throws a ``Diagnostic`` for the first syntax error.
    public init(parsing source: Source) throws {
        throw Diagnostic("the parser is not there yet", source: source, span: Span(0, 0))
    }
}

/// Whether a text is a whole program, needs more lines, or is wrong whatever follows.
public enum Completeness: Equatable, Sendable {
    case complete
    /// More is needed; the next line is to be indented so many levels.
    case incomplete(depth: Int)
    case invalid

    public init(of text: String) { self = .complete }
}
