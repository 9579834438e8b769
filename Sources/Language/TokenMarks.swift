// What the place of a token says about it: a sign or an operator, a name or a keyword, and whether a blank stands
// before.

/// The tokens of a program that has no syntax error, and what each is where it stands.
package struct TokenMarks {
    package let tokens: [Token]
    /// Whether a keyword is spelled where a name is meant: `x.in`, `(for=1)`.
    package private(set) var isWord: [Bool]
    /// Whether `+` or `-` is the sign of what follows.
    private(set) var isSign: [Bool]
    /// Brackets around it.
    package private(set) var depth: [Int]
    /// Whether the innermost of them is round, so that `=` names an argument.
    private var isInParentheses: [Bool]
    /// The token before it that is neither comment nor newline; -1 for the first.
    private var previous: [Int]
    /// Whether a newline that ends a statement stands between the two.
    private var followsNewline: [Bool]
    /// The first token from it on that is neither a comment nor a newline.
    private var below: [Int]
    private let endsInPoint: [Bool]

    package init(_ tokens: [Token], _ bytes: [UInt8]) {
        self.tokens = tokens
        isWord = Array(repeating: false, count: tokens.count)
        isSign = isWord
        isInParentheses = isWord
        followsNewline = isWord
        depth = Array(repeating: 0, count: tokens.count)
        previous = Array(repeating: -1, count: tokens.count)
        below = Array(repeating: tokens.count - 1, count: tokens.count)
        for index in tokens.indices.dropLast().reversed() {
            let isCode = tokens[index].kind != .comment && tokens[index].kind != .newline
            below[index] = isCode ? index : below[index + 1]
        }
        endsInPoint = tokens.map { $0.kind == .number && bytes[$0.span.range].last == UInt8(ascii: ".") }
        var brackets: [Token.Kind] = [], last = -1, isAfterNewline = false
        for (index, token) in tokens.enumerated() {
            depth[index] = brackets.count
            isInParentheses[index] = brackets.last == .openParen
            previous[index] = last
            followsNewline[index] = isAfterNewline
            if token.kind == .comment { continue }
            if token.kind == .newline {
                isAfterNewline = true
                continue
            }
            if token.category == .keyword || token.category == .constant || token.category == .operation {
                isWord[index] = isKeyword(token.kind) && isName(index, next: next(index))
            }
            if token.kind == .plus || token.kind == .minus {
                isSign[index] = last < 0 || isAfterNewline || !endsOperand(last)
            }
            if closes(index) { _ = brackets.popLast() }
            if opens(index) { brackets.append(token.kind) }
            last = index
            isAfterNewline = false
        }
    }

    private func next(_ index: Int) -> Token.Kind { index + 1 < tokens.count ? tokens[below[index + 1]].kind : .end }

    private func isKeyword(_ kind: Token.Kind) -> Bool {
        switch kind {
        case .def, .if, .else, .for, .in, .while, .break, .continue, .return, .and, .or, .not, .try, .catch, .use,
            .true,
            .false, .nothing:
            true
        default: false
        }
    }

    private func isName(_ index: Int, next: Token.Kind) -> Bool {
        guard previous[index] >= 0 else { return false }
        switch tokens[previous[index]].kind {
        case .dot: return true
        case .openParen, .comma: return isInParentheses[index] && next == .assign
        default: return false
        }
    }

    /// The token before it that is neither a comment nor the end of a line.
    func before(_ index: Int) -> Int? { previous[index] < 0 ? nil : previous[index] }

    package func opens(_ index: Int) -> Bool {
        switch tokens[index].kind {
        case .openParen, .openBracket, .openBrace, .stringHead, .stringMiddle: true
        default: false
        }
    }

    package func closes(_ index: Int) -> Bool {
        switch tokens[index].kind {
        case .closeParen, .closeBracket, .closeBrace, .stringTail, .stringMiddle: true
        default: false
        }
    }

    /// Whether a value may end with it.
    private func endsOperand(_ index: Int) -> Bool {
        switch tokens[index].kind {
        case .name, .number, .string, .stringTail, .true, .false, .nothing, .closeParen, .closeBracket, .closeBrace:
            true
        default: isWord[index]
        }
    }

    /// Whether a token that begins a line goes on with the statement of the line above.
    package func continuesStatement(_ index: Int) -> Bool {
        let last = previous[index]
        guard last >= 0 else { return false }
        // A comment belongs to the line below it.
        if tokens[index].kind == .comment {
            let below = below[index]
            return tokens[below].kind != .end && !closes(below) && continuesStatement(below)
        }
        if tokens[last].kind == .semicolon || tokens[last].kind == .openBrace { return false }
        return !followsNewline[index] || expectsOperand(last)
    }

    /// Whether a line that ends with it goes on in the next.
    private func expectsOperand(_ index: Int) -> Bool {
        if isWord[index] { return false }
        switch tokens[index].kind {
        case .plus, .minus, .star, .slash, .percent, .at, .caret, .equal, .notEqual, .less, .lessOrEqual, .greater,
            .greaterOrEqual, .and, .or, .not, .in, .pipe, .arrow, .assign, .plusAssign, .minusAssign, .starAssign,
            .slashAssign, .percentAssign, .caretAssign, .atAssign:
            return true
        default: return false
        }
    }

    // MARK: Blanks

    /// Whether a newline ends a statement right before a token that is neither of these.
    func beginsStatement(_ index: Int) -> Bool {
        let last = previous[index]
        guard last >= 0, followsNewline[index], !closes(index), !continuesStatement(index) else { return false }
        return tokens[last].kind != .semicolon && tokens[last].kind != .openBrace
            && tokens[index].kind != .else && tokens[index].kind != .catch
    }

    /// Whether a blank stands between two neighbours on a line.
    package func isSpaced(_ left: Int, _ right: Int) -> Bool {
        let a = tokens[left].kind, b = tokens[right].kind
        switch b {
        case .comma, .semicolon, .closeParen, .closeBracket, .stringMiddle, .stringTail, .formatSpec: return false
        // `1. .x` would be another number.
        case .dot: return endsInPoint[left]
        default: break
        }
        switch a {
        case .openParen, .openBracket, .stringHead, .stringMiddle, .dot: return false
        case .plus, .minus: if isSign[left] { return isSign[right] }
        default: break
        }
        switch b {
        case .openParen where before(left).map { tokens[$0].kind } == .def: return false
        case .openParen, .openBracket: if endsOperand(left) { return !tokens[right].isGlued }
        default: break
        }
        switch (a, b) {
        case (.comma, _): return true
        case (.caret, _), (_, .caret), (.colon, _), (_, .colon): return false
        case (.assign, _), (_, .assign): return !isInParentheses[a == .assign ? left : right]
        default: return true
        }
    }
}
