// A picture as an SVG file: text of its own, readable on light and dark grounds, nothing loaded from elsewhere.
import Foundation

/// Draws a picture as SVG.
struct SVGPlot {
    let plot: Plot

    private static let width = 640.0
    private static let height = 400.0
    /// The drawing's own rectangle.
    private let left = 64.0, right = 624.0, top = 40.0, bottom = 360.0

    /// Colours that colour-blind readers, too, tell apart (Okabe and Ito 2008), a little darker or lighter by ground.
    private static let colors = [
        (light: "#0072b2", dark: "#56b4e9"), (light: "#d55e00", dark: "#e69f00"), (light: "#007a5e", dark: "#2fc79a"),
        (light: "#a34d7c", dark: "#dd9bc3"), (light: "#6b5b00", dark: "#e5d94a"),
    ]
    private static let dashes = ["", "7 4", "2 3", "10 3 2 3"]

    /// The file's text.
    var text: String {
        let name = plot.title.isEmpty ? plot.curves.map(\.label).filter { !$0.isEmpty }.joined(separator: ", ") : plot.title
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lethe-plot\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" aria-label=\"\(Self.escaped(name.isEmpty ? "plot" : name))\">",
            "<style>", style, "</style>",
        ]
        if !plot.title.isEmpty { lines.append(label(plot.title, x: (left + right) / 2, y: 24, anchor: "middle", class: "title")) }
        lines += axes
        for (index, mark) in plot.marks.enumerated() {
            switch mark {
            case .line(let curve): lines += [path(curve, index)] + dots(curve, index)
            }
        }
        return (lines + legend + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var style: String {
        var light: [String] = [], dark: [String] = []
        for (index, color) in Self.colors.enumerated() {
            light.append(".lethe-plot .c\(index){stroke:\(color.light)}.lethe-plot .d\(index){fill:\(color.light)}")
            dark.append(".lethe-plot .c\(index){stroke:\(color.dark)}.lethe-plot .d\(index){fill:\(color.dark)}")
        }
        return ([
            ".lethe-plot{max-width:\(Int(Self.width))px;font:12px system-ui,sans-serif;background:#fff}",
            ".lethe-plot text{fill:#333;stroke:none}.lethe-plot .title{font-size:14px;font-weight:600}",
            ".lethe-plot .grid{stroke:#e4e4e4}.lethe-plot .frame{stroke:#888;fill:none}",
            ".lethe-plot .line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}",
        ] + light + [
            "@media (prefers-color-scheme:dark){.lethe-plot{background:#1b1b1b}.lethe-plot text{fill:#ddd}",
            ".lethe-plot .grid{stroke:#383838}.lethe-plot .frame{stroke:#888}",
        ] + dark + ["}"]).joined(separator: "\n")
    }

    private func x(_ value: Double) -> Double { left + (right - left) * plot.x.fraction(value) }
    private func y(_ value: Double) -> Double { bottom - (bottom - top) * plot.y.fraction(value) }

    private var axes: [String] {
        var lines: [String] = []
        for tick in plot.y.ticks(most: 7) {
            let y = Self.number(y(tick.value))
            lines.append("<path class=\"grid\" d=\"M\(Self.number(left)) \(y)H\(Self.number(right))\"/>")
            lines.append(label(tick.text, x: left - 8, y: self.y(tick.value) + 4, anchor: "end"))
        }
        for tick in plot.x.ticks(most: 8) {
            let x = Self.number(x(tick.value))
            lines.append("<path class=\"grid\" d=\"M\(x) \(Self.number(top))V\(Self.number(bottom))\"/>")
            lines.append(label(tick.text, x: self.x(tick.value), y: bottom + 18, anchor: "middle"))
        }
        lines.append("<path class=\"frame\" d=\"M\(Self.number(left)) \(Self.number(top))V\(Self.number(bottom))H\(Self.number(right))\"/>")
        return lines
    }

    private func path(_ curve: Curve, _ index: Int) -> String {
        var data = "", isDown = false
        for point in curve.points {
            guard !point.y.isNaN else {
                isDown = false
                continue
            }
            data += (isDown ? "L" : "M") + Self.number(x(point.x)) + " " + Self.number(y(point.y))
            isDown = true
        }
        return "<path class=\"line c\(index % Self.colors.count)\"\(dash(index)) d=\"\(data)\"/>"
    }

    /// Points between two gaps, which no line shows.
    private func dots(_ curve: Curve, _ index: Int) -> [String] {
        let points = curve.points
        return points.indices.compactMap { position in
            let isAlone = !points[position].y.isNaN && (position == 0 || points[position - 1].y.isNaN)
                && (position + 1 == points.count || points[position + 1].y.isNaN)
            guard isAlone else { return nil }
            return "<circle class=\"d\(index % Self.colors.count)\" cx=\"\(Self.number(x(points[position].x)))\" cy=\"\(Self.number(y(points[position].y)))\" r=\"2.5\"/>"
        }
    }

    private var legend: [String] {
        var lines: [String] = [], row = 0.0
        for (index, curve) in plot.curves.enumerated() where !curve.label.isEmpty {
            let y = top + 14 + row * 16
            lines.append("<path class=\"line c\(index % Self.colors.count)\"\(dash(index)) d=\"M\(Self.number(left + 12)) \(Self.number(y - 4))h24\"/>")
            lines.append(label(curve.label, x: left + 42, y: y, anchor: "start"))
            row += 1
        }
        return lines
    }

    private func dash(_ index: Int) -> String {
        let dash = Self.dashes[index % Self.dashes.count]
        return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    }

    private func label(_ text: String, x: Double, y: Double, anchor: String, class name: String = "") -> String {
        "<text\(name.isEmpty ? "" : " class=\"\(name)\"") x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">\(Self.escaped(text))</text>"
    }

    /// A coordinate to a hundredth.
    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = (hundredths / 100, hundredths % 100)
        return rest == 0 ? "\(whole)" : rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Text between tags: XML's own characters are written out, control characters left away.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            default: if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
