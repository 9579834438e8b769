// `try { … } catch e { … }` and `use "file.lethe"`.

extension Parser {
    mutating func attempt() throws -> Expr {
        let start = token.span
        guard kind == .try else {
            throw error("`catch` has no `try`", token.span, note: "write try { … } catch e { … }")
        }
        advance()
        skipNewlines(before: .openBrace)
        guard kind == .openBrace else {
            throw error("a block stands between { and }", token.span, note: "write try { … } catch e { … }")
        }
        let body = try block()
        skipNewlines(before: .catch)
        guard take(.catch) else {
            if kind == .name, ["except", "rescue", "finally"].contains(text(token)) {
                throw error("there is no `\(text(token))`", token.span, note: "write try { … } catch e { … }")
            }
            throw error(
                "a `try` needs a `catch`", kind == .end ? token.span : start, note: "write try { … } catch e { … }")
        }
        var name: (text: String, span: Span)?
        if kind == .name {
            let token = advance()
            name = (text(token), token.span)
            noteAssigned(text(token))
        } else if kind == .openParen {
            throw error("`catch` takes no parentheses", token.span, note: "write catch e { … }")
        }
        skipNewlines(before: .openBrace)
        guard kind == .openBrace else { throw expected("a name or a block", note: "write try { … } catch e { … }") }
        let handler = try block()
        return try make(.attempt(body, name: name, handler: handler), start.union(lastSpan), [], assigns: true)
    }

    mutating func use() throws -> Expr {
        let start = advance().span
        guard kind == .string else {
            throw error(
                "`use` takes a file's name between quotes", kind == .newline || kind == .end ? start : token.span,
                note: "as in lib = use \"lib.lethe\"")
        }
        let token = advance()
        return make(.use(try unescaped(token, from: 1, dropping: 1)), start.union(token.span))
    }

    /// Whether a word that the language keeps for itself stands where a program of other times has a name.
    var isTakenForName: Bool {
        switch kind {
        case .use: return kind(1) != .string && kind(1) != .stringHead && kind(1) != .name && kind(1) != .number
        case .try, .catch:
            return [
                .assign, .plusAssign, .minusAssign, .starAssign, .slashAssign, .dot, .comma, .openParen, .openBracket,
                .closeParen,
                .closeBracket, .plus, .minus, .star, .slash, .newline, .end, .semicolon, .pipe, .in, .arrow,
            ].contains(kind(1)) && !(kind == .try && kind(1) == .newline && startsBlockBelow)
        default: return false
        }
    }

    private var startsBlockBelow: Bool {
        var ahead = 1
        while kind(ahead) == .newline { ahead += 1 }
        return kind(ahead) == .openBrace
    }

    func reservedWord() -> Diagnostic {
        error("`\(text(token))` is a word of the language", token.span, note: "choose another name")
    }
}
