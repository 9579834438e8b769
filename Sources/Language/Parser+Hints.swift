// What people write who come from other languages, and what to write here.

extension Parser {
    /// The error for a token that belongs to another language.
    func wrongToken() -> Diagnostic {
        let span = token.span
        let (message, note): (String, String?) =
            switch text(token) {
            case "**": ("powers are written `^`", nil)
            case "=>": ("functions are written x -> …", nil)
            case "===": ("equality is written `==`", nil)
            case "&" where index > 0 && tokens[index - 1].kind == .string: ("strings are joined with `+`", nil)
            case "&&", "&": ("this is written `and`", nil)
            case "|" where !isAfterOperand: ("functions are written x -> …", nil)
            case "||", "|": ("this is written `or`", nil)
            case "~" where kind(1) == .assign: ("inequality is written `!=`", nil)
            case "~" where isAfterOperand: ("`~` has no meaning here", "inequality is written `!=`")
            case "~": ("this is written `not`", nil)
            case "`": ("strings stand between \" and \"", "a value in a string is written {x}")
            case "\\": ("functions are written x -> …", nil)
            case "$" where isAfterOperand && token.isGlued: ("fields are reached with a point", "write r.name")
            case "$": ("names need no sign before them", nil)
            case "!" where isAfterOperand && token.isGlued: ("`!` has no meaning here", nil)
            case "!": ("this is written `not`", nil)
            case "//" where !isAfterOperand: ("comments start with `#`", "whole division is written floor(a / b)")
            case "//": ("whole division is written floor(a / b)", "comments start with `#`")
            case "++" where kind(1) != .newline && kind(1) != .end && kind(1) != .semicolon && isAfterOperand:
                ("there is no `++`", "strings and lists are joined with `+`")
            case "++": ("there is no `++`", "write x = x + 1")
            case ":=", "<-": ("values are assigned with `=`", nil)
            case "?" where kind(1) == .wrong: ("there is no `??`", "write if x == none { y } else { x }")
            case "?" where kind(1) == .dot: ("there is no `?.`", "write if x == none { none } else { x.name }")
            case "?": ("there is no `? :`", "write if c { a } else { b }")
            case let other: ("`\(other)` has no meaning here", nil)
            }
        return error(message, span, note: note)
    }

    /// A better error for syntax of other languages at or before the current token; nil when nothing is recognised.
    func foreignSyntax() -> Diagnostic? {
        if let hint = foreignOperator() { return hint }
        switch kind {
        case .if where index > statementStart && kind(-1 + 0) != .newline && isAfterOperand:
            return error("the condition comes first", token.span, note: "write if c { a } else { b }")
        case .for where index > statementStart && isAfterOperand:
            return error("a list is made from another with map", token.span, note: "write map(x -> …, list)")
        case .colon where tokens[statementStart].kind == .for && isInRange:
            return error("a loop goes through items, not from : to", token.span, note: rangeNote)
        case .colon where isHeader:
            let note = kind(1) == .openBrace ? "take out the `:`" : "write { instead of `:`"
            return error("a block stands between { and }", token.span, note: note)
        case .colon where blockDepth > 0 && index == statementStart:
            return error("commands act on the session", token.span, note: "they cannot stand inside { }")
        case .assign where tokens[statementStart].kind == .for:
            return error("a loop goes through items", token.span, note: "write for x in range(10) { }")
        case _ where isPrefixed:
            return error("strings need no letter before them", lastSpan, note: "every string takes {x}")
        case .greater where index > 0 && tokens[index - 1].kind == .less && token.isGlued:
            return error("`<>` is written `!=`", tokens[index - 1].span.union(token.span))
        case .assign where index == statementStart:
            return error("a name stands before `=`", token.span, note: "as in x = 3")
        case .percent where index == statementStart:
            return error("commands begin with `:`", token.span, note: "as in :who, :time and :bench")
        case .assign: return error("`=` cannot stand here", token.span, note: "did you mean `==`?")
        default: break
        }
        if let word = wordBefore(["lambda", "function", "func", "fn", "fun"]) {
            return error("functions are written x -> …", word.span, note: "or def name(x) = …")
        }
        guard statementStart < tokens.count, tokens[statementStart].kind == .name, index > statementStart else {
            return hintForCurrentWord()
        }
        // A text that ends is incomplete, not foreign.
        guard kind != .end else { return nil }
        let first = tokens[statementStart]
        let word = text(first)
        let advice: (String, String)? =
            switch word {
            case "import", "from", "using", "library", "require", "include":
                (
                    "there is no `\(word)`",
                    "functions are built in; a file of your own is taken in with use \"file.lethe\""
                )
            case "let", "var", "const", "val", "auto", "local", "set", "mut":
                ("there is no `\(word)`", "write name = value")
            case "print", "println", "echo", "printf", "puts", "disp", "cat":
                kind(statementStart + 1 - index) == .openParen
                    ? nil : ("arguments stand between ( and )", "write print(…)")
            case "help", "doc", "man":
                (text(first) == "help" ? "help is written with `?`" : "there is no `\(word)`", "write ?name, or :help")
            case "unless": ("there is no `unless`", "write if not c { }")
            case "typeof", "instanceof": ("there is no `\(word)`", "write type(x)")
            case "int", "float", "double", "string", "bool", "number", "char":
                ("names have no types", "write name = value")
            case "elif", "elseif", "elsif": ("there is no `\(word)`", "write } else if c {")
            case "class", "struct", "type", "enum":
                ("there is no `\(word)`", "a record holds named values: (a=1, b=2)")
            case "raise", "throw": ("there is no `\(word)`", "error(\"…\") stops with a message")
            case "except", "rescue", "finally": ("there is no `\(word)`", "write try { … } catch e { … }")
            case "del", "delete": ("there is no `\(word)`", ":drop name removes a name")
            case "global", "nonlocal":
                ("there is no `\(word)`", "a function reads outer names and returns what it changes")
            case "assert" where kind(statementStart + 1 - index) != .openParen:
                ("arguments stand between ( and )", "write assert(condition, \"message\")")
            case "switch", "match", "case": ("there is no `\(word)`", "write if c { } else if d { } else { }")
            case "do", "repeat", "until", "loop", "foreach":
                ("there is no `\(word)`", "write for x in xs { } or while c { }")
            case "with": ("there is no `with`", "a file is read whole, as by read_text(path); nothing is to be closed")
            case "async", "await", "yield", "static", "public", "private":
                ("there is no `\(word)`", "take it out")
            case "define", "sub", "proc": ("functions are defined with def", "write def f(x) = …")
            default: nil
            }
        if let (message, note) = advice { return error(message, first.span, note: note) }
        return hintForCurrentWord()
    }

    private func hintForCurrentWord() -> Diagnostic? {
        if kind == .colon, index == statementStart + 1, tokens[statementStart].kind == .name, kind(1) == .name {
            return error("names have no types", token.span, note: "write \(text(tokens[statementStart])) = value")
        }
        if kind == .colon, isAfterOperand {
            return error(
                "only slices are written with `:`, as in x[1:3]", token.span,
                note: "the numbers from 1 to 9 are range(1, 10)")
        }
        guard kind == .name else { return nil }
        switch text(token) {
        case "is": return error("equality is written `==`", token.span)
        case "then", "do", "begin":
            return error("a block stands between { and }", token.span, note: "write { instead of `\(text(token))`")
        case "elif", "elseif", "elsif":
            return error("there is no `\(text(token))`", token.span, note: "write } else if c {")
        case "end": return error("a block ends with }", token.span)
        case "mod": return error("`mod` is no operator", token.span, note: "the remainder is written a % b")
        case "div": return error("`div` is no operator", token.span, note: "whole division is written floor(a / b)")
        case "xor": return error("`\(text(token))` is no operator", token.span)
        default: return nil
        }
    }

    /// `f"…"`, `r'…'`
    private var isPrefixed: Bool {
        (kind == .string || kind == .stringHead) && index > 0 && token.isGlued && tokens[index - 1].kind == .name
            && tokens[index - 1].span.range.count == 1
    }

    var isAfterOperand: Bool {
        guard index > 0 else { return false }
        switch tokens[index - 1].kind {
        case .name, .number, .string, .stringTail, .true, .false, .nothing, .closeParen, .closeBracket, .closeBrace:
            return true
        default: return false
        }
    }

    /// Whether the current colon stands as in `1:3` or `n:m {`, and not as in `xs: f(x)`.
    private var isInRange: Bool {
        guard index > 0, [.number, .name, .openParen].contains(kind(1)) else { return false }
        return tokens[index - 1].kind == .number || kind(2) == .openBrace
    }

    /// How the range around the current colon is written.
    private var rangeNote: String {
        let next = tokens[min(index + 1, tokens.count - 1)], plain: [Token.Kind] = [.number, .name]
        guard plain.contains(tokens[index - 1].kind), plain.contains(next.kind), kind(2) == .openBrace else {
            return "write range(first, end); it stops before the end"
        }
        return "write range(\(text(tokens[index - 1])), \(text(next))); it stops before \(text(next))"
    }

    /// Whether the statement being read starts as `if`, `for`, `while`, `def` or `else`.
    private var isHeader: Bool {
        switch tokens[statementStart].kind {
        case .if, .for, .while, .def, .else, .try, .catch: true
        default: tokens[max(0, index - 1)].kind == .else
        }
    }

    /// One of some words before the current token in the same statement, nearest first.
    private func wordBefore(_ words: [String]) -> Token? {
        var at = index - 1
        while at >= statementStart, at >= 0, index - at < 40 {
            if tokens[at].kind == .name, words.contains(text(tokens[at])) { return tokens[at] }
            at -= 1
        }
        return nil
    }

    /// What to write instead of a name that other languages have, and this one does not.
    static func hint(forUndefined name: String) -> String? {
        switch name {
        case "pass": "an empty block is written { }"
        case "np", "numpy", "torch", "math", "nn", "plt", "pd", "jnp", "jax", "tf":
            "every function is built in; write exp(x), not \(name).exp(x)"
        case "self", "this": "there are no methods; a function takes what it works on as an argument"
        default: nil
        }
    }

    /// Words of other languages for values: `True`, `None`.
    func foreignConstant(_ name: String, _ span: Span) -> Diagnostic? {
        switch name {
        case "True", "TRUE": error("`\(name)` is written `true`", span)
        case "False", "FALSE": error("`\(name)` is written `false`", span)
        case "None", "NULL", "null", "nil", "undefined":
            error("`\(name)` is written `none`", span)
        default: nil
        }
    }
}
