// Names that the cell under way binds itself: parameters, loop variables, assignments. They exist before it has run.
import Language

package enum LocalNames {
    /// The names bound in a text that need not be whole.
    ///
    /// - Parameter word: where the word at the cursor begins; it is no name yet.
    package static func bound(in text: String, except word: Int) -> Set<String> {
        let tokens = Language.tokens(of: text)
        let bytes = Array(text.utf8)
        var names: Set<String> = []
        func add(_ token: Token) {
            guard token.kind == .name, Int(token.span.start) != word else { return }
            names.insert(String(decoding: bytes[Int(token.span.start)..<Int(token.span.end)], as: UTF8.self))
        }
        /// What the open brackets hold, innermost last.
        enum Content { case parameters, statements, others }
        var brackets: [Content] = []
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1].kind : .end
            let last = index > 0 ? tokens[index - 1].kind : .newline
            let inside = brackets.last ?? .statements
            switch token.kind {
            case .openParen: brackets.append(index >= 2 && tokens[index - 2].kind == .def ? .parameters : .others)
            case .openBrace: brackets.append(.statements)
            case .openBracket, .stringHead: brackets.append(.others)
            case .closeBracket, .closeBrace, .stringTail: _ = brackets.popLast()
            case .closeParen:
                _ = brackets.popLast()
                if next == .arrow { parameters(endingAt: index, tokens).forEach(add) }
            case .name where last == .def || last == .for || next == .arrow: add(token)
            // Inside other parentheses `name=` is an option.
            case .name where next == .assign && last != .dot && inside != .others: add(token)
            case .name where inside == .parameters && (last == .openParen || last == .comma): add(token)
            // `a, b = f()` and `for a, b in pairs`
            case .name where inside == .statements && (next == .comma || last == .comma && next == .in): add(token)
            default: break
            }
        }
        return names
    }

    /// The names between the parentheses before an arrow.
    private static func parameters(endingAt close: Int, _ tokens: [Token]) -> [Token] {
        let open = tokens[..<close].lastIndex { $0.kind == .openParen } ?? close
        return tokens[open..<close].filter { $0.kind == .name }
    }
}
