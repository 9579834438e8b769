// Tokens: the words of a program, with kinds for the parser, for highlighting and for completion.

/// The reserved words.
public enum Keyword: String, CaseIterable, Sendable {
    case def, `if`, `else`, `for`, `in`, `while`, `break`, `continue`, `return`, and, or, not
    case `try`, `catch`, use
    case `true`, `false`, nothing, none

    /// The token that the word is.
    var kind: Token.Kind {
        switch self {
        case .def: .def
        case .if: .if
        case .else: .else
        case .for: .for
        case .in: .in
        case .while: .while
        case .break: .break
        case .continue: .continue
        case .return: .return
        case .and: .and
        case .or: .or
        case .not: .not
        case .try: .try
        case .catch: .catch
        case .use: .use
        case .true: .true
        case .false: .false
        case .nothing, .none: .nothing
        }
    }
}

/// One word of a program.
public struct Token: Equatable, Sendable {
    /// What the parser distinguishes.
    public enum Kind: UInt8, Sendable {
        case name, number
        /// A string without `{…}`; or its pieces around them: `"a{`, `}b{`, `}c"`; and `:.3f` before a `}`.
        case string, stringHead, stringMiddle, stringTail, formatSpec
        case `def`, `if`, `else`, `for`, `in`, `while`, `break`, `continue`, `return`, and, or, not
        case `try`, `catch`, use
        case `true`, `false`, nothing
        case plus, minus, star, slash, percent, at, caret
        case assign, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case plusAssign, minusAssign, starAssign, slashAssign, percentAssign, caretAssign, atAssign
        case arrow, pipe, dot, comma, colon, semicolon
        case openParen, closeParen, openBracket, closeBracket, openBrace, closeBrace
        /// Something other languages write, such as `**` or `=>`; the parser says what to write instead.
        case wrong
        /// A line that acts on the session: `:save f`, `?train`, `train?`, `!ls`.
        case command
        case comment, newline
        /// A character that has no meaning, or a string without its end.
        case invalid
        case end
    }

    public let kind: Kind
    /// Whether nothing stands between it and the token before: `f(` calls, `f (` does not.
    public let isGlued: Bool
    public let span: Span

    /// What an editor colours alike.
    public enum Category: Sendable {
        case name, number, string, keyword, constant, operation, bracket, separator, comment, command, invalid, space
    }

    public var category: Category {
        switch kind {
        case .name: .name
        case .number: .number
        case .string, .stringHead, .stringMiddle, .stringTail, .formatSpec: .string
        case .true, .false, .nothing: .constant
        case .def, .if, .else, .for, .in, .while, .break, .continue, .return, .and, .or, .not, .try, .catch, .use:
            .keyword
        case .openParen, .closeParen, .openBracket, .closeBracket, .openBrace, .closeBrace: .bracket
        case .comma, .semicolon, .colon: .separator
        case .comment: .comment
        case .command: .command
        case .invalid, .wrong: .invalid
        case .newline, .end: .space
        default: .operation
        }
    }
}

/// The tokens of a text, comments included, for highlighting and completion. Never fails: what makes no sense is a
/// token of kind `invalid`.
public func tokens(of text: String) -> [Token] {
    var lexer = Lexer(Array(text.utf8), keepsComments: true)
    lexer.run()
    return Array(lexer.tokens)
}

/// Whether a byte may start a name; bytes outside ASCII are judged as characters by the lexer.
func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte >= 0x80
}

/// Whether a byte may go on a name.
func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
