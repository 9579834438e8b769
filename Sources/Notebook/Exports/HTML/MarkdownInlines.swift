// Markdown inside a line: emphasis, code, links, formulas, as HTML. Emphasis by CommonMark's delimiter rules.
import Files
import Foundation
import Language

/// Turns the words of one block into HTML. Raw HTML is text; formulas between `$` become MathML.
struct MarkdownInlines {
    /// A finished piece, or a run of `*` or `_` whose meaning is decided at the end.
    private struct Node {
        var html: String
        var mark: Character = " "
        var count = 0
        var canOpen = false
        var canClose = false
        var before = ""
        var after = ""
    }

    private let text: [Character]
    private var nodes: [Node] = []
    /// For each `[` the place of the `]` that closes it.
    private var closings: [Int: Int] = [:]
    /// For lengths of runs of backticks, a place behind which no run closes one.
    private var unclosed: [Int: Int] = [:]
    /// A comment has no end.
    private var hasOpenComment = false
    private let depth: Int

    /// Where pictures are looked for first.
    private let folder: String

    /// - Parameter folder: of the document, with its slash, for the pictures that it names.
    static func html(_ text: String, folder: String = "") -> String { html(Array(text), folder: folder, depth: 0) }

    private static func html(_ text: [Character], folder: String, depth: Int) -> String {
        var inlines = MarkdownInlines(text, folder: folder, depth: depth)
        return inlines.run()
    }

    private init(_ text: [Character], folder: String, depth: Int) {
        self.text = text
        self.folder = folder
        self.depth = depth
        var open: [Int] = [], index = 0
        while index < text.count {
            switch text[index] {
            case "\\": index += 1
            case "`":
                // A bracket in code closes nothing.
                let run = text[index...].prefix { $0 == "`" }.count
                index = (codeEnd(at: index, run) ?? index + run) - 1
            case "[": open.append(index)
            case "]": if let start = open.popLast() { closings[start] = index }
            default: break
            }
            index += 1
        }
    }

    private mutating func run() -> String {
        var index = 0, plain = ""
        func flush() {
            if !plain.isEmpty { nodes.append(Node(html: HTMLText.escaped(plain))) }
            plain = ""
        }
        while index < text.count {
            let character = text[index]
            if character == "\\", index + 1 < text.count {
                let next = text[index + 1]
                if next == "\n" {
                    flush()
                    nodes.append(Node(html: "<br>\n"))
                } else {
                    plain += next.isASCII && (next.isPunctuation || next.isSymbol) ? String(next) : "\\\(next)"
                }
                index += 2
                continue
            }
            if character == "<", let end = commentEnd(at: index) {
                index = end
                continue
            }
            if character == "&", let (word, end) = entity(at: index) {
                plain += word
                index = end
                continue
            }
            if let (html, end) = code(at: index) ?? formula(at: index) ?? link(at: index) ?? address(at: index) {
                flush()
                nodes.append(Node(html: html))
                index = end
                continue
            }
            if character == "*" || character == "_" {
                flush()
                index = addRun(at: index)
                continue
            }
            if character == "`" {
                // A run without its end is text as a whole.
                let run = text[index...].prefix { $0 == "`" }
                plain += String(run)
                index = run.endIndex
                continue
            }
            plain.append(character)
            index += 1
        }
        flush()
        emphasize()
        return nodes.map { $0.after + $0.html + $0.before }.joined()
    }

    // MARK: Pieces that end where they say; nil where none begins

    /// Where code ends that a run of backticks begins.
    private mutating func codeEnd(at start: Int, _ length: Int) -> Int? {
        if let known = unclosed[length], start >= known { return nil }
        var index = start + length
        while index < text.count {
            let run = text[index...].prefix { $0 == "`" }.count
            if run == length { return index + run }
            index += max(1, run)
        }
        unclosed[length] = start
        return nil
    }

    private mutating func code(at start: Int) -> (String, Int)? {
        guard text[start] == "`" else { return nil }
        let length = text[start...].prefix { $0 == "`" }.count
        guard let end = codeEnd(at: start, length) else { return nil }
        var content = String(text[(start + length)..<(end - length)].map { $0 == "\n" ? " " : $0 })
        if content.hasPrefix(" "), content.hasSuffix(" "), !content.isBlank {
            content = String(content.dropFirst().dropLast())
        }
        return ("<code>\(HTMLText.escaped(content))</code>", end)
    }

    /// Behind a comment, which is not shown.
    private mutating func commentEnd(at start: Int) -> Int? {
        guard !hasOpenComment, text[start...].starts(with: "<!--") else { return nil }
        var index = start + 4
        while index + 3 <= text.count {
            if text[index...].starts(with: "-->") { return index + 3 }
            index += 1
        }
        hasOpenComment = true
        return nil
    }

    private static let entities = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "nbsp": "\u{A0}", "copy": "©", "ndash": "–", "mdash": "—",
        "hellip": "…", "times": "×", "alpha": "α", "beta": "β", "gamma": "γ", "theta": "θ", "lambda": "λ", "mu": "μ",
        "sigma": "σ", "le": "≤", "ge": "≥", "ne": "≠",
    ]

    /// `&lt;` and `&#955;`: a character by its name or number.
    private func entity(at start: Int) -> (String, Int)? {
        guard let end = text[start...].prefix(12).firstIndex(of: ";") else { return nil }
        let name = String(text[(start + 1)..<end])
        if let known = Self.entities[name] { return (known, end + 1) }
        guard name.hasPrefix("#") else { return nil }
        let isHex = name.dropFirst().first == "x" || name.dropFirst().first == "X"
        guard let value = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
            let scalar = Unicode.Scalar(value), value > 0
        else { return nil }
        return (visible(String(scalar)), end + 1)
    }

    private func formula(at start: Int) -> (String, Int)? {
        if let display = display(at: start) { return display }
        guard text[start] == "$", start + 2 < text.count, !text[start + 1].isWhitespace, text[start + 1] != "$",
            start == 0 || !(text[start - 1].isLetter || text[start - 1].isNumber)
        else { return nil }
        var index = start + 1
        while index < text.count {
            if text[index] == "\\" {
                index += 2
                continue
            }
            // Code binds tighter.
            if text[index] == "`" { return nil }
            if text[index] == "$" {
                // `$5 and $6` is money.
                guard !text[index - 1].isWhitespace, index + 1 == text.count || !text[index + 1].isNumber else {
                    return nil
                }
                let source = String(text[(start + 1)..<index])
                let html =
                    MathML.html(source, isDisplay: false)
                    ?? "<span class=\"math\">\(HTMLText.escaped("$\(source)$"))</span>"
                return (html, index + 1)
            }
            index += 1
        }
        return nil
    }

    /// `$$…$$` within a line.
    private func display(at start: Int) -> (String, Int)? {
        guard text[start] == "$", start + 4 < text.count, text[start + 1] == "$", text[start + 2] != "$" else {
            return nil
        }
        var index = start + 2
        // A display is written in a line or few.
        while index + 1 < text.count, index - start < 4000 {
            if text[index] == "$" {
                guard text[index + 1] == "$" else { return nil }
                return MathML.html(String(text[(start + 2)..<index]), isDisplay: true).map { ($0, index + 2) }
            }
            index += text[index] == "\\" ? 2 : 1
        }
        return nil
    }

    /// `[words](address "title")`, and the same with `!` before it for a picture.
    private func link(at start: Int) -> (String, Int)? {
        let isPicture = text[start] == "!"
        let bracket = isPicture ? start + 1 : start
        guard depth < 8, bracket < text.count, text[bracket] == "[", let close = closings[bracket],
            close + 1 < text.count, text[close + 1] == "("
        else { return nil }
        var index = close + 2, open = 0
        while index < text.count, text[index] != ")" || open > 0 {
            if text[index] == "(" { open += 1 }
            if text[index] == ")" { open -= 1 }
            index += 1
        }
        guard index < text.count else { return nil }
        var address = String(text[(close + 2)..<index]).trimmingSpaces
        if address.hasPrefix("<"), let end = address.firstIndex(of: ">") {
            address = String(address[address.index(after: address.startIndex)..<end])
        } else if let blank = address.firstIndex(where: \.isWhitespace) {
            address = String(address[..<blank])
        }
        let words = Array(text[(bracket + 1)..<close])
        if isPicture { return (picture(address, alternative: String(words)), index + 1) }
        return (Self.link(to: address, Self.html(words, folder: folder, depth: depth + 1)), index + 1)
    }

    /// `<https://…>`
    private func address(at start: Int) -> (String, Int)? {
        guard text[start] == "<", let end = text[start...].firstIndex(of: ">") else { return nil }
        let address = String(text[(start + 1)..<end])
        guard address.hasPrefix("http://") || address.hasPrefix("https://"), !address.contains(where: \.isWhitespace)
        else { return nil }
        return (Self.link(to: address, HTMLText.escaped(address)), end + 1)
    }

    /// A link a reader may follow; what is no address of a page, a mailbox or a place nearby stays text.
    ///
    /// Judged is what a browser makes of an address: it drops control characters, and takes a backslash for a slash.
    private static func link(to address: String, _ words: String) -> String {
        let address = String(
            String.UnicodeScalarView(
                address.unicodeScalars.filter { $0.value > 0x20 && visible(String($0)) == String($0) }))
        let scheme = address.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        let hasScheme = address.dropFirst(scheme.count).hasPrefix(":")
        guard !hasScheme || ["http", "https", "mailto"].contains(scheme.lowercased()) else { return words }
        // Two slashes begin the name of another server.
        let start = address.prefix(2)
        guard start.count < 2 || !start.allSatisfy({ $0 == "/" || $0 == "\\" }) else { return words }
        return "<a href=\"\(HTMLText.escaped(address))\"\(hasScheme ? " rel=\"noreferrer\"" : "")>\(words)</a>"
    }

    /// A picture file, put into the page; one that is elsewhere or cannot be read leaves its words.
    private func picture(_ path: String, alternative: String) -> String {
        EmbeddedImage.element(path.removingPercentEncoding ?? path, alternative: alternative, folder: folder)
            ?? HTMLText.escaped(alternative.isEmpty ? path : "\(alternative) (\(path))")
    }

    // MARK: Emphasis

    /// Notes a run of `*` or `_` and whether it may open or close. Returns the place behind it.
    private mutating func addRun(at start: Int) -> Int {
        let mark = text[start]
        var end = start
        while end < text.count, text[end] == mark { end += 1 }
        let before = start == 0 ? " " : text[start - 1], after = end == text.count ? " " : text[end]
        func isSign(_ c: Character) -> Bool { c.isPunctuation || c.isSymbol }
        let isLeft = !after.isWhitespace && (!isSign(after) || before.isWhitespace || isSign(before))
        let isRight = !before.isWhitespace && (!isSign(before) || after.isWhitespace || isSign(after))
        var node = Node(html: String(repeating: mark, count: end - start), mark: mark, count: end - start)
        if mark == "*" {
            (node.canOpen, node.canClose) = (isLeft, isRight)
        } else {
            // Inside a word an underscore is a letter.
            (node.canOpen, node.canClose) = (
                isLeft && (!isRight || isSign(before)), isRight && (!isLeft || isSign(after))
            )
        }
        nodes.append(node)
        return end
    }

    /// Pairs runs that open with runs that close.
    private mutating func emphasize() {
        var open: [Int] = []
        for closer in nodes.indices where nodes[closer].count > 0 {
            if nodes[closer].canClose {
                while nodes[closer].count > 0, let place = open.lastIndex(where: { pairs($0, closer) }) {
                    let opener = open[place]
                    open.removeSubrange((place + 1)...)
                    let isStrong = nodes[opener].count >= 2 && nodes[closer].count >= 2
                    let (length, tag) = isStrong ? (2, "strong") : (1, "em")
                    nodes[opener].count -= length
                    nodes[closer].count -= length
                    nodes[opener].before = "<\(tag)>" + nodes[opener].before
                    nodes[closer].after += "</\(tag)>"
                    for index in [opener, closer] {
                        nodes[index].html = String(repeating: nodes[index].mark, count: nodes[index].count)
                    }
                    if nodes[opener].count == 0 { open.removeLast() }
                }
            }
            if nodes[closer].canOpen, nodes[closer].count > 0 { open.append(closer) }
            // No one writes so many marks; whoever does gets them as text.
            if open.count > 64 { open.removeFirst() }
        }
    }

    private func pairs(_ opener: Int, _ closer: Int) -> Bool {
        let (a, b) = (nodes[opener], nodes[closer])
        guard a.mark == b.mark else { return false }
        // CommonMark's rule of three.
        return !((a.canClose || b.canOpen) && (a.count + b.count) % 3 == 0 && (a.count % 3 != 0 || b.count % 3 != 0))
    }
}
