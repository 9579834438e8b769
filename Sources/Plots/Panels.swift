// Several pictures of one thing side by side: small plots in rows.
import Language

/// Titled plots that share their legend.
struct Panels {
    let plots: [Plot]

    /// Columns that a small plot needs, and lines of its drawing.
    private static let narrowest = 36, rows = 7

    /// The panels as text, side by side where the window is wide enough.
    func text(width: Int, isUnicode: Bool, footnote: String) -> String {
        let across = max(1, min(plots.count, (width + 2) / (Self.narrowest + 2)))
        let each = min((width - 2 * (across - 1)) / across, 80)
        var lines = legend(width: width, isUnicode: isUnicode)
        for start in stride(from: 0, to: plots.count, by: across) {
            let blocks = plots[start..<min(start + across, plots.count)].map { plot -> [String] in
                // The legend stands above all of them.
                var plot = plot
                for index in plot.marks.indices { plot.marks[index].label = "" }
                let title = plot.title
                plot.title = ""
                return [String(repeating: " ", count: 3) + title]
                    + TerminalPlot(plot: plot, width: each, isUnicode: isUnicode, rows: Self.rows).text.split(
                        separator: "\n", omittingEmptySubsequences: false
                    ).map(String.init)
            }
            for row in 0..<(blocks.map(\.count).max() ?? 0) {
                var line = ""
                for (index, block) in blocks.enumerated() where row < block.count {
                    line = line.padding(to: index * (each + 2)) + block[row]
                }
                lines.append(clipped(line, to: width))
            }
        }
        if !footnote.isEmpty { lines.append(clipped(footnote, to: width)) }
        return lines.map { $0.last == " " ? String($0.reversed().drop { $0 == " " }.reversed()) : $0 }.joined(
            separator: "\n")
    }

    private func legend(width: Int, isUnicode: Bool) -> [String] {
        let labelled = plots.max { $0.labels.count < $1.labels.count }?.numbered.filter { !$0.mark.label.isEmpty } ?? []
        guard labelled.count > 1 else { return [] }
        return wrapped(
            labelled.map { $0.mark.sample(pen: DotCanvas.pen($0.pen), isUnicode: isUnicode) + " " + $0.mark.label },
            separator: "   ", to: width
        ).map { clipped($0, to: width) }
    }

    /// The panels as one SVG, two in a row.
    var svg: String {
        var body: [String] = [], y = 0.0
        for start in stride(from: 0, to: plots.count, by: 2) {
            let row = plots[start..<min(start + 2, plots.count)].map { SVGPlot(plot: $0, width: 400, drawing: 150) }
            for (index, panel) in row.enumerated() {
                body += ["<g transform=\"translate(\(index * 400) \(svgNumber(y)))\">"] + panel.elements + ["</g>"]
            }
            y += row.map(\.height).max() ?? 0
        }
        return SVGDocument.text(
            width: plots.count > 1 ? 800 : 400, height: y, name: plots.map(\.title).joined(separator: ", "),
            account: plots.map(PictureAccount.text).joined(separator: " "), body)
    }
}
