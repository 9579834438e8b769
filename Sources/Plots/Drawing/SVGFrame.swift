// SVG's own matters: classes, numbers, text, and where the unit square of a picture lies on the sheet.
import Language

/// A rectangle on the sheet that a picture's coordinate system fills.
package struct SVGFrame {
    let frame: Frame
    let left: Double, right: Double, top: Double, bottom: Double

    func x(_ place: Double) -> Double { left + (right - left) * place }
    func y(_ place: Double) -> Double { bottom - (bottom - top) * place }

    /// Path data of a line through points, cut off at the edges.
    func path(_ points: [Curve.Point]) -> String {
        frame.pieces(points).filter { $0.count > 1 }.map { piece in
            piece.enumerated().map { ($0 == 0 ? "M" : "L") + position($1) }.joined()
        }.joined()
    }

    /// Path data that closes around points.
    func area(_ places: [Frame.Place]) -> String {
        places.enumerated().map { ($0 == 0 ? "M" : "L") + position($1) }.joined() + "Z"
    }

    func position(_ place: Frame.Place) -> String { svgNumber(x(place.x)) + " " + svgNumber(y(place.y)) }
}

/// The text around a drawing: one root element, a style of its own for light and dark grounds, nothing loaded from
/// elsewhere.
package enum SVGDocument {
    /// - Parameters:
    ///   - name: what it is called.
    ///   - account: what it shows, in words, for those who do not see it.
    static func text(width: Double, height: Double, name: String, account: String, _ body: [String]) -> String {
        let height = height.rounded(.up)
        return
            ([
                """
                <svg xmlns="http://www.w3.org/2000/svg" class="lethe-plot" viewBox="0 0 \(Int(width)) \(Int(height))" \
                style="max-width:\(Int(width))px" role="img" aria-label="\(svgEscaped(account))">
                """,
                "<title>\(svgEscaped(name.isEmpty ? "plot" : name))</title>", "<desc>\(svgEscaped(account))</desc>",
                "<style>", style, "</style>",
                "<rect class=\"ground\" width=\"\(Int(width))\" height=\"\(Int(height))\"/>",
            ] + body + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    /// The same in every picture: what its classes look like.
    package static var style: String {
        var light: [String] = [], dark: [String] = []
        for (index, color) in SVGColor.all.enumerated() {
            light.append(".lethe-plot .c\(index){stroke:\(color.light)}.lethe-plot .d\(index){fill:\(color.light)}")
            dark.append(".lethe-plot .c\(index){stroke:\(color.dark)}.lethe-plot .d\(index){fill:\(color.dark)}")
        }
        return
            ([
                ".lethe-plot{font:12px system-ui,sans-serif}.lethe-plot .ground{fill:#fff}",
                ".lethe-plot text{fill:#333;stroke:none}.lethe-plot .title{font-size:14px;font-weight:600}",
                """
                .lethe-plot .grid{stroke:#e4e4e4}.lethe-plot .frame{stroke:#888;fill:none}.lethe-plot \
                .level{stroke:#666;fill:none;stroke-width:.8}
                """,
                ".lethe-plot .line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}",
                """
                .lethe-plot .dots{fill:none;stroke-width:5;stroke-linecap:round}.lethe-plot \
                .band{fill-opacity:.22}.lethe-plot .bar{fill-opacity:.45}
                """,
                ".lethe-plot .target{stroke:#222;stroke-width:2;fill:none}",
                """
                .lethe-plot .height{font-size:10px;paint-order:stroke;stroke:#fff;stroke-width:3;stroke-linejoin:round}
                """,
            ] + light + [
                "@media (prefers-color-scheme:dark){.lethe-plot .ground{fill:#1b1b1b}.lethe-plot text{fill:#ddd}",
                ".lethe-plot .grid{stroke:#383838}.lethe-plot .target{stroke:#eee}",
                ".lethe-plot .height{stroke:#1b1b1b}.lethe-plot .level{stroke:#aaa}",
            ] + dark + ["}"]).joined(separator: "\n")
    }
}

func svgLabel(
    _ text: String, x: Double, y: Double, anchor: String = "start", class name: String = "", turned: Bool = false
) -> String {
    let place = "x=\"\(svgNumber(x))\" y=\"\(svgNumber(y))\""
    let turn = turned ? " transform=\"rotate(-90 \(svgNumber(x)) \(svgNumber(y)))\"" : ""
    return
        """
        <text\(name.isEmpty ? "" : " class=\"\(name)\"") \(place) \
        text-anchor="\(anchor)"\(turn)>\(svgEscaped(text))</text>
        """
}

/// A coordinate to a hundredth.
func svgNumber(_ value: Double) -> String {
    let hundredths = Int((min(max(value, -1e6), 1e6) * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    return (hundredths < 0 ? "-" : "")
        + (rest == 0
            ? "\(whole)" : rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)")
}

/// Text between tags: XML's own characters are written out, and so are unseen ones.
func svgEscaped(_ text: String) -> String {
    var result = ""
    for scalar in visible(text).unicodeScalars {
        switch scalar {
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "&": result += "&amp;"
        case "\"": result += "&quot;"
        case "\t", "\n", "\r": result += " "
        default:
            if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}
