// Statements: definitions, loops, assignments, blocks.

extension Parser {
    /// A top-level statement with the names it reads and binds.
    struct TopLevel {
        let statement: Stmt
        let names: Names
    }

    mutating func program() throws -> [TopLevel] {
        var result: [TopLevel] = []
        skipSeparators()
        while kind != .end { result.append(try topLevel()) }
        // A bracket closed twice, a string without end in a place where nothing else was wrong.
        if let problem = lexerProblem { throw error(problem.message, Span(source.utf8.count, source.utf8.count)) }
        return result
    }

    private mutating func topLevel() throws -> TopLevel {
        names = [Names()]
        let statement = try statement()
        let result = TopLevel(statement: statement, names: names[0])
        try endOfStatement(statement)
        skipSeparators()
        return result
    }

    /// The line on which the first statement ends that goes as far as a line and shares its last line with no other; nil
    /// where the text ends before.
    mutating func lastLine(reaching line: Int) throws -> Int? {
        skipSeparators()
        while kind != .end {
            let last = source.lineIndex(of: Int(try topLevel().statement.span.end))
            let next = kind == .end ? Int.max : source.lineIndex(of: Int(token.span.start))
            if last >= line, next > last { return last }
        }
        return nil
    }

    /// After a statement: `;`, a newline, the end, or a `}`.
    private mutating func endOfStatement(_ statement: Stmt) throws {
        switch kind {
        case .semicolon:
            statement.isSilent = true
            advance()
        case .newline: advance()
        case .end: break
        case .closeBrace where blockDepth > 0: break
        default: throw expectedEndOfLine(statement)
        }
    }

    private func expectedEndOfLine(_ statement: Stmt) -> Diagnostic {
        if kind == .assign {
            if case .expression(let expr) = statement.kind { return cannotAssign(to: expr) }
            return error("expected the end of the line", token.span, note: "one `=` a statement")
        }
        return expected("the end of the line", note: gluedHint ?? missingBetween)
    }

    /// `a [1]` and `f (x)`: a blank makes the bracket a new operand.
    private var gluedHint: String? {
        kind == .openParen || kind == .openBracket ? "write `\(text(token))` without a blank before it" : nil
    }

    mutating func statement() throws -> Stmt {
        try checkStack()
        statementStart = index
        let start = token.span
        switch kind {
        case .def: return try definition()
        case .for: return try forLoop()
        case .while:
            advance()
            let condition = try condition()
            let body = try loopBody()
            return Stmt(.whileLoop(condition, body), start.union(lastSpan))
        case .break, .continue:
            guard names[names.count - 1].loops > 0 else {
                throw error("`\(text(token))` stands outside a loop", token.span)
            }
            return Stmt(advance().kind == .break ? .break : .continue, start)
        case .return:
            guard names[names.count - 1].isFunction else {
                throw error("`return` stands outside a function", token.span)
            }
            advance()
            if kind == .newline || kind == .semicolon || kind == .end || kind == .closeBrace {
                return Stmt(.return(nil), start)
            }
            return Stmt(.return(try expressions()), start.union(lastSpan))
        case .command: return Stmt(.command(command()), start)
        case .else:
            throw error("`else` has no `if`", token.span, note: "write } else { on the line of the `}`")
        case .try where isTakenForName, .catch where isTakenForName, .use where isTakenForName: throw reservedWord()
        case .pipe:
            // At the start of a statement the pipe takes the last result.
            let last = make(.name("ans"), Span(start.start, start.start))
            noteRead("ans")
            let expr = try infix(last, 0)
            return Stmt(.expression(expr), start.union(lastSpan))
        default: return try expressionOrAssignment(start)
        }
    }

    private mutating func expressionOrAssignment(_ start: Span) throws -> Stmt {
        // A target's name is not a read; what a plain assignment's left side noted is taken back.
        let readsBefore = names[names.count - 1].reads.count
        let left = try expressions()
        if let op = updateOperator(kind) {
            advance()
            skipNewlines()
            let target = try target(left)
            if case .list = target {
                throw error("several names cannot be updated at once", target.span, note: "write a = a + …")
            }
            noteAssigned(target)
            return Stmt(.update(target, op, try expressions()), start.union(lastSpan))
        }
        guard kind == .assign else { return Stmt(.expression(left), left.span) }
        let target = try target(left)
        advance()
        skipNewlines()
        if case .name = target { names[names.count - 1].reads.removeSubrange(readsBefore...) }
        if case .list = target { names[names.count - 1].reads.removeSubrange(readsBefore...) }
        let value = try expressions()
        noteAssigned(target)
        return Stmt(.assign(target, value), start.union(lastSpan))
    }

    private func updateOperator(_ kind: Token.Kind) -> BinaryOperator? {
        switch kind {
        case .plusAssign: .add
        case .minusAssign: .subtract
        case .starAssign: .multiply
        case .slashAssign: .divide
        case .percentAssign: .remainder
        case .caretAssign: .power
        case .atAssign: .matrixProduct
        default: nil
        }
    }

    func target(_ expr: Expr) throws -> Target {
        switch expr.kind {
        case .name(let name): return .name(name, expr.span)
        case .field(let inner, let name): return .field(try target(inner), name, expr)
        case .index(let inner, let subscripts): return .index(try target(inner), subscripts, expr)
        case .tuple(let items), .list(let items): return .list(try items.map { try target($0) }, expr.span)
        default: throw cannotAssign(to: expr)
        }
    }

    private func cannotAssign(to expr: Expr) -> Diagnostic {
        switch expr.kind {
        case .call(let callee, _):
            return error(
                "a call cannot be assigned to", expr.span,
                note: "to define a function write def \(source.text(callee.span))(…) = …")
        case .number, .string, .interpolation, .bool, .nothing:
            return error("`\(clipped(source.text(expr.span), to: 20))` cannot be assigned to", expr.span)
        case .binary(.equal, _, _): return error("one `=` a statement", expr.span)
        default:
            return error("this cannot be assigned to", expr.span, note: "a name, a field or an item can")
        }
    }

    private mutating func command() -> SessionCommand {
        let token = advance()
        let text = text(token)
        if text.hasPrefix(":") {
            return SessionCommand(kind: .colon, words: trimmed(text.dropFirst()), text: text, span: token.span)
        }
        if text.hasPrefix("!") {
            return SessionCommand(kind: .shell, words: trimmed(text.dropFirst()), text: text, span: token.span)
        }
        let words = text.hasPrefix("?") ? text.drop { $0 == "?" } : Substring(text.prefix { $0 != "?" })
        return SessionCommand(kind: .help, words: trimmed(words), text: text, span: token.span)
    }

    private func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    // MARK: Functions

    private mutating func definition() throws -> Stmt {
        let start = advance().span
        guard kind == .name else {
            throw expected("the name of the function", note: kind == .openParen ? "without a name write (x) -> …" : nil)
        }
        let nameToken = advance()
        let name = text(nameToken)
        guard kind == .openParen else {
            throw expected("the parameters", note: "write def \(name)(x) = …")
        }
        noteAssigned(name)
        let function = try function(name: name, nameSpan: nameToken.span, start: start)
        return Stmt(.define(function), start.union(lastSpan))
    }

    /// Parameters and body of `def f(…) …`, from the `(`.
    private mutating func function(name: String, nameSpan: Span, start: Span) throws -> FunctionSyntax {
        let parameters = try parameters()
        names.append(Names(isFunction: true))
        if kind == .colon {
            throw error("a block stands between { and }", token.span, note: "write def \(name)(…) = … or { … }")
        }
        if kind == .arrow {
            throw error("expected `=` or a block", token.span, note: "write def \(name)(…) = … or { … }")
        }
        skipNewlines(before: .openBrace)
        let body: FunctionSyntax.Body
        if take(.assign) {
            skipNewlines()
            body = .expression(try expressions())
        } else if kind == .openBrace {
            body = .block(try block())
        } else {
            throw expected("`=` or a block", note: "write def \(name)(…) = … or { … }")
        }
        return finishFunction(name: name, nameSpan: nameSpan, parameters: parameters, body: body, start: start)
    }

    /// Closes the names of a function and passes on what it reads from outside.
    mutating func finishFunction(
        name: String?, nameSpan: Span, parameters: [FunctionSyntax.Parameter], body: FunctionSyntax.Body, start: Span
    ) -> FunctionSyntax {
        let inner = names.removeLast()
        let locals = Set(inner.assigned).union(parameters.map(\.name))
        let free = Set(inner.reads).subtracting(locals)
        names[names.count - 1].reads += free
        return FunctionSyntax(
            name: name, nameSpan: nameSpan, parameters: parameters, body: body, span: start.union(lastSpan),
            locals: locals, free: free)
    }

    /// `(m, g, s=(mom=0), lr=1e-3)`
    mutating func parameters() throws -> [FunctionSyntax.Parameter] {
        advance()
        var result: [FunctionSyntax.Parameter] = []
        var taken: Set<String> = []
        while kind != .closeParen {
            guard kind == .name else { throw expected("the name of a parameter") }
            let token = advance()
            let name = text(token)
            if !taken.insert(name).inserted {
                throw error("the parameter `\(name)` comes twice", token.span)
            }
            var defaultValue: Expr?
            if take(.assign) {
                defaultValue = try expression()
            } else if kind == .colon {
                throw error("parameters have no types", self.token.span, note: "write the name only")
            } else if result.last?.defaultValue != nil {
                throw error(
                    "`\(name)` needs a default, since the parameter before it has one", token.span,
                    note: "write \(name)=…, or put it first")
            }
            result.append(.init(name: name, span: token.span, defaultValue: defaultValue))
            guard take(.comma) else { break }
        }
        guard take(.closeParen) else { throw expected("`,` or `)`") }
        return result
    }

    // MARK: Blocks and loops

    mutating func block() throws -> [Stmt] {
        guard kind == .openBrace else { throw expected("a block", note: "it stands between { and }") }
        advance()
        blockDepth += 1
        var result: [Stmt] = []
        skipSeparators()
        while kind != .closeBrace {
            if kind == .end { throw expected("`}`") }
            let statement = try statement()
            result.append(statement)
            try endOfStatement(statement)
            skipSeparators()
        }
        advance()
        blockDepth -= 1
        return result
    }

    private mutating func loopBody() throws -> [Stmt] {
        names[names.count - 1].loops += 1
        skipNewlines(before: .openBrace)
        let body = try block()
        names[names.count - 1].loops -= 1
        return body
    }

    private mutating func forLoop() throws -> Stmt {
        let start = advance().span
        if kind == .openParen {
            // `for (i in xs) { }` of other languages; `for (a, b) in pairs` is ours.
            let close = Int(matches[index])
            if close < 0 || close + 1 >= tokens.count || tokens[close + 1].kind != .in {
                throw error("`for` takes no parentheses", token.span, note: "write for x in xs { }")
            }
        }
        let readsBefore = names[names.count - 1].reads.count
        var targets: [Target] = []
        repeat {
            targets.append(try target(try expression(above: 13)))
        } while take(.comma)
        names[names.count - 1].reads.removeSubrange(readsBefore...)
        let target =
            targets.count == 1 ? targets[0] : .list(targets, targets[0].span.union(targets[targets.count - 1].span))
        noteAssigned(target)
        guard take(.in) else { throw expected("`in`", note: "write for x in xs { }") }
        let sequence = try expressions()
        let body = try loopBody()
        return Stmt(.forLoop(target, sequence, body), start.union(lastSpan))
    }

    /// The condition of `if` and `while`.
    mutating func condition() throws -> Expr {
        func assigns(_ sign: Token) -> Diagnostic {
            error("a condition compares, it does not assign", sign.span, note: "did you mean `==`?")
        }
        // Between parentheses it would be a record, which is no condition.
        if kind == .openParen, kind(1) == .name, kind(2) == .assign { throw assigns(tokens[index + 2]) }
        let condition = try expression()
        if kind == .assign { throw assigns(token) }
        skipNewlines(before: .openBrace)
        return condition
    }
}
