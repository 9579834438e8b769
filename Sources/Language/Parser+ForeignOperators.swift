// Operators of other languages that the lexer reads as two tokens, and what to write here.

extension Parser {
    /// A better error for an operator of another language whose second half is the current token; nil when there is
    /// none.
    func foreignOperator() -> Diagnostic? {
        let before = index > 0 ? tokens[index - 1] : Token(kind: .newline, isGlued: false, span: Span(0, 0))
        let next = tokens[min(index + 1, tokens.count - 1)]
        /// The error under both halves.
        func both(_ message: String, _ note: String? = nil) -> Diagnostic {
            error(message, before.span.union(token.span), note: note)
        }
        switch (before.kind, kind) {
        case (.dot, .star), (.dot, .slash), (.dot, .caret):
            return both(
                "`.\(text(token))` is written `\(text(token))`",
                "on tensors it works element by element; the matrix product is `@`")
        case (.dot, .plus), (.dot, .minus): return both("`.\(text(token))` is written `\(text(token))`")
        case (_, .dot) where !isAfterOperand && next.kind == .dot:
            return error("there is no `...`", token.span.union(next.span), note: "lists are joined with `+`")
        case (.dot, .dot), (.dot, .number):
            return both("there is no `..`", "the numbers from 1 to 9 are range(1, 10); a part of a list is x[1:3]")
        case (.dot, .string), (.dot, .stringHead): return error("strings are joined with `+`", before.span)
        case (.dot, .openParen):
            return error(
                "there is no `.(`", before.span.union(token.span),
                note: "functions of numbers take lists and tensors; for others write map(f, xs)")
        case (.slash, .star) where token.isGlued: return both("comments start with `#`")
        case (_, .slash) where !isAfterOperand && next.kind == .star && next.isGlued:
            return error("comments start with `#`", token.span.union(next.span))
        case (.star, .slash) where token.isGlued: return both("comments start with `#`")
        case (.percent, .percent) where token.isGlued: return both("the remainder is written a % b")
        case (.percent, .slash) where token.isGlued: return both("whole division is written floor(a / b)")
        case (.percent, .in) where token.isGlued: return both("this is written `in`", "as in 2 in xs")
        case (.percent, .star) where token.isGlued: return both("the matrix product is written a @ b")
        case (_, .less) where !isAfterOperand && next.isGlued && text(next) == "!":
            return error("comments start with `#`", token.span.union(next.span))
        case (.minus, .newline), (.minus, .end), (.minus, .semicolon):
            guard index > 1, tokens[index - 2].kind == .minus, before.isGlued else { return nil }
            return error("there is no `--`", tokens[index - 2].span.union(before.span), note: "write x = x - 1")
        case (.assign, .less) where token.isGlued: return both("`=<` is written `<=`")
        case (.notEqual, .assign) where token.isGlued: return both("inequality is written `!=`")
        case (_, .colon) where isAfterOperand && next.kind == .colon && next.isGlued && !isInBrackets:
            return error("there is no `::`", token.span.union(next.span), note: "fields are reached with a point: r.x")
        case (.at, .openParen): return error("functions are written x -> …", before.span, note: "or def name(x) = …")
        case (_, .at) where !isAfterOperand: return foreignAt()
        case (.string, .string) where token.isGlued && before.span.range.count == 2:
            return error(
                "a string stands between single quotes or double ones", before.span.union(token.span),
                note: "a new line in it is written \\n")
        case (_, .arrow) where isAfterOperand:
            return error("values are assigned with `=`", token.span, note: "the name comes first: name = value")
        default: return nil
        }
    }

    /// Whether the current token stands in square brackets, as `:` does in slices.
    private var isInBrackets: Bool {
        var depth = 0
        for token in tokens[statementStart..<index] {
            if token.kind == .openBracket { depth += 1 }
            if token.kind == .closeBracket { depth -= 1 }
        }
        return depth > 0
    }

    /// `@(x) …`, `@time …`, `@decorator`.
    private func foreignAt() -> Diagnostic {
        if kind(1) == .openParen {
            return error("functions are written x -> …", token.span, note: "or def name(x) = …")
        }
        let word = kind(1) == .name ? text(tokens[index + 1]) : ""
        let note: String? =
            switch word {
            case "time", "elapsed": "write :time expression"
            case "btime", "benchmark", "timeit": "write :bench expression"
            default: word.isEmpty ? nil : "functions are not decorated; call \(word) where you need it"
            }
        return error("`@` is the matrix product, between two tensors", token.span, note: note)
    }

    /// What is missing between an operand and another that follows it on the same line.
    var missingBetween: String? {
        guard index > 0, isAfterOperand else { return nil }
        let before = tokens[index - 1]
        if token.isGlued, kind == .openBrace { return "items are reached with [ ]" }
        if token.isGlued, before.kind == .number, kind == .name {
            return "to multiply write \(text(before)) * \(text(token))"
        }
        switch (before.kind, kind) {
        case (.name, .number), (.name, .string), (.name, .stringHead), (.name, .openBrace):
            return statementStart == index - 1 ? "to call it write \(text(before))(…)" : nil
        case (.string, .string), (.string, .stringHead), (.stringTail, .string), (.stringTail, .stringHead):
            return "strings are joined with `+`"
        case (.closeParen, .name), (.closeBracket, .name), (.closeParen, .if), (.closeParen, .for), (.number, .name),
            (.string, .name):
            return "write `;` or a new line between two statements"
        default: return nil
        }
    }
}
