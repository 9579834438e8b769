// A table as text: aligned columns in parts that fit the window, long tables cut in the middle.
import Language

extension TableValue {
    /// Names of columns of figures give way before their figures do.
    private static let longestName = 16
    /// Of a text in a cell so much is shown.
    static let longestText = 40
    /// Rows that are shown of a longer table, before and behind the gap.
    private static let shownRows = (before: 12, behind: 5)

    /// A few rows of a long table, texts cut.
    func shortText(width: Int, digits: Int) -> String {
        text(rows: shown(atMost: Self.shownRows), width: width, digits: digits, longest: Self.longestText)
    }

    /// All of it.
    func wholeText(width: Int, digits: Int) -> String {
        text(rows: (Array(0..<rowCount), nil), width: width, digits: digits, longest: .max)
    }

    /// The rows to show, and before which of them how many are left out.
    private func shown(atMost most: (before: Int, behind: Int)) -> (rows: [Int], gap: (place: Int, count: Int)?) {
        let missing = rowCount - most.before - most.behind
        guard missing > 1 else { return (Array(0..<rowCount), nil) }
        return (
            Array(0..<most.before) + Array((rowCount - most.behind)..<rowCount), (most.before, missing)
        )
    }

    private func text(
        rows: (rows: [Int], gap: (place: Int, count: Int)?), width: Int, digits: Int, longest: Int
    ) -> String {
        if names.isEmpty { return (["table of no columns"] + notes).joined(separator: "\n") }
        let columns = columns.indices.map { column in
            TextColumn(
                head: isLabelled && column == 0 ? "" : visibleLine(names[column]),
                cells: rows.rows.map { clipped(text(row: $0, column: column, digits, longest: longest), to: longest) },
                isNumeric: isNumeric(column) && !(isLabelled && column == 0))
        }
        // Names of rows, or words in the first column, stand in each part.
        let labels = columns.count > 1 && !columns[0].isNumeric ? columns[0] : nil
        let figures = labels != nil ? Array(columns.dropFirst()) : columns
        var lines: [String] = []
        for part in Self.parts(figures.map(\.width), room: width - (labels?.width ?? -2)) {
            if !lines.isEmpty { lines.append("") }
            let columns = (labels.map { [$0] } ?? []) + figures[part]
            func line(_ cell: (TextColumn) -> String) -> String {
                Self.trimmed(columns.map { $0.padded(cell($0)) }.joined(separator: "  "))
            }
            lines.append(line(\.head))
            for index in rows.rows.indices {
                if let gap = rows.gap, gap.place == index { lines.append("… \(gap.count) more rows …") }
                lines.append(line { $0.cells[index] })
            }
        }
        return (lines.map { clipped($0, to: width) } + notes.flatMap { wrapped($0, to: width) }).joined(separator: "\n")
    }

    /// A column's texts.
    private struct TextColumn {
        let head: String
        let cells: [String]
        let isNumeric: Bool
        let width: Int

        init(head: String, cells: [String], isNumeric: Bool) {
            self.head = head
            self.cells = cells
            self.isNumeric = isNumeric
            width = max(min(displayWidth(head), longestName), cells.map(displayWidth).max() ?? 0)
        }

        /// Figures stand at the right, words at the left.
        func padded(_ text: String) -> String {
            let text = clipped(text, to: width)
            let blanks = String(repeating: " ", count: max(0, width - displayWidth(text)))
            return isNumeric ? blanks + text : text + blanks
        }
    }

    /// The columns in groups that fit the window, to be written one below the other.
    private static func parts(_ widths: [Int], room: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = [], start = 0, used = 0
        for (column, width) in widths.enumerated() {
            if column > start, used + width + 2 > room {
                parts.append(start..<column)
                (start, used) = (column, 0)
            }
            used += width + 2
        }
        return parts + [start..<widths.count]
    }

    private static func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    // MARK: Cells

    /// Whether a column holds figures and nothing else.
    func isNumeric(_ column: Int) -> Bool {
        columns[column].allSatisfy { cell in
            switch cell {
            case .number, .nothing: true
            case .foreign(let foreign): foreign.asNumber != nil
            default: false
            }
        }
    }

    /// A cell on one line.
    func text(row: Int, column: Int, _ digits: Int, longest: Int = TableValue.longestText) -> String {
        let cell = columns[column][row]
        switch cell {
        case .nothing: return "–"
        case .number(let x): return text(x, formats.isEmpty ? .significant(4) : formats[row], digits)
        // Of a long text the beginning is enough; marks without a width aside.
        case .string(let text): return visibleLine((longest == .max ? text : text.prefix(4 * longest + 100)).string)
        default: return cell.line(digits: min(digits, 16), limit: longest)
        }
    }

    private func text(_ x: Double, _ format: Format, _ digits: Int) -> String {
        switch format {
        case .significant(let most): return formatNumber(x, digits: digits == 4 ? most : digits)
        case .fixed(let places):
            // Trailing zeros stay, so that a row of probabilities lines up.
            return fixedNumber(x, places: digits == 4 ? places : digits)
        }
    }

    /// Rows of texts with the heads first, as pages show them.
    func texts(digits: Int) -> [[String]]? {
        if names.isEmpty { return nil }
        let shown = shown(atMost: (before: 100, behind: 20))
        // Rows without names, as a run's last steps have them, need no column for these.
        let columns = columns.indices.filter { $0 > 0 || !isLabelled || rowNames.contains { !$0.isEmpty } }
        let head = columns.map { isLabelled && $0 == 0 ? "" : visibleLine(names[$0]) }
        let body = shown.rows.map { row in columns.map { text(row: row, column: $0, digits) } }
        let cut = shown.gap.map { ["\($0.count) more rows behind the first \($0.place)"] }
        return [head] + body + (cut.map { [$0] } ?? []) + notes.map { [$0] }
    }
}
