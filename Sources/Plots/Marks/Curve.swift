// A line through points, thinned out to what any drawing can show of it.
import Language

/// A line through points in the order they were given. A point with a coordinate that is no finite number, or that a
/// logarithmic axis cannot show, interrupts the line.
package struct Curve {
    package var label: String
    /// The places are 0, 1, 2, ….
    package let isCounted: Bool
    /// What is left of the points; a y of NaN stands for a gap.
    package private(set) var points: [Point] = []
    /// The smallest and largest coordinates that can be shown; nil when there are none.
    package private(set) var xRange: ClosedRange<Double>?
    package private(set) var yRange: ClosedRange<Double>?

    package struct Point: Equatable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// Finer than any window or image in sight.
    package static let columns = 4096
    /// A line that still has so many points goes back and forth without end.
    static let mostPoints = 500_000

    /// Why a curve cannot be made.
    package struct Unsorted: Error {}

    /// - Parameters:
    ///   - x: one value a point; nil for 0, 1, 2, …
    ///   - y: as many values.
    ///   - poll: called now and then; what it throws ends the work.
    /// - Throws: ``Unsorted``, and what `poll` throws.
    package init(
        label: String, x: [Double]?, y: [Double], isCounted: Bool? = nil, logX: Bool, logY: Bool,
        poll: () throws -> Void
    ) throws {
        self.label = label
        self.isCounted = isCounted ?? (x == nil)
        func point(_ index: Int) -> Point? {
            let point = Point(x: x?[index] ?? Double(index), y: y[index])
            let isShown = point.x.isFinite && point.y.isFinite && (!logX || point.x > 0) && (!logY || point.y > 0)
            return isShown ? point : nil
        }
        var low = Point(x: .infinity, y: .infinity), high = Point(x: -.infinity, y: -.infinity)
        for index in y.indices {
            if index & 0xFFFF == 0 { try poll() }
            guard let point = point(index) else { continue }
            low = Point(x: min(low.x, point.x), y: min(low.y, point.y))
            high = Point(x: max(high.x, point.x), y: max(high.y, point.y))
        }
        guard low.x <= high.x else { return }
        xRange = low.x...high.x
        yRange = low.y...high.y
        let scale = Axis(low: low.x, high: high.x, isLogarithmic: logX)
        // Neighbours in one column of the drawing: the first, the lowest, the highest and the last look like all of
        // them.
        var column = Column(Self.columns)
        for index in y.indices {
            if index & 0xFFFF == 0 { try poll() }
            let shown = point(index)
            try column.add(shown, at: shown.map { scale.fraction($0.x) }, to: &points)
        }
        try column.close(&points)
    }

    /// Points that fall into one column of a drawing, one after the other.
    private struct Column {
        private let count: Double
        private var number = -1
        /// The lowest point came after the highest.
        private var isFalling = false
        private var first = Point(x: 0, y: 0), low = Point(x: 0, y: 0), high = Point(x: 0, y: 0),
            last = Point(x: 0, y: 0)

        init(_ count: Int) { self.count = Double(count) }

        mutating func add(_ point: Point?, at fraction: Double?, to points: inout [Point]) throws {
            guard let point, let fraction else {
                try close(&points)
                if let end = points.last, !end.y.isNaN { points.append(Point(x: end.x, y: .nan)) }
                return
            }
            let column = Int(fraction * count)
            if column != number {
                try close(&points)
                number = column
                (first, low, high) = (point, point, point)
            }
            if point.y < low.y { (low, isFalling) = (point, true) }
            if point.y > high.y { (high, isFalling) = (point, false) }
            last = point
        }

        mutating func close(_ points: inout [Point]) throws {
            guard number >= 0 else { return }
            number = -1
            let start = points.count
            for point in isFalling ? [first, high, low, last] : [first, low, high, last]
            where points.count == start || points.last != point { points.append(point) }
            if points.count > Curve.mostPoints { throw Unsorted() }
        }
    }
}

extension Curve: Mark {
    package var picture: String { "line plot" }
    package var account: String { PictureAccount.line(points) }

    package func on(logX: Bool, logY: Bool) throws -> Curve {
        try Curve(label: label, x: points.map(\.x), y: points.map(\.y), isCounted: isCounted, logX: logX, logY: logY) {}
    }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        for piece in frame.pieces(points) { canvas.draw(piece, pen: pen) }
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        // Points between two gaps, which no line shows, are dots.
        let dots = frame.frame.pieces(points).filter { $0.count == 1 }.map { piece in
            color.point(x: frame.x(piece[0].x), y: frame.y(piece[0].y), radius: 2.5)
        }
        return ["<path class=\"line \(color.stroke)\"\(color.dash) d=\"\(frame.path(points))\"/>"] + dots
            + color.points(along: points, in: frame)
    }
}

extension Curve {
    package static var storedKind: String { "curve" }
    package var stored: [(String, Value)] {
        [
            ("counted", .bool(isCounted)), ("points", StoredParts.value(points)), ("x", StoredParts.value(xRange)),
            ("y", StoredParts.value(yRange)),
        ]
    }

    package init(label: String, stored parts: StoredParts) throws {
        (self.label, isCounted) = (label, try parts.flag("counted"))
        (points, xRange, yRange) = (try parts.points("points"), try parts.range("x"), try parts.range("y"))
        try parts.require(points.allSatisfy { $0.x.isFinite && !$0.y.isInfinite })
    }
}
