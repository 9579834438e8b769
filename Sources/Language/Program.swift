// A parsed program: top-level statements, what each reads and binds, and whether a text is complete.

/// A program that has been parsed.
public struct Program {
    /// One top-level statement.
    public struct Statement {
        package let syntax: Stmt
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

        /// Whether it holds a block, so that a failure inside may come after names have changed.
        public var isCompound: Bool {
            switch syntax.kind {
            case .forLoop, .whileLoop: true
            case .expression(let value), .assign(_, let value), .update(_, _, let value): value.assigns
            default: false
            }
        }

        /// Whether it is an expression whose value is printed.
        public var isPrinted: Bool {
            if case .expression = syntax.kind { !isSilent } else { false }
        }

        /// Set when the statement is a line that acts on the session.
        public var command: SessionCommand? {
            if case .command(let command) = syntax.kind { command } else { nil }
        }

        /// Whether a `;` follows, so that its value is not printed.
        public var isSilent: Bool { syntax.isSilent }
    }

    /// The longest text that is parsed. Whatever a program holds is counted by fewer than 2^29, the room of an operand.
    public static let mostBytes = 1 << 28

    public let source: Source
    public let statements: [Statement]

    /// Parses a program. Throws a ``Diagnostic`` for the first syntax error.
    public init(parsing source: Source) throws {
        self.source = source
        guard source.utf8.count <= Self.mostBytes else {
            throw Diagnostic(
                "a program of \(formatNumber(Double(source.utf8.count), digits: 3)) bytes is too long to read",
                source: source,
                span: Span(0, 1), note: "data is read with read_text, read_json or read_csv")
        }
        var parser = Parser(source)
        statements = try parser.program().map { Statement(syntax: $0.statement, names: $0.names) }
    }
}

extension Program {
    /// Statements that begin on a line on which another ends, in order of their lines.
    public struct Group {
        /// Indices of its statements.
        public let statements: Range<Int>
        /// Its whole lines with those above that belong to no statement (comments), in UTF-8 bytes.
        public let span: Span
    }

    /// The program cut between lines, so that no statement is cut; what follows the last statement belongs to the last
    /// group.
    public var groups: [Group] {
        var groups: [Group] = []
        var start = 0, index = 0
        while index < statements.count {
            let first = index
            var end = source.lineIndex(of: Int(statements[index].span.end))
            index += 1
            while index < statements.count, source.lineIndex(of: Int(statements[index].span.start)) <= end {
                end = max(end, source.lineIndex(of: Int(statements[index].span.end)))
                index += 1
            }
            let stop = index == statements.count ? source.utf8.count : source.lineRange(end).upperBound
            groups.append(Group(statements: first..<index, span: Span(start, stop)))
            start = min(stop + 1, source.utf8.count)
        }
        return groups
    }
}

/// The line, from 0, on which the statements at the beginning of a text end that reach as far as a line; nil where a
/// mistake comes first. What follows them is not read.
package func lastLine(ofStatementsIn text: String, reaching line: Int) -> Int? {
    var parser = Parser(Source(text, origin: .cell(0)))
    return try? parser.lastLine(reaching: line)
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
