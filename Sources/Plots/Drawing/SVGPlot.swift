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
    package var text: String {
        SVGDocument.text(width: width, height: height, name: name, account: PictureAccount.text(of: plot), elements)
    }

    var name: String { plot.title.isEmpty ? plot.labels.filter { !$0.isEmpty }.joined(separator: ", ") : plot.title }
    var height: Double { frame.bottom + 30 + Self.line * Double(xLabel.count) }

    // MARK: Where things stand

    private static let line = 18.0

    // Labels of any length are broken into lines, for which the sheet makes room.
    private var title: [String] {
        plot.title.isEmpty ? [] : SVGText.lines(plot.title, width: width - 32, most: 4, size: 14, isBold: true)
    }
    private var xLabel: [String] {
        plot.xLabel.isEmpty ? [] : SVGText.lines(plot.xLabel, width: width - 32, most: 3)
    }
    private var yLabel: [String] { plot.yLabel.isEmpty ? [] : SVGText.lines(plot.yLabel, width: drawing, most: 3) }

    private var frame: SVGFrame {
        let widest = plot.y.ticks(most: 7).map { svgWidth(of: $0.text) }.max() ?? 0
        let left = max(40, widest + 14 + Self.line * Double(yLabel.count))
        let top =
            16 + (title.isEmpty ? 0 : 2 + Self.line * Double(title.count))
            + SVGLegend(plot, width: width - 16 - left).height
        return SVGFrame(frame: plot.frame, left: left, right: width - 16, top: top, bottom: top + drawing)
    }

    /// Centred on the drawing where the sheet leaves room for that.
    private func centred(_ text: String, on frame: SVGFrame, size: Double = 12, isBold: Bool = false) -> Double {
        let half = SVGText.width(of: text, size: size, isBold: isBold) / 2 + 4
        return min(max((frame.left + frame.right) / 2, half), max(half, width - half))
    }

    // MARK: What is drawn

    /// The elements, without a root.
    var elements: [String] {
        let frame = frame
        var lines: [String] = []
        for (index, text) in title.enumerated() {
            let x = centred(text, on: frame, size: 14, isBold: true)
            lines.append(svgLabel(text, x: x, y: 22 + Self.line * Double(index), anchor: "middle", class: "title"))
        }
        // Under a ground that fills the picture a grid is not seen.
        let grid = axes(frame)
        for (mark, color) in plot.colored where mark.isGround { lines += mark.svg(in: frame, color: color) }
        lines += grid
        for (mark, color) in plot.colored where !mark.isGround { lines += mark.svg(in: frame, color: color) }
        return lines
            + SVGLegend(plot, width: width - 16 - frame.left).elements(left: frame.left, above: frame.top - 12)
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
            let place = max(min(x, width - half - 1), half + 1)
            guard place - half > end + 6 else { continue }
            end = place + half
            lines.append("<path class=\"grid\" d=\"M\(svgNumber(x)) \(top)V\(bottom)\"/>")
            lines.append(svgLabel(tick.text, x: place, y: frame.bottom + 18, anchor: "middle"))
        }
        if plot.hasGround { lines = lines.filter { !$0.contains("class=\"grid\"") } }
        lines.append("<path class=\"frame\" d=\"M\(left) \(top)V\(bottom)H\(right)\"/>")
        for (index, text) in xLabel.enumerated() {
            let y = frame.bottom + 38 + Self.line * Double(index)
            lines.append(svgLabel(text, x: centred(text, on: frame), y: y, anchor: "middle"))
        }
        for (index, text) in yLabel.enumerated() {
            lines.append(
                svgLabel(
                    text, x: 16 + Self.line * Double(index), y: (frame.top + frame.bottom) / 2, anchor: "middle",
                    turned: true))
        }
        return lines
    }
}

extension Plot {
    /// The marks, each with what tells it from the others.
    var colored: [(mark: any Mark, color: SVGColor)] {
        let count = marks.count { $0.hasPen }
        return numbered.map { ($0.mark, SVGColor(index: $0.pen, count: count)) }
    }
}
