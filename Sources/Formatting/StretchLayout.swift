// Lays out the lines of one program: which tokens stand on a line, how far it is indented, where its comment begins.
import Language

/// The canonical lines of a program that has no syntax error.
struct StretchLayout {
    private let bytes: [UInt8]
    private let marks: TokenMarks

    /// One line of the result.
    private struct Row {
        /// Indices of its tokens, without the comment at its end.
        var tokens: [Int] = []
        /// The comment that it is, or that stands behind the code.
        var comment: Int?
        /// Blank lines above.
        var blanks = 0
        /// The column of the comment behind code, as it was.
        var commentColumn = 0
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
        marks = TokenMarks(Language.tokens(of: text), bytes)
    }

    func lines() -> [String] {
        let rows = rows()
        var lines: [String] = [], code: [String] = [], brackets: [Bracket] = []
        for row in rows {
            let indent = indent(of: row, brackets)
            for token in row.tokens { follow(token, rowIndent: indent, &brackets) }
            if row.tokens.isEmpty, let comment = row.comment {
                code.append(self.line(ofComment: comment, indent: indent))
            } else {
                code.append(String(repeating: " ", count: indent) + self.code(row.tokens))
            }
        }
        let columns = commentColumns(rows, code)
        for (number, row) in rows.enumerated() {
            lines += Array(repeating: "", count: blanks(above: number, rows))
            guard let comment = row.comment, !row.tokens.isEmpty else {
                lines.append(code[number])
                continue
            }
            let gap = max(2, columns[number] - code[number].unicodeScalars.count)
            lines.append(code[number] + String(repeating: " ", count: gap) + trimmed(comment))
        }
        // Blank lines at the end separate it from what follows.
        let end = bytes.lastIndex { ![0x20, 0x09, 0x0D, 0x0A].contains($0) } ?? -1
        return lines + Array(repeating: "", count: bytes[(end + 1)...].count { $0 == 0x0A })
    }

    // MARK: Rows

    private func rows() -> [Row] {
        var rows: [Row] = [], blanks = 0, hasEnded = true, line = 0, position = 0
        for (index, token) in marks.tokens.enumerated() where token.kind != .newline && token.kind != .end {
            let start = Int(token.span.start)
            let breaks = bytes[position..<start].count { $0 == 0x0A }
            position = start
            line += breaks
            if breaks > 0 {
                hasEnded = true
                blanks = breaks - 1
            }
            // Above the first there are only blank lines.
            if rows.isEmpty { blanks = breaks }
            if hasEnded {
                if let last = rows.indices.last, rows[last].comment == nil, joins(index, rows[last]) {
                    hasEnded = false
                } else {
                    rows.append(Row(blanks: blanks))
                    hasEnded = false
                }
                blanks = 0
            }
            if token.kind == .comment {
                rows[rows.count - 1].comment = index
                rows[rows.count - 1].commentColumn = column(of: start)
            } else {
                rows[rows.count - 1].tokens.append(index)
            }
        }
        return rows
    }

    /// A block's brace stands on the line of what it belongs to, `else` and `catch` on that of a `}` that begins its
    /// line.
    private func joins(_ index: Int, _ row: Row) -> Bool {
        switch marks.tokens[index].kind {
        case .openBrace: true
        case .else, .catch: !marks.isWord[index] && row.tokens.first.map { marks.tokens[$0].kind } == .closeBrace
        default: false
        }
    }

    private func column(of offset: Int) -> Int {
        let start = bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return bytes[start..<offset].count { $0 & 0xC0 != 0x80 }
    }

    private func blanks(above number: Int, _ rows: [Row]) -> Int {
        let row = rows[number]
        guard row.blanks > 0, number > 0 else { return row.blanks }
        let first = row.tokens.first ?? row.comment ?? 0
        if let last = rows[number - 1].tokens.last, rows[number - 1].comment == nil, marks.opens(last) { return 0 }
        if !row.tokens.isEmpty, marks.closes(first) { return 0 }
        return marks.depth[first] == 0 ? row.blanks : 1
    }

    // MARK: Indentation

    private struct Bracket {
        let isBrace: Bool
        /// The indentation of the line that opened it.
        let rowIndent: Int
    }

    private func follow(_ token: Int, rowIndent: Int, _ brackets: inout [Bracket]) {
        if marks.closes(token) { _ = brackets.popLast() }
        if marks.opens(token) {
            brackets.append(Bracket(isBrace: marks.tokens[token].kind == .openBrace, rowIndent: rowIndent))
        }
    }

    private func indent(of row: Row, _ brackets: [Bracket]) -> Int {
        guard let first = row.tokens.first ?? row.comment else { return 0 }
        if !row.tokens.isEmpty, marks.closes(first), let opener = brackets.last { return opener.rowIndent }
        let inside = brackets.last.map { $0.rowIndent + CanonicalForm.step } ?? 0
        if let last = brackets.last, !last.isBrace { return inside }
        return marks.continuesStatement(first) ? inside + CanonicalForm.step : inside
    }

    // MARK: Text

    private func text(_ token: Int) -> String {
        String(decoding: bytes[marks.tokens[token].span.range], as: UTF8.self)
    }

    private func code(_ tokens: [Int]) -> String {
        var result = "", last: Int?
        for token in tokens {
            if let last, marks.isSpaced(last, token) { result += " " }
            result += text(token)
            last = token
        }
        return result
    }

    /// A comment that has its line for itself. At the beginning of a line `# %%` begins a cell and `#>` is output:
    /// these stay there, and no other comment gets there.
    private func line(ofComment comment: Int, indent: Int) -> String {
        let text = text(comment)
        let isAtLineStart = column(of: Int(marks.tokens[comment].span.start)) == 0
        let marker = CellMarker(text)
        guard isAtLineStart else {
            let indent = marker == nil && !text.hasPrefix("#>") ? indent : max(indent, 1)
            return String(repeating: " ", count: indent) + trimmed(comment)
        }
        if let marker { return marker.line }
        if text.hasPrefix("#>") { return text.hasSuffix("\r") ? String(text.unicodeScalars.dropLast()) : text }
        // Two blanks at the end of a line of prose break it.
        let comment = trimmed(comment)
        let breaksLine = indent == 0 && text.utf8.count >= comment.utf8.count + 2 && text.hasSuffix("  ")
        return String(repeating: " ", count: indent) + comment + (breaksLine ? "  " : "")
    }

    private func trimmed(_ comment: Int) -> String {
        var text = bytes[marks.tokens[comment].span.range]
        while let last = text.last, [0x20, 0x09, 0x0D].contains(last) { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Where the comments behind code begin: two blanks behind it, in one column where they were in one.
    private func commentColumns(_ rows: [Row], _ code: [String]) -> [Int] {
        var columns = Array(repeating: 0, count: rows.count), start = 0
        while start < rows.count {
            guard rows[start].comment != nil, !rows[start].tokens.isEmpty else {
                start += 1
                continue
            }
            var end = start + 1
            while end < rows.count, rows[end].comment != nil, !rows[end].tokens.isEmpty,
                blanks(above: end, rows) == 0
            { end += 1 }
            if rows[start..<end].allSatisfy({ $0.commentColumn == rows[start].commentColumn }) {
                let column = (code[start..<end].map { $0.unicodeScalars.count }.max() ?? 0) + 2
                for row in start..<end { columns[row] = column }
            }
            start = end
        }
        return columns
    }
}

/// A line that begins a cell.
private struct CellMarker {
    /// In canonical form.
    let line: String

    /// nil for any other comment.
    init?(_ comment: String) {
        let rest = comment.dropFirst().drop { $0 == " " }
        guard rest.hasPrefix("%%") else { return nil }
        var title = rest.dropFirst(2)
        while title.first?.isWhitespace == true { title.removeFirst() }
        while title.last?.isWhitespace == true { title.removeLast() }
        line = title.isEmpty ? "# %%" : "# %% " + title
    }
}
