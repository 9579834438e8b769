// Code as HTML: its words in classes by what an editor colours alike, each line by itself.
import Language

enum CodeHTML {
    /// The code, escaped, with `<span class="k">` and the like around its words, and a span around each line, so that
    /// what is too long for the page goes on with a hanging indent.
    static func highlighted(_ code: String) -> String {
        let bytes = Array(code.utf8)
        var lines = Lines(), position = 0
        let tokens = tokens(of: code)
        for (index, token) in tokens.enumerated() {
            let (start, end) = (
                min(max(position, Int(token.span.start)), bytes.count), min(Int(token.span.end), bytes.count)
            )
            guard end > start else { continue }
            lines.add(bytes[position..<start], class: nil)
            position = end
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            lines.add(bytes[start..<end], class: name(of: token, before: next))
        }
        lines.add(bytes[position...], class: nil)
        return lines.html
    }

    /// Plain text in the same lines.
    static func plain(_ code: String) -> String {
        var lines = Lines()
        lines.add(Array(code.utf8)[...], class: nil)
        return lines.html
    }

    /// Lines of words, closed one by one.
    private struct Lines {
        private var done = ""
        private var line = ""
        /// Blanks at its beginning.
        private var indent: Int?

        /// Adds a word, which may go over several lines.
        mutating func add(_ bytes: ArraySlice<UInt8>, class name: String?) {
            for (number, piece) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
                if number > 0 { close() }
                guard !piece.isEmpty else { continue }
                if indent == nil { indent = piece.prefix { $0 == 0x20 }.count }
                let text = HTMLText.escaped(String(decoding: piece, as: UTF8.self))
                line += name.map { "<span class=\"\($0)\">\(text)</span>" } ?? text
            }
        }

        private mutating func close() {
            done += "<span class=\"\(style)\">\(line)\n</span>"
            line = ""
            indent = nil
        }

        /// What is too long goes on two columns to the right of where it begins.
        private var style: String {
            let step = min((indent ?? 0) / 2 * 2, 8)
            return step == 0 ? "l" : "l i\(step)"
        }

        var html: String { line.isEmpty ? done : done + "<span class=\"\(style)\">\(line)</span>" }
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
