// A picture as SVG: title, legend above the drawing, axes with labels, marks.

/// Draws a picture as SVG.
package struct SVGPlot {
    let plot: Plot
    var width = 640.0
    /// The height of the drawing itself.
    var drawing = 320.0

    package init(plot: Plot, width: Double = 640, drawing: Double? = nil) {
        self.plot = plot
        self.width = width
        self.drawing = drawing ?? (plot.hasGround ? 400 : 320)
    }

    /// The file's text.
    package var text: String { SVGDocument.text(width: width, height: height, name: name, elements) }

    var name: String { plot.title.isEmpty ? plot.labels.filter { !$0.isEmpty }.joined(separator: ", ") : plot.title }
    var height: Double { frame.bottom + (plot.xLabel.isEmpty ? 30 : 48) }

    private var frame: SVGFrame {
        let widest = plot.y.ticks(most: 7).map { svgWidth(of: $0.text) }.max() ?? 0
        let left = max(40, widest + 14 + (plot.yLabel.isEmpty ? 0 : 18))
        let top = 16 + (plot.title.isEmpty ? 0 : 20) + 18 * Double(legendRows(left: left).count)
        return SVGFrame(frame: plot.frame, left: left, right: width - 16, top: top, bottom: top + drawing)
    }

    /// The elements, without a root.
    var elements: [String] {
        let frame = frame
        var lines: [String] = []
        if !plot.title.isEmpty {
            lines.append(
                svgLabel(plot.title, x: (frame.left + frame.right) / 2, y: 22, anchor: "middle", class: "title"))
        }
        // Under a ground that fills the picture a grid is not seen.
        let grid = axes(frame)
        for (mark, pen) in plot.numbered where mark.isGround {
            lines += mark.svg(in: frame, color: SVGColor(index: pen))
        }
        lines += grid
        for (mark, pen) in plot.numbered where !mark.isGround {
            lines += mark.svg(in: frame, color: SVGColor(index: pen))
        }
        return lines + legend(frame)
    }

    private func axes(_ frame: SVGFrame) -> [String] {
        var lines: [String] = []
        let (left, right, top, bottom) = (
            svgNumber(frame.left), svgNumber(frame.right), svgNumber(frame.top), svgNumber(frame.bottom)
        )
        for tick in plot.y.ticks(most: 7) {
            let y = frame.y(plot.y.fraction(tick.value))
            lines.append("<path class=\"grid\" d=\"M\(left) \(svgNumber(y))H\(right)\"/>")
            lines.append(svgLabel(tick.text, x: frame.left - 8, y: y + 4, anchor: "end"))
        }
        var end = -Double.infinity
        for tick in plot.x.ticks(most: max(2, Int((frame.right - frame.left) / 70))) {
            let x = frame.x(plot.x.fraction(tick.value)), half = svgWidth(of: tick.text) / 2
            guard x - half > end + 6 else { continue }
            end = x + half
            lines.append("<path class=\"grid\" d=\"M\(svgNumber(x)) \(top)V\(bottom)\"/>")
            lines.append(svgLabel(tick.text, x: min(x, width - half), y: frame.bottom + 18, anchor: "middle"))
        }
        if plot.hasGround { lines = lines.filter { !$0.contains("class=\"grid\"") } }
        lines.append("<path class=\"frame\" d=\"M\(left) \(top)V\(bottom)H\(right)\"/>")
        if !plot.xLabel.isEmpty {
            lines.append(
                svgLabel(plot.xLabel, x: (frame.left + frame.right) / 2, y: frame.bottom + 38, anchor: "middle"))
        }
        if !plot.yLabel.isEmpty {
            lines.append(
                svgLabel(plot.yLabel, x: 16, y: (frame.top + frame.bottom) / 2, anchor: "middle", turned: true))
        }
        return lines
    }

    /// Labelled marks in rows that fit above the drawing.
    private func legendRows(left: Double) -> [[(mark: any Mark, pen: Int)]] {
        var rows: [[(mark: any Mark, pen: Int)]] = [], used = 0.0
        for entry in plot.numbered where !entry.mark.label.isEmpty {
            let room = 46 + svgWidth(of: entry.mark.label)
            if rows.isEmpty || used + room > width - 16 - left {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(entry)
            used += room
        }
        return rows
    }

    private func legend(_ frame: SVGFrame) -> [String] {
        var lines: [String] = []
        let rows = legendRows(left: frame.left)
        for (number, row) in rows.enumerated() {
            let y = frame.top - 12 - 18 * Double(rows.count - 1 - number)
            var x = frame.left
            for (mark, pen) in row {
                lines += mark.svgSample(x: x, y: y - 4, color: SVGColor(index: pen))
                lines.append(svgLabel(mark.label, x: x + 30, y: y))
                x += 46 + svgWidth(of: mark.label)
            }
        }
        return lines
    }
}
