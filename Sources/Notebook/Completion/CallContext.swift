// The call around the cursor: what is called, what has been given, and where in an argument the cursor stands.
import Language

/// A call that is being typed.
package struct CallContext {
    /// What stands before the parenthesis.
    package let callee: ValuePath
    /// Arguments given by position before the cursor.
    package private(set) var positionals = 0
    /// Options given anywhere in the call, except at the cursor.
    package private(set) var given: Set<String> = []
    /// The option whose value the cursor is in: `steps` of `steps=|`.
    package private(set) var currentName: String?
    /// Nothing of the argument stands before the word at the cursor.
    private(set) var isAtArgumentStart = false
    /// Nothing of the option's value stands before the word at the cursor.
    private(set) var isAtValueStart = false

    /// Finds the call whose arguments are being typed; nil when the innermost bracket is no call.
    ///
    /// - Parameters:
    ///   - text: the whole cell, what follows the cursor included.
    ///   - context: of the text before the cursor.
    ///   - wordStart: where the word at the cursor begins (UTF-8 offset).
    package init?(_ text: String, _ context: LineContext, wordStart: Int) {
        guard let open = context.openBrackets.last, open.character == "(" else { return nil }
        let tokens = Language.tokens(of: text).filter { $0.kind != .newline && $0.kind != .comment && $0.kind != .end }
        guard let opening = tokens.firstIndex(where: { Int($0.span.start) == open.offset }), opening > 0,
            tokens[opening].isGlued,
            let callee = ValuePath(tokens[..<opening], Array(text.utf8))
        else { return nil }
        self.callee = callee
        if callee.firstToken > 0 {
            switch tokens[callee.firstToken - 1].kind {
            case .def: return nil
            // What stands before `|>` is the first argument.
            case .pipe: positionals = 1
            default: break
            }
        }
        read(Self.arguments(tokens[(opening + 1)...]), Array(text.utf8), wordStart)
    }

    /// The arguments up to the closing parenthesis, and where each ends.
    private static func arguments(_ tokens: ArraySlice<Token>) -> [(tokens: [Token], end: Int)] {
        var arguments: [(tokens: [Token], end: Int)] = []
        var argument: [Token] = []
        var depth = 0
        for token in tokens {
            switch token.kind {
            case .openParen, .openBracket, .openBrace, .stringHead: depth += 1
            case .closeParen, .closeBracket, .closeBrace, .stringTail: depth -= 1
            default: break
            }
            if depth < 0 { return arguments + [(argument, .max)] }
            if depth == 0, token.kind == .comma {
                arguments.append((argument, Int(token.span.start)))
                argument = []
            } else {
                argument.append(token)
            }
        }
        return arguments + [(argument, .max)]
    }

    private mutating func read(_ arguments: [(tokens: [Token], end: Int)], _ bytes: [UInt8], _ wordStart: Int) {
        let current = arguments.firstIndex { $0.end >= wordStart } ?? arguments.count - 1
        for (index, argument) in arguments.enumerated() {
            var name: String?
            if argument.tokens.count >= 2, argument.tokens[0].kind == .name, argument.tokens[1].kind == .assign {
                let span = argument.tokens[0].span
                name = String(decoding: bytes[Int(span.start)..<Int(span.end)], as: UTF8.self)
            }
            if index == current {
                let before = argument.tokens.prefix { Int($0.span.start) < wordStart }
                if let name, before.count >= 2 {
                    currentName = name
                    isAtValueStart = before.count == 2
                } else {
                    isAtArgumentStart = before.isEmpty
                }
            } else if let name {
                given.insert(name)
            } else if index < current, !argument.tokens.isEmpty {
                positionals += 1
            }
        }
    }
}
