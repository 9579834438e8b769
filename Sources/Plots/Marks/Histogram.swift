// How many values lie in each interval.
import Foundation
import Language

/// Counts of values in intervals of equal width (on a logarithmic axis: of equal ratio).
package struct Histogram {
    package var label: String
    /// One more than there are intervals.
    package let edges: [Double]
    package let counts: [Int]

    /// - Parameters:
    ///   - values: finite, above 0 on a logarithmic axis; at least one.
    ///   - bins: how many intervals.
    package init(
        label: String, values: [Double], range: ClosedRange<Double>, bins: Int, logX: Bool, poll: () throws -> Void
    ) throws {
        let axis =
            Axis(covering: [range], isLogarithmic: logX)
            ?? Axis(low: range.lowerBound, high: range.upperBound, isLogarithmic: logX)
        var counts = Array(repeating: 0, count: bins)
        for (index, value) in values.enumerated() {
            if index & 0xFFFF == 0 { try poll() }
            let place = axis.place(value)
            // The last interval holds its upper end.
            if place >= 0, place <= 1 { counts[min(Int(place * Double(bins)), bins - 1)] += 1 }
        }
        self.label = label
        self.counts = counts
        edges = (0...bins).map {
            $0 == 0 ? axis.low : $0 == bins ? axis.high : axis.value(at: Double($0) / Double(bins))
        }
    }

    /// How many intervals show a sample of such a size best: Freedman and Diaconis (1981), between 5 and 60.
    package static func bins(for values: [Double]) -> Int {
        guard let low = values.min(), let high = values.max(), high > low else { return 1 }
        let step = max(1, values.count >> 16)
        let sorted = stride(from: 0, to: values.count, by: step).map { values[$0] }.sorted()
        let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
        let width = 2 * spread / cbrt(Double(values.count))
        guard width > 0, (high - low) / width < 1e6 else { return 10 }
        return min(max(Int(((high - low) / width).rounded(.up)), 5), 60)
    }
}

extension Histogram: Mark {
    package var xRange: ClosedRange<Double>? { edges[0]...edges[edges.count - 1] }
    package var yRange: ClosedRange<Double>? { 0...Double(max(counts.max() ?? 1, 1)) }
    package var picture: String { "histogram" }
    package var account: String {
        let whole = counts.reduce(0, +), most = counts.max() ?? 0, place = counts.firstIndex(of: most) ?? 0
        return """
            \(PictureAccount.counted(whole, "value")) \(PictureAccount.range(edges.first, edges.last)) in \
            \(PictureAccount.counted(counts.count, "interval")); most, \(most), \
            \(PictureAccount.range(edges[place], edges[place + 1]))
            """
    }
    package var fields: [(name: String, value: Value)] {
        [("edges", .list(edges)), ("counts", .list(counts.map(Double.init)))]
    }

    package func on(logX: Bool, logY: Bool) throws -> Histogram {
        guard !logY else {
            throw LanguageError(
                "counts start at 0, which a logarithmic axis cannot show",
                advice: ["leave out log=\"y\" with a histogram"])
        }
        return self
    }

    /// The upper edge of the bars.
    private var outline: [Curve.Point] {
        [Curve.Point(x: edges[0], y: 0)]
            + counts.indices.flatMap {
                [
                    Curve.Point(x: edges[$0], y: Double(counts[$0])),
                    Curve.Point(x: edges[$0 + 1], y: Double(counts[$0])),
                ]
            }
            + [Curve.Point(x: edges[edges.count - 1], y: 0)]
    }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        // The first is filled; others are seen in front of it as outlines.
        guard pen.capital == "A" else {
            for piece in frame.pieces(outline) { canvas.draw(piece, pen: pen) }
            return
        }
        for (bin, count) in counts.enumerated() {
            canvas.bar(
                from: frame.x.place(edges[bin]), to: frame.x.place(edges[bin + 1]),
                height: frame.y.fraction(Double(count)))
        }
    }

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String {
        if pen.capital == "A" { return isUnicode ? "██" : "#" }
        return isUnicode ? pen.sample : String(UnicodeScalar(pen.letter))
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        let bars = counts.indices.filter { counts[$0] > 0 }.map { bin -> String in
            let left = frame.x(frame.frame.x.fraction(edges[bin])),
                right = frame.x(frame.frame.x.fraction(edges[bin + 1]))
            let top = frame.y(frame.frame.y.fraction(Double(counts[bin]))), bottom = svgNumber(frame.bottom)
            return "M\(svgNumber(left)) \(bottom)V\(svgNumber(top))H\(svgNumber(right))V\(bottom)Z"
        }
        return [
            "<path class=\"bar \(color.fill)\" d=\"\(bars.joined())\"/>",
            "<path class=\"line \(color.stroke)\"\(color.dash) d=\"\(frame.path(outline))\"/>",
        ] + color.points(along: outline, in: frame)
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        [
            """
            <rect class="bar \(color.fill)" x="\(svgNumber(x))" y="\(svgNumber(y - 5))" width="24" height="10"/>
            """
        ] + (color.count > 1 ? color.lineSample(x: x, y: y - 5) : [])
    }
}

extension Histogram {
    package static var storedKind: String { "histogram" }
    package var stored: [(String, Value)] { fields.map { ($0.name, $0.value) } }

    package init(label: String, stored parts: StoredParts) throws {
        self.label = label
        edges = try parts.numbers("edges")
        counts = try parts.numbers("counts").map { try parts.whole($0, in: 0...1 << 53) }
        try parts.require(
            !counts.isEmpty && edges.count == counts.count + 1 && edges.allSatisfy(\.isFinite)
                && zip(edges, edges.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
