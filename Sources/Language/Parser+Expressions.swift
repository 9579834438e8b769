// Expressions: a Pratt parser, one row of binding power an operator.

extension Parser {
    /// How an infix operator binds: to its left with `left`, to its right with `right`.
    private struct Binding {
        let left: Int
        let right: Int
    }

    /// The table of infix operators; nil for a token that is none.
    private static func binding(_ kind: Token.Kind) -> Binding? {
        switch kind {
        case .pipe: Binding(left: 4, right: 5)
        case .or: Binding(left: 6, right: 7)
        case .and: Binding(left: 8, right: 9)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .not: Binding(left: 12, right: 13)
        case .plus, .minus: Binding(left: 16, right: 17)
        case .star, .slash, .percent, .at: Binding(left: 18, right: 19)
        case .caret: Binding(left: 23, right: 22)
        default: nil
        }
    }

    private static func binaryOperator(_ kind: Token.Kind) -> BinaryOperator? {
        switch kind {
        case .plus: .add
        case .minus: .subtract
        case .star: .multiply
        case .slash: .divide
        case .percent: .remainder
        case .at: .matrixProduct
        case .caret: .power
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        default: nil
        }
    }

    /// One expression, or several with commas: a tuple.
    mutating func expressions() throws -> Expr {
        let first = try expression()
        guard kind == .comma else { return first }
        var items = [first]
        while take(.comma) {
            if [.newline, .end, .assign, .semicolon, .closeParen, .closeBrace].contains(kind) { break }
            items.append(try expression())
        }
        return try make(.tuple(items), first.span.union(lastSpan), items)
    }

    mutating func expression(above power: Int = 0) throws -> Expr {
        try checkStack()
        return try infix(try prefix(), power)
    }

    /// Operators and postfixes after an operand, as far as they bind tighter than `power`.
    mutating func infix(_ first: Expr, _ power: Int) throws -> Expr {
        var left = first
        while true {
            let kind = kind
            switch kind {
            case .openParen where token.isGlued: left = try call(left)
            case .openBracket where token.isGlued: left = try index(left)
            case .dot: left = try field(left)
            case .wrong: throw wrongToken()
            default:
                guard let binding = Self.binding(kind), binding.left > power else { return left }
                if kind == .not, self.kind(1) != .in { return left }
                left = try binary(left, kind, binding)
            }
        }
    }

    private mutating func binary(_ left: Expr, _ kind: Token.Kind, _ binding: Binding) throws -> Expr {
        advance()
        if kind == .not { advance() }
        skipNewlines()
        let right = try expression(above: binding.right)
        let span = left.span.union(right.span)
        switch kind {
        case .pipe: return try pipe(left, right, span)
        case .or: return try make(.or(left, right), span, left, right)
        case .and: return try make(.and(left, right), span, left, right)
        case .in: return try make(.contains(item: left, container: right, isNegated: false), span, left, right)
        case .not: return try make(.contains(item: left, container: right, isNegated: true), span, left, right)
        default: break
        }
        guard let op = Self.binaryOperator(kind) else { throw expected("an operator") }
        if op.isComparison, isComparison(self.kind) { return try chain([left, right], [op], span) }
        return try make(.binary(op, left, right), span, left, right)
    }

    private func isComparison(_ kind: Token.Kind) -> Bool {
        Self.binaryOperator(kind)?.isComparison ?? false
    }

    /// `a < b < c`, from the second operator on.
    private mutating func chain(_ first: [Expr], _ operators: [BinaryOperator], _ span: Span) throws -> Expr {
        var operands = first
        var operators = operators
        while let op = Self.binaryOperator(kind), op.isComparison {
            advance()
            skipNewlines()
            operands.append(try expression(above: 13))
            operators.append(op)
        }
        return try make(.chain(operands, operators), span.union(lastSpan), operands)
    }

    /// `x |> f(y)` is `f(x, y)`; `x |> f` is `f(x)`.
    private mutating func pipe(_ left: Expr, _ right: Expr, _ span: Span) throws -> Expr {
        let first = Expr.Argument(name: nil, nameSpan: left.span, value: left)
        if case .call(let callee, let arguments) = right.kind {
            return try make(
                .call(callee, [first] + arguments), span, [left, callee] + arguments.map(\.value))
        }
        return try make(.call(right, [first]), span, left, right)
    }

    // MARK: Postfixes

    private mutating func call(_ callee: Expr) throws -> Expr {
        let opening = index
        advance()
        var arguments: [Expr.Argument] = []
        var taken: Set<String> = []
        while kind != .closeParen {
            if kind == .name, kind(1) == .assign {
                let name = advance()
                advance()
                let text = text(name)
                if !taken.insert(text).inserted {
                    throw error("`\(text)` is given twice", name.span)
                }
                arguments.append(.init(name: text, nameSpan: name.span, value: try expression()))
            } else {
                if kind == .star || (kind == .wrong && text(token) == "**") {
                    throw error("arguments cannot be spread", token.span, note: "write them out")
                }
                let value = try expression()
                if let name = arguments.last?.name {
                    throw error(
                        "positional arguments come before named ones", value.span,
                        note: "write it before \(name)=, or give it a name")
                }
                arguments.append(.init(name: nil, nameSpan: value.span, value: value))
            }
            guard take(.comma) else { break }
        }
        guard take(.closeParen) else { throw expectedCloser("`,` or `)`", of: opening) }
        return try make(
            .call(callee, arguments), callee.span.union(lastSpan), [callee] + arguments.map(\.value))
    }

    private mutating func index(_ container: Expr) throws -> Expr {
        let opening = index
        let open = advance()
        var subscripts: [Expr.Subscript] = []
        var children = [container]
        while kind != .closeBracket {
            var parts: [Expr?] = [nil]
            while kind != .comma, kind != .closeBracket {
                if take(.colon) {
                    guard parts.count < 3 else { throw error("a slice has at most three parts", lastSpan) }
                    parts.append(nil)
                } else {
                    guard parts[parts.count - 1] == nil else { throw expectedCloser("`:`, `,` or `]`", of: opening) }
                    let part = try expression()
                    parts[parts.count - 1] = part
                    children.append(part)
                }
            }
            if parts.count == 1, let position = parts[0] {
                subscripts.append(.position(position))
            } else if parts.count > 1 {
                subscripts.append(.slice(start: parts[0], stop: parts[1], step: parts.count > 2 ? parts[2] : nil))
            } else {
                throw expected("an index")
            }
            guard take(.comma) else { break }
        }
        if subscripts.isEmpty { throw error("an index is missing", open.span.union(token.span)) }
        guard take(.closeBracket) else { throw expectedCloser("`,` or `]`", of: opening) }
        return try make(.index(container, subscripts), container.span.union(lastSpan), children)
    }

    private mutating func field(_ container: Expr) throws -> Expr {
        advance()
        // A field may be called like a keyword.
        let word = text(token)
        guard kind == .name || Keyword(rawValue: word) != nil else { throw expected("the name of a field") }
        advance()
        return try make(.field(container, word), container.span.union(lastSpan), container)
    }

    // MARK: Operands

    private mutating func prefix() throws -> Expr {
        let token = token
        switch token.kind {
        case .number:
            advance()
            return try make(.number(number(token)), token.span)
        case .string:
            advance()
            return make(.string(try unescaped(token, from: 1, dropping: 1)), token.span)
        case .stringHead: return try interpolation()
        case .true, .false:
            advance()
            return make(.bool(token.kind == .true), token.span)
        case .nothing:
            advance()
            return make(.nothing, token.span)
        case .name: return try name()
        case .minus:
            advance()
            let operand = try expression(above: 20)
            if case .number(let x) = operand.kind { return make(.number(-x), token.span.union(operand.span)) }
            return try make(.negate(operand), token.span.union(operand.span), operand)
        case .plus:
            advance()
            return try expression(above: 20)
        case .not:
            advance()
            let operand = try expression(above: 10)
            return try make(.not(operand), token.span.union(operand.span), operand)
        case .openParen: return try parenthesis()
        case .openBracket: return try list()
        case .if: return try conditional()
        case .try, .catch, .use:
            if isTakenForName { throw reservedWord() }
            return try token.kind == .use ? use() : attempt()
        case .openBrace:
            throw error(
                "a block cannot stand here", token.span, note: "a record is written (a=1), a list [1, 2]")
        default:
            throw expected("an expression", note: kind == .def ? "a function without a name is written x -> …" : nil)
        }
    }

    private mutating func name() throws -> Expr {
        let token = advance()
        let name = text(token)
        if kind == .arrow { return try lambda([.init(name: name, span: token.span)], token.span) }
        if kind != .assign, let error = foreignConstant(name, token.span) { throw error }
        noteRead(name)
        return make(.name(name), token.span)
    }

    /// The body of `x -> …`, from the arrow.
    private mutating func lambda(_ parameters: [FunctionSyntax.Parameter], _ start: Span) throws -> Expr {
        advance()
        skipNewlines()
        names.append(Names(isFunction: true))
        let body: FunctionSyntax.Body
        var depth: [Expr] = []
        if kind == .openBrace {
            body = .block(try block())
        } else {
            let value = try expression(above: 2)
            depth = [value]
            body = .expression(value)
        }
        let function = finishFunction(name: nil, nameSpan: start, parameters: parameters, body: body, start: start)
        let expr = try make(.lambda(function), function.span, depth)
        // Assignments inside a function are its own.
        return Expr(expr.kind, expr.span, depth: expr.depth, assigns: false)
    }

    /// `(a)`, `(a, b)`, `(a=1, b=2)`, `(a, b) -> …`
    private mutating func parenthesis() throws -> Expr {
        let start = token.span, opening = index
        let close = Int(matches[index])
        if close > 0, close + 1 < tokens.count, tokens[close + 1].kind == .arrow {
            return try lambda(try parameters(), start)
        }
        if kind(2) == .assign, kind(1) == .string || isWord(tokens[min(index + 1, tokens.count - 1)]) {
            return try record()
        }
        advance()
        if take(.closeParen) { return make(.record([]), start.union(lastSpan)) }
        let inner = try expressions()
        guard take(.closeParen) else { throw expectedCloser("`)`", of: opening) }
        // Parentheses belong to the text of what they hold, not to the place that errors point at.
        return Expr(inner.kind, start.union(lastSpan), place: inner.place, depth: inner.depth, assigns: inner.assigns)
    }

    private mutating func record() throws -> Expr {
        let opening = index, start = advance().span
        var fields: [(name: String, value: Expr)] = []
        var taken: Set<Text> = []
        while kind != .closeParen {
            guard kind == .string || isWord(token), kind(1) == .assign else {
                throw expected("name=value", note: "every field of a record has a name")
            }
            let token = advance()
            let name = token.kind == .string ? try unescaped(token, from: 1, dropping: 1) : text(token)
            if !taken.insert(Text(name)).inserted { throw error("the field `\(name)` comes twice", token.span) }
            advance()
            fields.append((name, try expression()))
            guard take(.comma) else { break }
        }
        guard take(.closeParen) else { throw expectedCloser("`,` or `)`", of: opening) }
        return try make(.record(fields), start.union(lastSpan), fields.map(\.value))
    }

    private mutating func list() throws -> Expr {
        let opening = index, start = advance().span
        var items: [Expr] = []
        while kind != .closeBracket {
            items.append(try expression())
            guard take(.comma) else { break }
        }
        if kind == .semicolon, items.count > 0 {
            throw error("rows of a matrix are lists", token.span, note: "write tensor([[1, 2], [3, 4]])")
        }
        guard take(.closeBracket) else { throw expectedCloser("`,` or `]`", of: opening) }
        return try make(.list(items), start.union(lastSpan), items)
    }

    /// Whether a token is spelled as a name is: fields may be called like keywords.
    private func isWord(_ token: Token) -> Bool { token.kind == .name || Keyword(rawValue: text(token)) != nil }

    private mutating func conditional() throws -> Expr {
        let start = token.span
        var branches: [Expr.Branch] = []
        var otherwise: [Stmt]?
        advance()
        while true {
            let condition = try condition()
            branches.append(.init(condition: condition, body: try block()))
            skipNewlines(before: .else)
            guard take(.else) else { break }
            if take(.if) { continue }
            skipNewlines(before: .openBrace)
            otherwise = try block()
            break
        }
        return try make(
            .conditional(branches, otherwise: otherwise), start.union(lastSpan), branches.map(\.condition),
            assigns: true)
    }
}
