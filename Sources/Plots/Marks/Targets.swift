// Places that are looked for, such as minima: crosses.
import Language

package struct Targets {
    package var label: String
    let points: [Curve.Point]

    package init(label: String, points: [Curve.Point]) {
        self.label = label
        self.points = points
    }
}

extension Targets: Mark {
    package var xRange: ClosedRange<Double>? {
        points.map(\.x).min().flatMap { low in points.map(\.x).max().map { low...$0 } }
    }
    package var yRange: ClosedRange<Double>? {
        points.map(\.y).min().flatMap { low in points.map(\.y).max().map { low...$0 } }
    }
    package var hasPen: Bool { false }
    package var picture: String { "plot of points" }
    package var account: String { "cross at " + PictureAccount.places(points) }

    package func on(logX: Bool, logY: Bool) -> Targets { self }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        for place in points.compactMap(frame.place) { canvas.put(canvas.isUnicode ? "×" : "X", at: place) }
    }

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String { isUnicode ? "×" : "X" }

    private func cross(_ x: Double, _ y: Double) -> String {
        "M\(svgNumber(x - 5)) \(svgNumber(y - 5))l10 10M\(svgNumber(x - 5)) \(svgNumber(y + 5))l10 -10"
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        let data = points.compactMap(frame.frame.place).map { cross(frame.x($0.x), frame.y($0.y)) }.joined()
        return ["<path class=\"target\" d=\"\(data)\"/>"]
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        ["<path class=\"target\" d=\"\(cross(x + 12, y))\"/>"]
    }
}

extension Targets {
    package static var storedKind: String { "targets" }
    package var stored: [(String, Value)] { [("points", StoredParts.value(points))] }

    package init(label: String, stored parts: StoredParts) throws {
        self.init(label: label, points: try parts.points("points"))
        try parts.require(points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    }
}
