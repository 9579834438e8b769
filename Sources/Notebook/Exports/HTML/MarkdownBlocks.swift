// Prose in Markdown, cut into its blocks: headings, paragraphs, lists, quotes, code, tables, formulas.
//
// The part of CommonMark that prose between cells uses, GitHub's tables, and formulas. What is left out: raw HTML is
// text (but its comments, which are not shown), links have their address beside them (no `[words][label]`), and names
// of characters are few. `CommonMarkTests` holds examples of all that is read. Nothing here can fail.
import Foundation
import Language

/// The blocks of a text.
package struct MarkdownBlocks {
    package indirect enum Block: Equatable {
        case heading(level: Int, String)
        case paragraph(String)
        case code(language: String, String)
        case list(start: Int?, items: [[Block]], isTight: Bool)
        case quote([Block])
        case table(head: [String], alignments: [String], rows: [[String]])
        /// Text between `$$`, with them.
        case formula(String)
        case rule
    }

    package let blocks: [Block]

    package init(_ text: String) {
        let lines = text.allLines
        blocks = Self.blocks(lines[...], depth: 0)
    }

    /// Lists and quotes inside each other are followed so far.
    private static let deepest = 12

    private static func blocks(_ lines: ArraySlice<Substring>, depth: Int) -> [Block] {
        var result: [Block] = [], rest = lines
        while let line = rest.first {
            if line.isBlank {
                rest.removeFirst()
                continue
            }
            if leaveComment(&rest) { continue }
            if let block = fence(&rest) ?? formula(&rest) ?? heading(line, &rest) ?? rule(line, &rest) ?? quote(
                &rest, depth) ?? list(&rest, depth)
                ?? table(&rest) ?? indentedCode(&rest)
            {
                result.append(block)
            } else {
                result.append(paragraph(&rest))
            }
        }
        return result
    }

    /// Drops a comment, `<!-- … -->`, to the end of its last line. Returns whether there was one.
    private static func leaveComment(_ lines: inout ArraySlice<Substring>) -> Bool {
        guard let first = lines.first, indentation(first) < 4, first.drop(while: { $0 == " " }).hasPrefix("<!--") else {
            return false
        }
        let end = lines.firstIndex { $0.contains("-->") } ?? lines.endIndex - 1
        lines = lines[(end + 1)...]
        return true
    }

    // MARK: One kind of block each; nil where the lines do not begin with it

    private static func fence(_ lines: inout ArraySlice<Substring>) -> Block? {
        guard let first = lines.first, indentation(first) < 4 else { return nil }
        let opening = first.drop { $0 == " " }
        guard let mark = opening.first, mark == "`" || mark == "~" else { return nil }
        let length = opening.prefix { $0 == mark }.count
        let info = opening.dropFirst(length)
        guard length >= 3, mark == "~" || !info.contains("`") else { return nil }
        let indent = indentation(first)
        lines.removeFirst()
        var code: [Substring] = []
        while let line = lines.popFirst() {
            let trimmed = line.trimmingSpaces
            if trimmed.count >= length, trimmed.allSatisfy({ $0 == mark }), indentation(line) < 4 { break }
            code.append(line.dropFirst(min(indent, indentation(line))))
        }
        return .code(language: info.trimmingSpaces, code.joined(separator: "\n"))
    }

    private static func formula(_ lines: inout ArraySlice<Substring>) -> Block? {
        guard let first = lines.first?.trimmingSpaces, first.hasPrefix("$$") else { return nil }
        if first.count > 4, first.hasSuffix("$$") {
            lines.removeFirst()
            return .formula(first)
        }
        guard let end = lines.dropFirst().firstIndex(where: { $0.trimmingSpaces.hasSuffix("$$") }) else { return nil }
        let text = lines[lines.startIndex...end].joined(separator: "\n")
        lines = lines[(end + 1)...]
        return .formula(text)
    }

    private static func heading(_ line: Substring, _ lines: inout ArraySlice<Substring>) -> Block? {
        guard indentation(line) < 4 else { return nil }
        let line = line.drop { $0 == " " }
        let level = line.prefix { $0 == "#" }.count
        guard (1...6).contains(level) else { return nil }
        let rest = line.dropFirst(level)
        guard rest.isEmpty || rest.hasPrefix(" ") else { return nil }
        lines.removeFirst()
        var words = rest.trimmingSpaces
        // `## Title ##`
        let closing = words.reversed().prefix { $0 == "#" }.count
        if closing == words.count || words.dropLast(closing).hasSuffix(" ") {
            words = words.dropLast(closing).trimmingSpaces
        }
        return .heading(level: level, words)
    }

    private static func rule(_ line: Substring, _ lines: inout ArraySlice<Substring>) -> Block? {
        guard isRule(line) else { return nil }
        lines.removeFirst()
        return .rule
    }

    private static func isRule(_ line: Substring) -> Bool {
        let marks = line.filter { $0 != " " }
        guard indentation(line) < 4, let mark = marks.first, "-*_".contains(mark) else { return false }
        return marks.count >= 3 && marks.allSatisfy { $0 == mark }
    }

    private static func quote(_ lines: inout ArraySlice<Substring>, _ depth: Int) -> Block? {
        /// A line behind its mark; nil for one without.
        func quoted(_ line: Substring) -> Substring? {
            guard indentation(line) < 4, case let text = line.drop(while: { $0 == " " }), text.hasPrefix(">") else {
                return nil
            }
            return text.dropFirst(text.hasPrefix("> ") ? 2 : 1)
        }
        guard depth < deepest, let first = lines.first, quoted(first) != nil else { return nil }
        var inner: [Substring] = []
        while let line = lines.first, !line.isBlank {
            if let text = quoted(line) {
                inner.append(text)
            } else if inner.last?.isBlank == false, !begins(line) {
                // A paragraph goes on without marks.
                inner.append(line)
            } else {
                break
            }
            lines.removeFirst()
        }
        return .quote(blocks(inner[...], depth: depth + 1))
    }

    /// A list item's mark: how far its text is indented, and its number where it has one.
    private static func marker(_ line: Substring) -> (indent: Int, width: Int, number: Int?, mark: Character)? {
        let indent = indentation(line)
        let rest = line.dropFirst(indent)
        guard let first = rest.first, !isRule(line) else { return nil }
        var length = 1, number: Int?, mark = first
        if first.isASCII, first.isNumber {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard digits.count <= 9, let sign = rest.dropFirst(digits.count).first, sign == "." || sign == ")" else {
                return nil
            }
            (length, number, mark) = (digits.count + 1, Int(digits), sign)
        } else if !"-*+".contains(first) {
            return nil
        }
        let after = rest.dropFirst(length)
        guard after.isEmpty || after.first == " " else { return nil }
        let blanks = after.prefix { $0 == " " }.count
        return (indent, length + (after.isBlank || blanks > 4 ? 1 : blanks), number, mark)
    }

    private static func list(_ lines: inout ArraySlice<Substring>, _ depth: Int) -> Block? {
        guard depth < deepest, let first = lines.first, let opening = marker(first), opening.indent < 4 else {
            return nil
        }
        var items: [[Block]] = [], isTight = true
        while let line = lines.first, let mark = marker(line), mark.indent < opening.indent + 2,
            mark.mark == opening.mark
        {
            var inner = [line.dropFirst(min(line.count, mark.indent + mark.width))]
            lines.removeFirst()
            var wasBlank = false
            while let next = lines.first {
                if next.isBlank {
                    wasBlank = true
                } else if indentation(next) >= mark.indent + mark.width {
                    if wasBlank, !inner.contains(where: { marker($0) != nil }) { isTight = false }
                    wasBlank = false
                } else if wasBlank || begins(next) || marker(next) != nil {
                    break
                }
                inner.append(next.dropFirst(min(indentation(next), mark.indent + mark.width)))
                lines.removeFirst()
            }
            if wasBlank, let next = lines.first, marker(next)?.mark == opening.mark { isTight = false }
            items.append(blocks(inner[...], depth: depth + 1))
        }
        return .list(start: opening.number, items: items, isTight: isTight)
    }

    private static func table(_ lines: inout ArraySlice<Substring>) -> Block? {
        guard lines.count >= 2, let head = lines.first, head.contains("|") else { return nil }
        let ruler = cells(lines[lines.startIndex + 1])
        let columns = cells(head)
        guard columns.count == ruler.count,
            ruler.allSatisfy({ cell in cell.contains("-") && cell.allSatisfy { "-: ".contains($0) } })
        else { return nil }
        let alignments = ruler.map { cell in
            cell.hasSuffix(":") ? (cell.hasPrefix(":") ? "c" : "n") : ""
        }
        lines = lines.dropFirst(2)
        var rows: [[String]] = []
        while let line = lines.first, !line.isBlank, line.contains("|") {
            rows.append(Array((cells(line) + columns.map { _ in "" }).prefix(columns.count)))
            lines.removeFirst()
        }
        return .table(head: columns, alignments: alignments, rows: rows)
    }

    /// What stands between bars that are not escaped.
    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = [], cell = "", isEscaped = false
        for character in line.trimmingSpaces {
            if character == "|", !isEscaped {
                cells.append(cell.trimmingSpaces)
                cell = ""
            } else {
                if character == "|" { cell.removeLast() }
                cell.append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        cells.append(cell.trimmingSpaces)
        if cells.count > 1, cells.first == "" { cells.removeFirst() }
        if cells.count > 1, cells.last == "" { cells.removeLast() }
        return cells
    }

    private static func indentedCode(_ lines: inout ArraySlice<Substring>) -> Block? {
        guard let first = lines.first, indentation(first) >= 4 else { return nil }
        var code: [Substring] = []
        while let line = lines.first, line.isBlank || indentation(line) >= 4 {
            code.append(line.dropFirst(min(4, indentation(line))))
            lines.removeFirst()
        }
        return .code(language: "", code.joined(separator: "\n").trimmingNewlines)
    }

    private static func paragraph(_ lines: inout ArraySlice<Substring>) -> Block {
        var words: [String] = []
        /// Two blanks at the end of a line break it, but for the last.
        func text() -> String {
            words.enumerated().map { index, line in
                line.hasSuffix("  ") && index < words.count - 1 ? line.trimmingSpaces + "\\" : line.trimmingSpaces
            }.joined(separator: "\n")
        }
        while let line = lines.first, !line.isBlank {
            if !words.isEmpty {
                // A line of `=` or `-` makes a heading of what stands above it.
                if let level = underline(line) {
                    lines.removeFirst()
                    return .heading(level: level, text())
                }
                if begins(line) { break }
            }
            words.append(String(line))
            lines.removeFirst()
        }
        return .paragraph(text())
    }

    private static func underline(_ line: Substring) -> Int? {
        let marks = line.trimmingSpaces
        guard indentation(line) < 4, let mark = marks.first, mark == "=" || mark == "-",
            marks.allSatisfy({ $0 == mark })
        else { return nil }
        return mark == "=" ? 1 : 2
    }

    /// Whether a line ends the paragraph before it.
    private static func begins(_ line: Substring) -> Bool {
        guard indentation(line) < 4 else { return false }
        let text = line.drop { $0 == " " }
        if text.hasPrefix("<!--") { return true }
        if text.hasPrefix("```") || text.hasPrefix("~~~") || text.hasPrefix(">") || text.hasPrefix("$$") || isRule(line)
        {
            return true
        }
        let level = text.prefix { $0 == "#" }.count
        if (1...6).contains(level), text.dropFirst(level).first == " " { return true }
        // A mark with nothing behind it goes on with the paragraph, and so does a number in a sentence.
        guard let mark = marker(line), line.trimmingSpaces.contains(" ") else { return false }
        return mark.number == nil || mark.number == 1
    }

    private static func indentation(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
}

extension MarkdownBlocks {
    /// A block as HTML.
    /// - Parameter folder: of the document, with its slash, for the pictures that it names.
    package static func html(_ block: Block, folder: String = "") -> String {
        func inlines(_ text: String) -> String { MarkdownInlines.html(text, folder: folder) }
        switch block {
        case .heading(let level, let words): return "<h\(level)>\(inlines(words))</h\(level)>"
        case .paragraph(let words): return "<p>\(inlines(words))</p>"
        case .code(let language, let code):
            let lines = language == "lethe" ? CodeHTML.highlighted(code) : CodeHTML.plain(code)
            return "<pre class=\"block\"><code>\(lines)</code></pre>"
        case .list(let start, let items, let isTight):
            let tag = start == nil ? "ul" : "ol"
            let number = start.map { $0 == 1 ? "" : " start=\"\($0)\"" } ?? ""
            return "<\(tag)\(number)>\n" + items.map { "<li>\(item($0, isTight, folder))</li>\n" }.joined()
                + "</\(tag)>"
        case .quote(let inner):
            return "<blockquote>\n" + inner.map { html($0, folder: folder) + "\n" }.joined() + "</blockquote>"
        case .table(let head, let alignments, let rows):
            func row(_ cells: [String], _ tag: String) -> String {
                "<tr>"
                    + zip(cells, alignments).map { cell, alignment -> String in
                        let style = alignment.isEmpty ? "" : " class=\"\(alignment)\""
                        return "<\(tag)\(style)>\(inlines(cell))</\(tag)>"
                    }.joined() + "</tr>"
            }
            return "<div class=\"wide\" tabindex=\"0\"><table>\n<thead>\(row(head, "th"))</thead>\n<tbody>\n"
                + rows.map { row($0, "td") + "\n" }.joined() + "</tbody>\n</table></div>"
        case .formula(let text):
            let source = String(text.dropFirst(2).dropLast(2))
            return MathML.html(source, isDisplay: true).map { "<div class=\"formula\" tabindex=\"0\">\($0)</div>" }
                ?? "<div class=\"math\">\(HTMLText.escaped(text))</div>"
        case .rule: return "<hr>"
        }
    }

    /// An item of a tight list stands without paragraphs.
    private static func item(_ blocks: [Block], _ isTight: Bool, _ folder: String) -> String {
        blocks.map { block in
            if isTight, case .paragraph(let words) = block { return MarkdownInlines.html(words, folder: folder) }
            return html(block, folder: folder)
        }.joined(separator: "\n")
    }
}
