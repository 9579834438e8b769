// Code as HTML: its words in classes by what an editor colours alike.
import Language

enum CodeHTML {
    /// The code, escaped, with `<span class="k">` and the like around its words.
    static func highlighted(_ code: String) -> String {
        let bytes = Array(code.utf8)
        func text(_ range: Range<Int>) -> String { HTMLText.escaped(String(decoding: bytes[range], as: UTF8.self)) }
        var result = "", position = 0
        let tokens = tokens(of: code)
        for (index, token) in tokens.enumerated() {
            let (start, end) = (
                min(max(position, Int(token.span.start)), bytes.count), min(Int(token.span.end), bytes.count)
            )
            guard end > start else { continue }
            result += text(position..<start)
            position = end
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            let word = text(start..<end)
            result += name(of: token, before: next).map { "<span class=\"\($0)\">\(word)</span>" } ?? word
        }
        return result + text(position..<bytes.count)
    }

    /// The class of a word; nil for one without.
    private static func name(of token: Token, before next: Token?) -> String? {
        switch token.category {
        case .keyword: "k"
        case .constant, .number: "n"
        case .string: "s"
        case .comment: "c"
        case .command: "m"
        case .name where next?.kind == .openParen && next?.isGlued == true: "f"
        case .name where next?.kind == .assign && next?.isGlued == true: "a"
        default: nil
        }
    }
}
