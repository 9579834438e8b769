/// Tables in the language: named rows and columns of numbers, printed aligned and read by name.
import Language

public final class TableValue: Foreign {
    /// How one row's or column's numbers are written.
    public enum Format: Sendable {
        case significant(Int)
        case fixed(Int)
    }
    public let rows: [String]
    public let columns: [String]
    /// cells[row][column]; nil where there is no such figure.
    public let cells: [[Double?]]
    /// Whether `table.name` reads a column (else a row) as a record.
    public let readsColumns: Bool
    /// How each row is written.
    public let formats: [Format]
    /// Lines below the table.
    public let notes: [String]

    public init(
        rows: [String], columns: [String], cells: [[Double?]], formats: [Format]? = nil, readsColumns: Bool,
        notes: [String] = []
    ) {
        self.rows = rows
        self.columns = columns
        self.cells = cells
        self.formats = formats ?? rows.map { _ in .significant(4) }
        self.readsColumns = readsColumns
        self.notes = notes
        super.init()
    }

    public override var kind: String { "table" }
    public override var summary: String { "table of \(rows.count) rows and \(columns.count) columns" }

    public override func describe(width: Int, digits: Int) -> String {
        // A name from a file may break lines.
        let (rows, columns) = (rows.map(visibleLine), columns.map(visibleLine))
        let head = rows.map(displayWidth).max() ?? 0
        let texts = zip(cells, formats).map { row, format in row.map { text($0, format, digits) } }
        // Long names of columns give way before figures do.
        let widths = columns.indices.map { c in
            max(min(displayWidth(columns[c]), TableValue.longestName), texts.map { displayWidth($0[c]) }.max() ?? 0)
        }
        func line(_ name: String, _ cells: [String], _ part: Range<Int>) -> String {
            let text = part.map { c in
                let cell = clipped(cells[c], to: widths[c])
                return String(repeating: " ", count: 2 + widths[c] - displayWidth(cell)) + cell
            }
            return trimmed(name + String(repeating: " ", count: head - displayWidth(name)) + text.joined())
        }
        var lines: [String] = []
        for part in parts(widths, room: width - head) {
            if !lines.isEmpty { lines.append("") }
            lines.append(line("", columns, part))
            lines += zip(rows, texts).map { line($0, $1, part) }
        }
        return (lines.map { clipped($0, to: width) } + notes.flatMap { wrapped($0, to: width) }).joined(separator: "\n")
    }

    public override func table(digits: Int) -> [[String]]? {
        let (rows, columns) = (rows.map(visibleLine), columns.map(visibleLine))
        // Rows without names, as a run's last steps have them, need no column for these.
        let isNamed = rows.contains { !$0.isEmpty }
        let body = zip(zip(rows, cells), formats).map { row, format in
            (isNamed ? [row.0] : []) + row.1.map { text($0, format, digits) }
        }
        return [(isNamed ? [""] : []) + columns] + body + notes.map { [$0] }
    }

    private static let longestName = 16

    /// The columns in groups that fit the window, to be written one below the other.
    private func parts(_ widths: [Int], room: Int) -> [Range<Int>] {
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

    private func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private func text(_ x: Double?, _ format: Format, _ digits: Int) -> String {
        guard let x else { return "–" }
        switch format {
        case .significant(let most): return formatNumber(x, digits: digits == 4 ? most : digits)
        case .fixed(let places):
            // Trailing zeros stay, so that a row of probabilities lines up.
            return fixedNumber(x, places: digits == 4 ? places : digits)
        }
    }

    public override var repr: String { describe(width: 100_000, digits: 17) }

    private var names: [String] { readsColumns ? columns : rows }
    public override var fieldNames: [String] { names.filter(isName) }
    public override var keys: [String] { names }
    public override var plain: Value? { .record(names.compactMap { name in record(name).map { (name, $0) } }) }
    public override func field(_ name: String) throws -> Value? { record(name) }

    public override var count: Int? { names.count }
    public override func index(_ indices: [Index]) throws -> Value? {
        guard indices.count == 1, case .position(.string(let name)) = indices[0] else { return nil }
        guard let record = record(name.string) else {
            throw LanguageError(
                """
                the table has no \(readsColumns ? "column" : "row") "\(name.string)"; it has \
                \(names.joined(separator: ", "))
                """
            )
        }
        return record
    }

    /// One column (or row) as a record, its keys with underscores for blanks and hyphens.
    private func record(_ name: String) -> Value? {
        guard let at = names.firstIndex(where: { $0.hasSameScalars(as: name) }) else { return nil }
        let others = readsColumns ? rows : columns
        return .record(
            others.indices.map { other in
                let x = readsColumns ? cells[other][at] : cells[at][other]
                return (Self.key(others[other]), x.map { .number($0) } ?? .nothing)
            })
    }

    private static func key(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber ? Character($0.lowercased()) : "_" })
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TableValue else { return false }
        return rows == other.rows && columns == other.columns && cells == other.cells
    }
}
