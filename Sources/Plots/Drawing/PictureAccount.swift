// What a picture shows, in words: the alternative text of its SVG.
import Language

enum PictureAccount {
    /// Kind, axes with their ranges, then mark after mark.
    static func text(of plot: Plot) -> String {
        let kind = plot.marks.first?.picture ?? "plot"
        var parts = [capitalized(kind) + (plot.title.isEmpty ? "" : ": " + plot.title)]
        parts.append(axis(plot.xLabel, plot.x, "x axis"))
        parts.append(axis(plot.yLabel, plot.y, "y axis"))
        for mark in plot.marks.prefix(most) {
            parts.append((!mark.isGround && !mark.label.isEmpty ? mark.label + ": " : "") + mark.account)
        }
        if plot.marks.count > most { parts.append("and \(plot.marks.count - most) more") }
        return sentences(parts)
    }

    /// More would not be listened to.
    private static let most = 20

    static func sentences(_ parts: [String]) -> String {
        parts.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " ")
    }

    private static func axis(_ label: String, _ axis: Axis, _ direction: String) -> String {
        direction + (label.isEmpty ? "" : ": \(label),") + " \(range(axis.low, axis.high))"
            + (axis.isLogarithmic ? ", logarithmic" : "")
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    // MARK: Parts of it

    static func number(_ value: Double) -> String { formatNumber(value, digits: 4) }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    static func place(_ point: Curve.Point) -> String { "(\(number(point.x)), \(number(point.y)))" }

    static func places(_ points: [Curve.Point]) -> String {
        listed(points.prefix(most).map(place)) + (points.count > most ? " and \(points.count - most) more places" : "")
    }

    /// Empty where there is nothing.
    static func range(_ low: Double?, _ high: Double?) -> String {
        guard let low, let high else { return "" }
        return low == high ? "at \(number(low))" : "from \(number(low)) to \(number(high))"
    }

    static func range(_ range: ClosedRange<Double>) -> String { Self.range(range.lowerBound, range.upperBound) }

    /// A line in the order of its points: where it begins and ends, its lowest and its highest.
    static func line(_ points: [Curve.Point]) -> String {
        let shown = points.filter { $0.x.isFinite && $0.y.isFinite }
        guard let first = shown.first, let last = shown.last,
            let low = shown.min(by: { $0.y < $1.y }), let high = shown.max(by: { $0.y < $1.y })
        else { return "nothing that can be shown" }
        if shown.count == 1 { return "a point at \(place(first))" }
        return """
            first \(number(first.y)) at \(number(first.x)), last \(number(last.y)) at \(number(last.x)), lowest \
            \(number(low.y)) at \(number(low.x)), highest \(number(high.y)) at \(number(high.x))
            """
    }
}
