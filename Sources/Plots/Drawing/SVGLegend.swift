// The legend above a drawing: what each mark is called, in rows that fit, long names on several lines.

/// Labelled marks in rows.
struct SVGLegend {
    struct Entry {
        let mark: any Mark
        let color: SVGColor
        let lines: [String]

        /// With the sample before it and a gap behind.
        var width: Double { SVGLegend.sample + (lines.map { svgWidth(of: $0) }.max() ?? 0) + 16 }
    }

    private(set) var rows: [[Entry]] = []

    /// What a sample takes with the gap behind it; the height of a line.
    private static let sample = 30.0, line = 18.0

    init(_ plot: Plot, width: Double) {
        var used = 0.0
        for (mark, color) in plot.colored where !mark.label.isEmpty {
            let entry = Entry(
                mark: mark, color: color,
                lines: SVGText.lines(mark.label, width: max(40, width - Self.sample), most: 4))
            // The gap behind the last of a row may stand out.
            if rows.isEmpty || used + entry.width - 16 > width {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(entry)
            used += entry.width
        }
    }

    private static func height(_ row: [Entry]) -> Double { line * Double(row.map(\.lines.count).max() ?? 1) }

    var height: Double { rows.reduce(0) { $0 + Self.height($1) } }

    /// The legend with its lower edge at a height.
    func elements(left: Double, above bottom: Double) -> [String] {
        var lines: [String] = [], y = bottom - height + Self.line
        for row in rows {
            var x = left
            for entry in row {
                lines += entry.mark.svgSample(x: x, y: y - 4, color: entry.color)
                for (index, text) in entry.lines.enumerated() {
                    lines.append(svgLabel(text, x: x + Self.sample, y: y + Self.line * Double(index)))
                }
                x += entry.width
            }
            y += Self.height(row)
        }
        return lines
    }
}
