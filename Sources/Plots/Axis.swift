// An axis: what range it covers, linearly or logarithmically, and where its ticks are.
import Foundation
import Language

/// One axis of a picture.
package struct Axis {
    package let low: Double
    package let high: Double
    let isLogarithmic: Bool
    /// Ticks stand at whole numbers only: what is shown counts something.
    let isWhole: Bool
    /// The low end is at the right or on top, as rows of a matrix are counted.
    let isReversed: Bool
    private let from: Double
    private let span: Double

    /// - Parameters: `low` and `high` are finite, and positive on a logarithmic axis.
    package init(low: Double, high: Double, isLogarithmic: Bool, isWhole: Bool = false, isReversed: Bool = false) {
        self.low = low
        self.high = high
        self.isLogarithmic = isLogarithmic
        self.isWhole = isWhole
        self.isReversed = isReversed
        from = isLogarithmic ? log10(low) : low
        // Halves, because the difference of two numbers may be too large for a number.
        span = isLogarithmic ? log10(high) / 2 - from / 2 : high / 2 - low / 2
    }

    /// The axis that covers ranges; around a single value some room is made. nil when there is no range.
    init?(covering ranges: [ClosedRange<Double>?], isLogarithmic: Bool, isWhole: Bool = false, isReversed: Bool = false)
    {
        let ranges = ranges.compactMap { $0 }
        guard var low = ranges.map(\.lowerBound).min(), var high = ranges.map(\.upperBound).max() else { return nil }
        // Narrower than its numbers can tell apart is a single value.
        if high / 2 - low / 2 <= 1e-14 * max(abs(low), abs(high)) {
            let room = low == 0 ? 1 : abs(low) * 0.1
            (low, high) = isLogarithmic ? (low / 2, high * 2) : (max(low - room, -1.7e308), min(high + room, 1.7e308))
        }
        self.init(low: low, high: high, isLogarithmic: isLogarithmic, isWhole: isWhole, isReversed: isReversed)
    }

    /// Where a value lies: 0 at the low end, 1 at the high end; what lies outside stands at an end.
    package func fraction(_ value: Double) -> Double { min(max(place(value), 0), 1) }

    /// Where a value lies, the outside included; NaN for what the axis cannot show.
    func place(_ value: Double) -> Double {
        guard value.isFinite, !isLogarithmic || value > 0 else { return .nan }
        guard span > 0 else { return 0.5 }
        let place = min(max(((isLogarithmic ? log10(value) : value) / 2 - from / 2) / span, -1e6), 1e6)
        return isReversed ? 1 - place : place
    }

    /// The value at a place: 0 at the low end, 1 at the high end.
    func value(at place: Double) -> Double {
        let value = from + 2 * span * (isReversed ? 1 - place : place)
        return isLogarithmic ? pow(10, value) : value
    }

    /// A labelled place on the axis.
    package struct Tick: Equatable {
        package let value: Double
        package let text: String
    }

    /// At most so many ticks at round numbers.
    package func ticks(most: Int) -> [Tick] {
        let most = max(most, 2)
        guard isLogarithmic else { return linearTicks(most) }
        let first = Int(ceil(log10(low) - 1e-9)), last = Int(floor(log10(high) + 1e-9))
        if last - first < 1 { return linearTicks(most) }
        let every = (last - first) / most + 1
        return stride(from: first, through: last, by: every).map {
            Tick(value: pow(10, Double($0)), text: Self.text(pow(10, Double($0)), step: nil))
        }
    }

    private func linearTicks(_ most: Int) -> [Tick] {
        let rough = (high / 2 - low / 2) / Double(most) * 2
        guard rough > 0, rough.isFinite else { return [Tick(value: low, text: Self.text(low, step: nil))] }
        let power = max(pow(10, floor(log10(rough))), isWhole ? 1 : 0)
        for factor in [1.0, 2, 5, 10, 20, 50] {
            let step = factor * power
            let first = ceil(low / step - 1e-9), last = floor(high / step + 1e-9)
            guard step > 0, step.isFinite, last - first < Double(most) else { continue }
            guard first <= last else { break }
            return (0...Int(last - first)).map {
                // Minus zero is zero.
                let value = (first + Double($0)) * step + 0
                return Tick(value: value, text: Self.text(value, step: step))
            }
        }
        return [Tick(value: low, text: Self.text(low, step: nil))]
    }

    /// A tick's number, to as many places as the distance between ticks asks for.
    static func text(_ value: Double, step: Double?) -> String {
        guard let step, value == 0 || abs(value) < 1e6, step >= 1e-4 else {
            let digits = step.map { max(1, Int(ceil(log10(max(abs(value), $0) / $0) + 1e-9)) + 1) } ?? 4
            return formatNumber(value, digits: min(digits, 15))
        }
        let places = max(0, Int(ceil(-log10(step) - 1e-9)))
        return String(format: "%.\(places)f", value)
    }
}
