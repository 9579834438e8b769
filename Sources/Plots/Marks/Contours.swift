// A function of the plane as contour lines.
import Language

/// Lines of equal height of a function that was evaluated on a grid.
package struct Contours {
    package var label: String
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    let columns: Int
    let rows: Int
    /// Row after row from below; what is not finite has no lines around it.
    let values: [Double]
    package let levels: [Double]

    /// - Parameters:
    ///   - values: at `rows` × `columns` points, both at least 2, evenly spaced over the ranges, edges included.
    ///   - levels: where lines are drawn.
    package init(
        x: ClosedRange<Double>, y: ClosedRange<Double>, columns: Int, rows: Int, values: [Double], levels: [Double]
    ) {
        (self.x, self.y, self.columns, self.rows, self.values) = (x, y, columns, rows, values)
        self.levels = levels.sorted()
        let ends = [self.levels.first, self.levels.last].compactMap { $0 }.map { formatNumber($0, digits: 2) }
        label = Set(ends).count < 2 ? ends.first ?? "" : ends.joined(separator: " to ")
    }

    /// Levels between which the picture has equal areas: any change of scale of the function gives the same lines.
    package static func levels(_ count: Int, of values: [Double]) -> [Double] {
        let sorted = values.filter(\.isFinite).sorted()
        guard let low = sorted.first, let high = sorted.last, low < high else { return [] }
        let levels = (0..<count).map { sorted[Int((Double($0) + 0.5) / Double(count) * Double(sorted.count - 1))] }
        return Array(Set(levels.filter { $0 > low })).sorted()
    }

    // MARK: Lines

    /// The lines of one level through the grid, in shares of the ranges: marching squares, joined end to end.
    package func lines(_ level: Double) -> [[Frame.Place]] {
        // Where a line crosses an edge of the grid. Each edge has at most one crossing, which names it.
        var next: [Int: [Int]] = [:], places: [Int: Frame.Place] = [:]
        func cross(_ a: (i: Int, j: Int), _ b: (i: Int, j: Int)) -> Int {
            let edge = (a.j * columns + a.i) * 2 + (a.i == b.i ? 1 : 0)
            let (from, to) = (values[a.j * columns + a.i], values[b.j * columns + b.i])
            let share = (level - from) / (to - from)
            places[edge] = (
                (Double(a.i) + share * Double(b.i - a.i)) / Double(columns - 1),
                (Double(a.j) + share * Double(b.j - a.j)) / Double(rows - 1)
            )
            return edge
        }
        func join(_ a: Int, _ b: Int) {
            next[a, default: []].append(b)
            next[b, default: []].append(a)
        }
        for j in 0..<rows - 1 {
            for i in 0..<columns - 1 {
                let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
                let heights = corners.map { values[$0.1 * columns + $0.0] }
                guard heights.allSatisfy(\.isFinite) else { continue }
                let above = heights.map { $0 >= level }
                var crossings: [Int] = []
                // Edges from the lower or left corner, so that neighbours name them alike.
                for (a, b) in [(0, 1), (1, 2), (3, 2), (0, 3)] where above[a] != above[b] {
                    crossings.append(cross((corners[a].0, corners[a].1), (corners[b].0, corners[b].1)))
                }
                if crossings.count == 2 {
                    join(crossings[0], crossings[1])
                } else if crossings.count == 4 {
                    // A saddle: the middle tells which corners belong together.
                    let isMiddleAbove = heights.reduce(0, { $0 + $1 / 4 }) >= level
                    if isMiddleAbove == above[0] {
                        join(crossings[0], crossings[1])
                        join(crossings[2], crossings[3])
                    } else {
                        join(crossings[0], crossings[3])
                        join(crossings[1], crossings[2])
                    }
                }
            }
        }
        // Ends first, then what is left: closed lines.
        var lines: [[Frame.Place]] = []
        for start in next.keys.filter({ next[$0]?.count == 1 }).sorted() + next.keys.sorted() {
            var here = start, line: [Frame.Place] = []
            while let to = next[here]?.first {
                if line.isEmpty, let place = places[here] { line.append(place) }
                next[here]?.removeFirst()
                if let back = next[to]?.firstIndex(of: here) { next[to]?.remove(at: back) }
                if let place = places[to] { line.append(place) }
                here = to
            }
            if line.count > 1 { lines.append(line) }
        }
        return lines
    }
}

extension Contours: Mark {
    package var xRange: ClosedRange<Double>? { x }
    package var yRange: ClosedRange<Double>? { y }
    package var isGround: Bool { true }
    package var picture: String { "contour plot" }
    package var account: String {
        let shown = values.filter(\.isFinite), heights = levels.map { formatNumber($0, digits: 3) }
        return (levels.isEmpty ? "no contour lines" : "contour lines at \(listed(heights))")
            + "; heights \(PictureAccount.range(shown.min(), shown.max()))"
    }
    package var fields: [(name: String, value: Value)] { [("levels", .list(levels))] }

    package func on(logX: Bool, logY: Bool) throws -> Contours {
        guard !logX, !logY else { throw LanguageError("contour lines are drawn on plain axes; leave out log=") }
        return self
    }

    /// From shares of the ranges to places in the picture, which may show a part.
    private func place(_ share: Frame.Place, _ frame: Frame) -> Curve.Point {
        Curve.Point(
            x: x.lowerBound + share.x * (x.upperBound - x.lowerBound),
            y: y.lowerBound + share.y * (y.upperBound - y.lowerBound))
    }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        let ink: Character = canvas.isUnicode ? "·" : "."
        // More lines than a screen of characters can hold are thinned out.
        let step = max(1, (levels.count + 3) / 5)
        for (index, level) in levels.enumerated() where index % step == step / 2 {
            let pieces = lines(level).flatMap { frame.pieces($0.map { place($0, frame) }) }
            for piece in pieces { canvas.trace(piece, with: ink) }
            canvas.label(formatNumber(level, digits: 3), along: pieces)
        }
    }

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String { isUnicode ? "··" : ".." }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        var drawn: [String] = [], heights = ContourLabels(frame)
        for (index, level) in levels.enumerated() {
            let lines = lines(level).map { $0.map { place($0, frame.frame) } }
            // Higher ground is darker.
            let opacity = levels.count > 1 ? 0.35 + 0.55 * Double(index) / Double(levels.count - 1) : 0.8
            let data = lines.map(frame.path).joined()
            drawn.append("<path class=\"level\" stroke-opacity=\"\(svgNumber(opacity))\" d=\"\(data)\"/>")
            heights.add(formatNumber(level, digits: 3), along: lines)
        }
        return drawn + heights.elements
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        ["<path class=\"level\" d=\"M\(svgNumber(x)) \(svgNumber(y - 3))h24M\(svgNumber(x)) \(svgNumber(y + 3))h24\"/>"]
    }
}

extension Contours {
    package static var storedKind: String { "contours" }
    package var stored: [(String, Value)] {
        [
            ("x", StoredParts.value(x)), ("y", StoredParts.value(y)), ("columns", .number(columns)),
            ("rows", .number(rows)), ("values", .list(values)), ("levels", .list(levels)),
        ]
    }

    package init(label: String, stored parts: StoredParts) throws {
        guard let x = try parts.range("x"), let y = try parts.range("y") else { throw parts.damage }
        let values = try parts.numbers("values"), levels = try parts.numbers("levels")
        let columns = try parts.whole("columns", in: 2...1_000_000), rows = try parts.whole("rows", in: 2...1_000_000)
        try parts.require(columns * rows == values.count && levels.allSatisfy(\.isFinite))
        self.init(x: x, y: y, columns: columns, rows: rows, values: values, levels: levels)
        self.label = label
    }
}
