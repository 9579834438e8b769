// A path through the plane: a line in the order of its points, with its start and end marked.
import Language

/// A path, as of an optimizer on its way.
package struct Trajectory {
    package var label: String
    /// In order; what is not finite interrupts the path.
    let points: [Curve.Point]
    /// Dots around the path, as of the seeds whose mean it is.
    let around: [Curve.Point]

    package init(label: String, points: [Curve.Point], around: [Curve.Point] = []) {
        self.label = label
        self.points = points
        self.around = around
    }

    private var shown: [Curve.Point] { (points + around).filter { $0.x.isFinite && $0.y.isFinite } }
}

extension Trajectory: Mark {
    package var xRange: ClosedRange<Double>? {
        shown.map(\.x).min().flatMap { low in shown.map(\.x).max().map { low...$0 } }
    }
    package var yRange: ClosedRange<Double>? {
        shown.map(\.y).min().flatMap { low in shown.map(\.y).max().map { low...$0 } }
    }

    package var picture: String { "plot of paths" }
    package var account: String {
        guard let first = points.first, let last = points.last else { return "no points" }
        if points.count == 1 { return "a point at \(PictureAccount.place(first))" }
        return """
            path of \(PictureAccount.counted(points.count, "point")) from \(PictureAccount.place(first)) to \
            \(PictureAccount.place(last))
            """
    }

    package func on(logX: Bool, logY: Bool) -> Trajectory { self }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        let pieces = frame.pieces(points)
        canvas.dots(around.compactMap(frame.place), pen: pen)
        for piece in pieces { canvas.draw(piece, pen: canvas.isUnicode ? DotCanvas.pen(0) : pen) }
        // Dots look alike whoever drew them: a letter now and then tells whose they are.
        var walked = Self.distance
        for piece in pieces {
            var before = piece.first
            for place in piece {
                if let before { walked += max(abs(place.x - before.x), abs(place.y - before.y)) }
                before = place
                guard walked >= Self.distance, !canvas.isTaken(place) else { continue }
                canvas.put(pen.capital, at: place)
                walked = 0
            }
        }
        if let end = pieces.last?.last { canvas.put(pen.capital, at: end) }
    }

    /// How far letters stand apart, as a share of the picture.
    private static let distance = 0.22

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String { String(pen.capital) }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        // Steps too small to be seen are left out.
        var kept: [Curve.Point] = [], last: Frame.Place?
        for (index, point) in points.enumerated() {
            let place = (x: frame.frame.x.place(point.x), y: frame.frame.y.place(point.y))
            if let before = last, index + 1 < points.count, abs(place.x - before.x) < 0.001,
                abs(place.y - before.y) < 0.001
            {
                continue
            }
            kept.append(point)
            last = place.x.isNaN || place.y.isNaN ? nil : place
        }
        var lines: [String] = []
        if !around.isEmpty {
            let dots = around.compactMap(frame.frame.place).map { "M" + frame.position($0) + "h0" }.joined()
            lines.append("<path class=\"dots \(color.stroke)\" stroke-opacity=\".3\" d=\"\(dots)\"/>")
        }
        lines += ["<path class=\"line \(color.stroke)\"\(color.dash) d=\"\(frame.path(kept))\"/>"]
        if kept.count <= 100 {
            let dots = kept.compactMap(frame.frame.place).map { "M" + frame.position($0) + "h0" }.joined()
            lines.append("<path class=\"dots \(color.stroke)\" stroke-opacity=\".6\" d=\"\(dots)\"/>")
        }
        if let end = points.last.flatMap(frame.frame.place) {
            lines.append(color.point(x: frame.x(end.x), y: frame.y(end.y), radius: 4.5))
        }
        return lines + color.points(along: kept, in: frame)
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        [
            "<path class=\"line \(color.stroke)\"\(color.dash) d=\"M\(svgNumber(x)) \(svgNumber(y))h20\"/>",
            color.point(x: x + 20, y: y, radius: 4),
        ]
    }
}

extension Trajectory {
    package static var storedKind: String { "trajectory" }
    package var stored: [(String, Value)] {
        [("points", StoredParts.value(points)), ("around", StoredParts.value(around))]
    }

    package init(label: String, stored parts: StoredParts) throws {
        self.init(label: label, points: try parts.points("points"), around: try parts.points("around"))
    }
}
