// A table whose numbers have bars beside them, as text and as SVG.
import Language

/// Rows by name; each column has numbers and, where it has a scale, bars.
struct BarTable {
    struct Column {
        let name: String
        /// What a full bar stands for; nil for numbers without bars.
        let full: Double?
        let values: [Double?]
        let text: (Double) -> String
    }

    let heading: String
    let rows: [String]
    let columns: [Column]

    private func cell(_ column: Column, _ row: Int) -> String { column.values[row].map(column.text) ?? "–" }

    /// How much of a full bar a value fills.
    private func share(_ column: Column, _ row: Int) -> Double {
        guard let full = column.full, full > 0, let value = column.values[row], value.isFinite else { return 0 }
        return min(max(value / full, 0), 1)
    }

    // MARK: Text

    /// Longest bar.
    private static let longest = 24

    func text(width: Int, isUnicode: Bool, footnote: String) -> String {
        let numbers = columns.map { column in
            max(displayWidth(column.name), rows.indices.map { displayWidth(cell(column, $0)) }.max() ?? 0)
        }
        let barred = columns.filter { $0.full != nil }.count
        let widestName = rows.map(displayWidth).max() ?? 0
        let fixed = numbers.reduce(0, +) + 2 * columns.count
        // Bars give way before names, names before numbers.
        let room = barred > 0 ? (width - min(widestName, 20) - fixed) / barred - 1 : 0
        let bar = room >= 3 ? min(room, Self.longest) : 0
        let names = min(widestName, max(8, width - fixed - (bar > 0 ? barred * (bar + 1) : 0)))
        func line(_ name: String, _ cells: (Int) -> (String, String)) -> String {
            var line = clipped(name, to: names).padding(to: names)
            for (index, column) in columns.enumerated() {
                let (number, drawn) = cells(index)
                line += "  " + String(repeating: " ", count: max(0, numbers[index] - displayWidth(number))) + number
                if column.full != nil, bar > 0 { line += " " + drawn.padding(to: bar) }
            }
            while line.last == " " { line.removeLast() }
            return clipped(line, to: width)
        }
        var lines = wrapped(heading, to: width)
        lines.append(line("") { (columns[$0].name, "") })
        for row in rows.indices {
            lines.append(
                line(rows[row]) {
                    (cell(columns[$0], row), Self.bar(share(columns[$0], row), length: bar, isUnicode: isUnicode))
                })
        }
        if !footnote.isEmpty { lines.append(clipped(footnote, to: width)) }
        return lines.joined(separator: "\n")
    }

    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    private static func bar(_ share: Double, length: Int, isUnicode: Bool) -> String {
        guard isUnicode else { return String(repeating: "#", count: Int((share * Double(length)).rounded())) }
        let filled = Int((share * Double(8 * length)).rounded())
        return String(repeating: "█", count: filled / 8) + eighths[filled % 8]
    }

    // MARK: SVG

    var svg: String {
        let names = min(300, (rows.map { svgWidth(of: $0) }.max() ?? 0) + 28), width = 640.0, line = 18.0
        let title = SVGText.lines(heading, width: width - 32, most: 3, size: 14, isBold: true)
        let top = 38 + line * Double(title.count)
        // Numbers without bars need half the room.
        let shares = columns.map { $0.full == nil ? 0.5 : 1.0 }
        let unit = (width - names - 16) / max(shares.reduce(0, +), 1)
        var body = title.enumerated().map { index, text in
            svgLabel(text, x: 16, y: 22 + line * Double(index), class: "title")
        }
        for (index, column) in columns.enumerated() {
            let x = names + unit * shares[..<index].reduce(0, +), each = unit * shares[index]
            body += SVGText.lines(column.name, width: each - 8, most: 1).map { svgLabel($0, x: x, y: top - 12) }
            let number = rows.indices.map { svgWidth(of: cell(column, $0)) }.max() ?? 0
            for row in rows.indices {
                let y = top + line * Double(row)
                if index == 0 {
                    let name = SVGText.lines(rows[row], width: names - 20, most: 1)[0]
                    body.append(svgLabel(name, x: names - 12, y: y + 9, anchor: "end"))
                }
                body.append(svgLabel(cell(column, row), x: x + number, y: y + 9, anchor: "end"))
                guard column.full != nil else { continue }
                let length = share(column, row) * max(0, each - number - 20)
                body.append(
                    """
                    <rect class="d\(columns[..<index].filter { $0.full != nil }.count % SVGColor.all.count)" \
                    x="\(svgNumber(x + number + 6))" y="\(svgNumber(y))" width="\(svgNumber(length))" height="11"/>
                    """
                )
            }
        }
        return SVGDocument.text(
            width: width, height: top + line * Double(rows.count) + 12, name: heading, account: account, body)
    }

    /// The table in words.
    private var account: String {
        let most = 40
        let lines = rows.indices.prefix(most).map { row in
            "\(rows[row]): " + columns.map { "\($0.name) \(cell($0, row))" }.joined(separator: ", ")
        }
        return PictureAccount.sentences(
            ["Bar chart: \(heading)"] + lines + (rows.count > most ? ["and \(rows.count - most) more"] : []))
    }

    /// Rows of cells, the heads first.
    var cells: [[String]] {
        [[""] + columns.map(\.name)] + rows.indices.map { row in [rows[row]] + columns.map { cell($0, row) } }
    }
}
