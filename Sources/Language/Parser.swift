// The parser's core: tokens, blocks, names, errors. Expressions and statements are in their own files.

import Foundation

struct Parser {
    /// Names met in a function or a top-level statement, to tell later which are its own.
    struct Names {
        var reads: [String] = []
        var assigned: [String] = []
        var isFunction = false
        var loops = 0
    }

    let source: Source
    let tokens: ContiguousArray<Token>
    let matches: ContiguousArray<Int32>
    let lexerProblem: Lexer.Problem?
    let openCount: Int
    let guardrail = StackGuard()
    var index = 0
    /// Index of the first token of the statement being read, for hints.
    var statementStart = 0
    var names: [Names] = []
    /// Blocks around the current place.
    var blockDepth = 0

    /// Chains and nestings deeper than this are refused, since compiling and freeing a tree recurse.
    static let maximumDepth: Int32 = 1000

    init(_ source: Source) {
        self.source = source
        var lexer = Lexer(source.utf8)
        lexer.run()
        tokens = lexer.tokens
        matches = lexer.matches
        lexerProblem = lexer.problem
        openCount = lexer.openCount
    }

    // MARK: Tokens

    var token: Token { tokens[index] }
    var kind: Token.Kind { tokens[index].kind }
    func kind(_ ahead: Int) -> Token.Kind { tokens[min(index + ahead, tokens.count - 1)].kind }
    var lastSpan: Span { tokens[max(0, index - 1)].span }

    /// A token as it was written. Names have one form whatever the keyboard made of their accents: normal form C, as in
    /// Julia and Rust; strings keep theirs.
    func text(_ token: Token) -> String {
        let text = String(decoding: source.utf8[token.span.range], as: UTF8.self)
        guard token.kind == .name, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        return text.precomposedStringWithCanonicalMapping
    }

    @discardableResult
    mutating func advance() -> Token {
        let token = tokens[index]
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    mutating func take(_ kind: Token.Kind) -> Bool {
        guard tokens[index].kind == kind else { return false }
        advance()
        return true
    }

    mutating func skipNewlines() {
        while kind == .newline { advance() }
    }

    mutating func skipSeparators() {
        while kind == .newline || kind == .semicolon { advance() }
    }

    /// Takes newlines when the token after them is of that kind.
    mutating func skipNewlines(before kind: Token.Kind) {
        var ahead = 0
        while self.kind(ahead) == .newline { ahead += 1 }
        if ahead > 0, self.kind(ahead) == kind { index += ahead }
    }

    // MARK: Trees

    func make(_ kind: Expr.Kind, _ span: Span) -> Expr { Expr(kind, span, depth: 1, assigns: false) }

    func make(_ kind: Expr.Kind, _ span: Span, _ child: Expr) throws -> Expr {
        try make(kind, span, depth: child.depth, assigns: child.assigns)
    }

    func make(_ kind: Expr.Kind, _ span: Span, _ left: Expr, _ right: Expr) throws -> Expr {
        try make(kind, span, depth: max(left.depth, right.depth), assigns: left.assigns || right.assigns)
    }

    func make(_ kind: Expr.Kind, _ span: Span, _ children: [Expr], assigns: Bool = false) throws -> Expr {
        var depth: Int32 = 0
        var assigns = assigns
        for child in children {
            depth = max(depth, child.depth)
            if child.assigns { assigns = true }
        }
        return try make(kind, span, depth: depth, assigns: assigns)
    }

    private func make(_ kind: Expr.Kind, _ span: Span, depth: Int32, assigns: Bool) throws -> Expr {
        guard depth < Self.maximumDepth else {
            throw error(
                "this expression is nested too deeply", Span(span.end - 1, span.end),
                note: "give a part of it a name")
        }
        return Expr(kind, span, depth: depth + 1, assigns: assigns)
    }

    /// Called wherever parsing recurses.
    func checkStack() throws {
        if guardrail.isExhausted {
            throw error("this is nested too deeply", token.span, note: "give a part of it a name")
        }
    }

    // MARK: Names

    mutating func noteRead(_ name: String) { names[names.count - 1].reads.append(name) }
    mutating func noteAssigned(_ name: String) { names[names.count - 1].assigned.append(name) }

    mutating func noteAssigned(_ target: Target) {
        switch target {
        case .name(let name, _): noteAssigned(name)
        case .field(let inner, _, _), .index(let inner, _, _):
            noteAssigned(inner)
            if let root = inner.root { noteRead(root) }
        case .list(let targets, _): targets.forEach { noteAssigned($0) }
        }
    }

    // MARK: Errors

    /// A syntax error at a place, unless the lexer had met something wrong before it.
    func error(_ message: String, _ span: Span, note: String? = nil, advice: [String] = []) -> Diagnostic {
        let atEnd = Int(span.start) >= source.utf8.count || onlyNewlinesFollow(span)
        if let problem = lexerProblem, problem.noticedAt <= Int(span.start) || (atEnd && problem.isAtEndOfInput) {
            return Diagnostic(
                problem.message, source: source, span: problem.span, note: problem.note, advice: problem.advice,
                isAtEndOfInput: problem.isAtEndOfInput)
        }
        return Diagnostic(message, source: source, span: span, note: note, advice: advice, isAtEndOfInput: atEnd)
    }

    private func onlyNewlinesFollow(_ span: Span) -> Bool {
        guard kind == .newline || kind == .end, token.span.start == span.start else { return false }
        var ahead = index
        while tokens[ahead].kind == .newline { ahead += 1 }
        return tokens[ahead].kind == .end
    }

    /// "expected `,` or `)`" inside a bracket; where that bracket is never closed, it is the mistake.
    func expectedCloser(_ what: String, of opening: Int) -> Diagnostic {
        let bracket = tokens[opening], close = Int(matches[opening])
        let sign = text(bracket), closer = sign == "(" ? ")" : sign == "[" ? "]" : "}"
        let isClosed = close >= 0 && text(tokens[close]) == closer
        if isClosed || kind == .end || kind == .wrong || kind == .invalid || foreignSyntax() != nil {
            return expected(what, note: isOperandStart ? "a `,` is missing" : nil)
        }
        return error(
            "`\(sign)` is not closed", bracket.span,
            note: close < 0 ? "no `\(closer)` follows it" : "it needs a `\(closer)` before the `\(text(tokens[close]))`"
        )
    }

    private var isOperandStart: Bool {
        switch kind {
        case .name, .number, .string, .stringHead, .true, .false, .nothing: true
        default: false
        }
    }

    /// "expected …" at the current token, in the words of what stands there where that has a better name.
    func expected(_ what: String, note: String? = nil) -> Diagnostic {
        if kind == .wrong || kind == .invalid { return wrongToken() }
        if what.contains("name"), kind == .try || kind == .catch || kind == .use { return reservedWord() }
        if let hint = foreignSyntax() { return hint }
        let span = kind == .newline ? Span(token.span.start, token.span.start + 1) : token.span
        return error("expected \(what)", span, note: note)
    }
}
