// A parsed program: top-level statements, what each reads and binds, and whether a text is complete.

/// A program that has been parsed.
public struct Program {
    /// One top-level statement.
    public struct Statement {
        let syntax: Stmt
        let names: Parser.Names

        public var span: Span { syntax.span }

        /// Names it reads, also through the functions it defines; built-ins are among them.
        public var reads: Set<String> { Set(names.reads) }

        /// Top-level names it binds.
        public var binds: Set<String> { Set(names.assigned) }

        /// Whether all it does is to give a function a name: what the function reads is looked up when it runs.
        public var definesFunction: Bool {
            switch syntax.kind {
            case .define: true
            case .assign(.name, let value): if case .lambda = value.kind { true } else { false }
            default: false
            }
        }

        /// Set when the statement is a line that acts on the session.
        public var command: SessionCommand? {
            if case .command(let command) = syntax.kind { command } else { nil }
        }

        /// Whether a `;` follows, so that its value is not printed.
        public var isSilent: Bool { syntax.isSilent }
    }

    public let source: Source
    public let statements: [Statement]

    /// Parses a program. Throws a ``Diagnostic`` for the first syntax error.
    public init(parsing source: Source) throws {
        self.source = source
        var parser = Parser(source)
        statements = try parser.program().map { Statement(syntax: $0.statement, names: $0.names) }
    }
}

/// Whether a text is a whole program, needs more lines, or is wrong whatever follows.
public enum Completeness: Equatable, Sendable {
    case complete
    /// More is needed; the next line is to be indented so many levels.
    case incomplete(depth: Int)
    case invalid

    /// Judges a text as the prompt does when Enter is pressed: incomplete means that the parser's error is at the end.
    public init(of text: String) {
        var parser = Parser(Source(text, origin: .cell(0)))
        do {
            _ = try parser.program()
            self = .complete
        } catch let error as Diagnostic where error.isAtEndOfInput {
            self = .incomplete(depth: max(1, parser.openCount))
        } catch {
            self = .invalid
        }
    }
}
