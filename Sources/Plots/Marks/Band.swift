// Several curves as one: their mean as a line, how far they spread as a band.
import Language

/// Mean and spread of curves over the same places, as of runs that differ in their seed only.
package struct Band {
    /// What the band shows.
    package enum Spread: String, CaseIterable {
        /// From the lowest to the highest.
        case range
        /// A standard deviation (of a sample, n − 1) to both sides of the mean.
        case std
    }

    package var label: String
    package let isCounted: Bool
    let x: [Double]
    let mean: [Double], low: [Double], high: [Double]
    private let logX: Bool, logY: Bool

    /// - Parameters:
    ///   - x: the places; nil for 0, 1, 2, ….
    ///   - curves: values at each place, all as many as there are places. What is not finite does not count.
    package init(label: String, x: [Double]?, curves: [[Double]], spread: Spread) {
        let count = curves.map(\.count).min() ?? 0
        var mean: [Double] = [], low: [Double] = [], high: [Double] = []
        for place in 0..<count {
            let values = curves.map { $0[place] }.filter(\.isFinite)
            guard let least = values.min(), let most = values.max() else {
                mean.append(.nan)
                low.append(.nan)
                high.append(.nan)
                continue
            }
            let centre = values.reduce(0) { $0 + $1 / Double(values.count) }
            mean.append(centre)
            switch spread {
            case .range:
                low.append(least)
                high.append(most)
            case .std:
                let variance =
                    values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(max(values.count - 1, 1))
                low.append(centre - variance.squareRoot())
                high.append(centre + variance.squareRoot())
            }
        }
        self.init(
            label: label, isCounted: x == nil, x: x.map { Array($0.prefix(count)) } ?? (0..<count).map(Double.init),
            mean: mean,
            low: low, high: high, logX: false, logY: false)
    }

    /// Of means and the ends of their intervals that are known.
    package init(label: String, x: [Double], mean: [Double], low: [Double], high: [Double]) {
        self.init(label: label, isCounted: false, x: x, mean: mean, low: low, high: high, logX: false, logY: false)
    }

    private init(
        label: String, isCounted: Bool, x: [Double], mean: [Double], low: [Double], high: [Double], logX: Bool,
        logY: Bool
    ) {
        self.label = label
        self.isCounted = isCounted
        (self.x, self.mean, self.low, self.high) = (x, mean, low, high)
        (self.logX, self.logY) = (logX, logY)
    }

    /// Places and values that can be shown.
    private func range(_ values: [[Double]]) -> ClosedRange<Double>? {
        let shown = values.joined().filter { $0.isFinite && (!logY || $0 > 0) }
        return shown.min().flatMap { low in shown.max().map { low...$0 } }
    }
}

extension Band: Mark {
    package var xRange: ClosedRange<Double>? {
        let shown = zip(x, mean).filter { $1.isFinite && $0.isFinite && (!logX || $0 > 0) }.map(\.0)
        return shown.min().flatMap { low in shown.max().map { low...$0 } }
    }
    package var yRange: ClosedRange<Double>? { range([mean, low, high]) }
    package var picture: String { "line plot with bands" }
    package var account: String {
        let shown = zip(low, high).filter { $0.isFinite && $1.isFinite }
        let spread = PictureAccount.range(shown.map(\.0).min(), shown.map(\.1).max())
        return "mean: " + PictureAccount.line(line) + (spread.isEmpty ? "" : "; the band lies \(spread)")
    }
    package var fields: [(name: String, value: Value)] {
        [("mean", .list(mean)), ("low", .list(low)), ("high", .list(high))]
    }

    package func on(logX: Bool, logY: Bool) -> Band {
        Band(label: label, isCounted: isCounted, x: x, mean: mean, low: low, high: high, logX: logX, logY: logY)
    }

    private var line: [Curve.Point] { zip(x, mean).map { Curve.Point(x: $0, y: $1) } }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        canvas.shade(
            x.indices.map { (frame.x.place(x[$0]), frame.y.place(low[$0]), frame.y.place(high[$0])) }, pen: pen)
        for piece in frame.pieces(line) { canvas.draw(piece, pen: pen) }
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        var areas: [String] = [], run: [Int] = []
        func close() {
            if run.count > 1 {
                let places =
                    run.map { (frame.frame.x.fraction(x[$0]), frame.frame.y.fraction(high[$0])) }
                    + run.reversed().map { (frame.frame.x.fraction(x[$0]), frame.frame.y.fraction(low[$0])) }
                areas.append(frame.area(places))
            }
            run = []
        }
        for index in x.indices {
            let isShown = ![
                frame.frame.x.place(x[index]), frame.frame.y.place(low[index]), frame.frame.y.place(high[index]),
            ].contains(where: \.isNaN)
            if isShown { run.append(index) } else { close() }
        }
        close()
        return (areas.isEmpty ? [] : ["<path class=\"band \(color.fill)\" d=\"\(areas.joined())\"/>"])
            + ["<path class=\"line \(color.stroke)\"\(color.dash) d=\"\(frame.path(line))\"/>"]
            + color.points(along: line, in: frame)
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        [
            """
            <rect class="band \(color.fill)" x="\(svgNumber(x))" y="\(svgNumber(y - 5))" width="24" height="10"/>
            """
        ] + color.lineSample(x: x, y: y)
    }
}

extension Band {
    package static var storedKind: String { "band" }
    package var stored: [(String, Value)] {
        [
            ("counted", .bool(isCounted)), ("x", .list(x)), ("mean", .list(mean)), ("low", .list(low)),
            ("high", .list(high)), ("log", .list([.bool(logX), .bool(logY)])),
        ]
    }

    package init(label: String, stored parts: StoredParts) throws {
        let (logX, logY) = try parts.pair("log") { try parts.flag($0) }
        self.init(
            label: label, isCounted: try parts.flag("counted"), x: try parts.numbers("x"),
            mean: try parts.numbers("mean"), low: try parts.numbers("low"), high: try parts.numbers("high"), logX: logX,
            logY: logY)
        try parts.require(mean.count == x.count && low.count == x.count && high.count == x.count)
    }
}
