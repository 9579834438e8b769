// Single points; of very many only as many as can be told apart.
import Language

/// Points that no line joins.
package struct PointCloud {
    package var label: String
    package private(set) var points: [Curve.Point] = []
    package private(set) var xRange: ClosedRange<Double>?
    package private(set) var yRange: ClosedRange<Double>?
    package let isCounted: Bool

    /// Finer than a point is wide on any drawing.
    private static let grid = (columns: 480, rows: 360)
    /// As many points as are drawn large.
    private static let few = 150

    package init(
        label: String, x: [Double]?, y: [Double], isCounted: Bool? = nil, logX: Bool, logY: Bool,
        poll: () throws -> Void
    ) throws {
        self.label = label
        self.isCounted = isCounted ?? (x == nil)
        // The line through the same points knows what can be shown.
        let shown = try y.indices.lazy.map { index -> Curve.Point? in
            if index & 0xFFFF == 0 { try poll() }
            let point = Curve.Point(x: x?[index] ?? Double(index), y: y[index])
            return point.x.isFinite && point.y.isFinite && (!logX || point.x > 0) && (!logY || point.y > 0)
                ? point : nil
        }.compactMap { $0 }
        guard let first = shown.first else { return }
        var low = first, high = first
        for point in shown {
            low = Curve.Point(x: min(low.x, point.x), y: min(low.y, point.y))
            high = Curve.Point(x: max(high.x, point.x), y: max(high.y, point.y))
        }
        xRange = low.x...high.x
        yRange = low.y...high.y
        guard shown.count > Self.grid.columns * 4 else {
            points = shown
            return
        }
        // One point stands for all in its cell.
        let frame = Frame(
            x: Axis(low: low.x, high: high.x, isLogarithmic: logX),
            y: Axis(low: low.y, high: high.y, isLogarithmic: logY))
        var taken = Array(repeating: false, count: Self.grid.columns * Self.grid.rows)
        for (index, point) in shown.enumerated() {
            if index & 0xFFFF == 0 { try poll() }
            let column = Int(frame.x.fraction(point.x) * Double(Self.grid.columns - 1))
            let cell = Int(frame.y.fraction(point.y) * Double(Self.grid.rows - 1)) * Self.grid.columns + column
            guard !taken[cell] else { continue }
            taken[cell] = true
            points.append(point)
        }
    }
}

extension PointCloud: Mark {
    package var picture: String { "scatter plot" }
    package var account: String {
        guard let xRange, let yRange else { return "no points" }
        return """
            \(PictureAccount.counted(points.count, "point")), along \(PictureAccount.range(xRange)), upwards \
            \(PictureAccount.range(yRange))
            """
    }

    package func on(logX: Bool, logY: Bool) throws -> PointCloud {
        try PointCloud(
            label: label, x: points.map(\.x), y: points.map(\.y), isCounted: isCounted, logX: logX, logY: logY
        ) {}
    }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        let places = points.compactMap(frame.place)
        guard canvas.isUnicode, points.count <= Self.few else { return canvas.dots(places, pen: pen) }
        for place in places { canvas.put(pen.point, at: place) }
    }

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String {
        isUnicode ? points.count <= Self.few ? String(pen.point) + " " : "⠢⠊" : String(UnicodeScalar(pen.letter))
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        let places = points.compactMap(frame.frame.place)
        // So many are told apart by their colour, if at all.
        if !color.isDisc, places.count <= 2000 {
            let data = places.map { color.outline(x: frame.x($0.x), y: frame.y($0.y), radius: 2.8) }.joined()
            return ["<path class=\"\(color.fill)\" d=\"\(data)\"/>"]
        }
        // A dot is a line of no length with round ends: half the text of a circle.
        let data = places.map { "M" + frame.position($0) + "h0" }.joined()
        return [
            "<path class=\"dots \(color.stroke)\"\(points.count > 2000 ? " stroke-opacity=\".5\"" : "") d=\"\(data)\"/>"
        ]
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        if !color.isDisc, points.count <= 2000 { return [color.point(x: x + 12, y: y, radius: 3.2)] }
        return ["<path class=\"dots \(color.stroke)\" d=\"M\(svgNumber(x + 12)) \(svgNumber(y))h0\"/>"]
    }
}

extension PointCloud {
    package static var storedKind: String { "points" }
    package var stored: [(String, Value)] {
        [
            ("counted", .bool(isCounted)), ("points", StoredParts.value(points)), ("x", StoredParts.value(xRange)),
            ("y", StoredParts.value(yRange)),
        ]
    }

    package init(label: String, stored parts: StoredParts) throws {
        (self.label, isCounted) = (label, try parts.flag("counted"))
        (points, xRange, yRange) = (try parts.points("points"), try parts.range("x"), try parts.range("y"))
        try parts.require(points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    }
}
