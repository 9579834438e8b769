// A picture as lines of text: the drawing with its axes, tick numbers, title and legend.
import Foundation
import Language

/// Draws a picture with characters.
package struct TerminalPlot {
    let plot: Plot
    /// Columns it may fill.
    let width: Int
    let isUnicode: Bool
    /// Stands at the end of the last line: the file it was saved in.
    let footnote: String
    /// Lines of the drawing itself.
    private let rows: Int

    package init(plot: Plot, width: Int, isUnicode: Bool, footnote: String = "", rows: Int? = nil) {
        self.plot = plot
        self.width = width
        self.isUnicode = isUnicode
        self.footnote = footnote
        // What fills a plane needs more room than a line over time. Narrow windows are mostly low, too: what is behind a
        // projector has 60 columns and 20 rows, and a table stands below some pictures.
        let usual = rows ?? (plot.hasGround ? min(20, max(12, width / 4)) : 12)
        self.rows = width <= Self.narrow ? min(usual, plot.hasGround ? 12 : 10) : usual
    }

    /// Columns of a window that has few rows.
    private static let narrow = 64
    /// A wider picture shows no more.
    private static let mostColumns = 120

    /// The picture, no newline at its end, no line wider than `width`.
    package var text: String {
        let yTicks = plot.y.ticks(most: max(3, rows / 3))
        let gutter = (yTicks.map { $0.text.count }.max() ?? 0) + 1
        let room = min(width, Self.mostColumns)
        // The legend stands at the right where that leaves enough for the drawing, else below.
        let legend = legend(limit: max(8, room / 4))
        let side = legend.map { displayWidth($0) }.max() ?? 0
        let isBeside = side > 0 && room - gutter - side - 5 >= 36
        let columns = max(4, room - gutter - 1 - (isBeside ? side + 3 : 0) - 1)
        var canvas = DotCanvas(columns: columns, rows: rows, isUnicode: isUnicode)
        draw(on: &canvas)

        let (vertical, notch) = isUnicode ? ("│", "┤") : ("|", "+")
        var labels: [Int: String] = [:]
        for tick in yTicks { labels[canvas.row(plot.y.fraction(tick.value))] = tick.text }
        var lines =
            isBeside || plot.title.isEmpty
            ? [] : [String(repeating: " ", count: gutter + 1) + clipped(plot.title, to: columns)]
        if !plot.yLabel.isEmpty { lines.append(clipped(plot.yLabel, to: gutter + 1 + columns)) }
        for row in 0..<rows {
            let label = labels[row] ?? ""
            var line =
                String(repeating: " ", count: gutter - 1 - label.count) + label + " "
                + (label.isEmpty ? vertical : notch)
            line += canvas.text(row: row)
            if isBeside, row < legend.count { line += "   " + legend[row] }
            lines.append(line)
        }
        lines += xAxis(canvas, gutter: gutter)
        if !isBeside {
            lines += wrapped(entries(limit: columns), separator: "   ", to: columns).map {
                String(repeating: " ", count: gutter + 1) + $0
            }
        }
        return lines.map { clipped(Self.trimmed($0), to: max(width, 1)) }.joined(separator: "\n")
    }

    private func draw(on canvas: inout DotCanvas) {
        for (mark, pen) in plot.numbered { mark.draw(on: &canvas, in: plot.frame, pen: DotCanvas.pen(pen)) }
    }

    /// Title and labels, one a line.
    private func legend(limit: Int) -> [String] {
        (plot.title.isEmpty ? [] : [clipped(plot.title, to: limit + 3)]) + entries(limit: limit)
    }

    /// Labelled marks.
    private func entries(limit: Int) -> [String] {
        plot.numbered.filter { !$0.mark.label.isEmpty }.map { mark, pen in
            mark.sample(pen: DotCanvas.pen(pen), isUnicode: isUnicode) + " " + clipped(mark.label, to: limit)
        }
    }

    /// As many ticks as leave their numbers apart.
    private func xTicks(_ columns: Int) -> [Axis.Tick] {
        for room in [8, 10, 12] {
            let ticks = plot.x.ticks(most: max(2, columns / room))
            if ticks.reduce(0, { $0 + $1.text.count + 3 }) <= columns { return ticks }
        }
        return plot.x.ticks(most: 2)
    }

    /// The line with the ticks and the line with their numbers.
    private func xAxis(_ canvas: DotCanvas, gutter: Int) -> [String] {
        let (corner, horizontal, notch) = isUnicode ? ("└", "─", "┬") : ("+", "-", "+")
        var axis = Array(repeating: Character(horizontal), count: canvas.columns)
        var numbers = ""
        for tick in xTicks(canvas.columns) {
            let column = canvas.column(plot.x.fraction(tick.value))
            // Numbers are centred under their tick and keep a blank between them.
            let start = max(0, gutter + 1 + column - tick.text.count / 2)
            guard start == 0 || start > numbers.count || numbers.isEmpty else { continue }
            axis[column] = Character(notch)
            numbers += String(repeating: " ", count: max(0, start - numbers.count)) + tick.text
        }
        var lines = [String(repeating: " ", count: gutter) + corner + String(axis), numbers]
        if !plot.xLabel.isEmpty {
            let label = clipped(plot.xLabel, to: canvas.columns)
            lines.append(
                String(repeating: " ", count: gutter + 1 + max(0, (canvas.columns - displayWidth(label)) / 2)) + label)
        }
        if !footnote.isEmpty {
            let last = lines[lines.count - 1]
            let start = gutter + 1 + canvas.columns + 3
            let joined = last + String(repeating: " ", count: max(3, start - displayWidth(last))) + footnote
            if displayWidth(joined) > width {
                lines.append(String(repeating: " ", count: gutter + 1) + footnote)
            } else {
                lines[lines.count - 1] = joined
            }
        }
        return lines
    }

    private static func trimmed(_ line: String) -> String {
        guard let last = line.lastIndex(where: { $0 != " " }) else { return "" }
        return String(line[...last])
    }
}
