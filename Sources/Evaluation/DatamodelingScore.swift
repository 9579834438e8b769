/// The linear datamodeling score: whether influence scores rank what retraining without examples comes to.
import Tensors

/// Spearman's rank correlation, over sets of left-out examples, of the sum of their influence scores with a query's loss
/// in a model retrained without them (Park et al., arXiv 2303.14186), or Pearson's; the mean over queries.
public struct DatamodelingScore: Sendable {
    public enum Correlation: String, CaseIterable, Sendable {
        case spearman, pearson

        /// Not a number where one side is constant.
        func callAsFunction(_ a: [Double], _ b: [Double]) -> Double {
            self == .spearman ? Evaluation.spearman(a, b) : Evaluation.pearson(a, b)
        }
    }

    /// One correlation a query; not a number where a query's losses, or its predictions, are all equal.
    public let byQuery: [Double]
    /// Their mean over queries that have one.
    public let value: Double
    /// Where 95 % of the means lie when the sets are drawn again with replacement.
    public let interval: ClosedRange<Double>

    /// - Parameters:
    ///   - predicted: the summed scores, by query and set.
    ///   - actual: the losses after retraining, by query and set.
    ///   - poll: is called before each resample and each query in it, and may throw to stop.
    /// - Throws: `MetricError` for fewer than three sets, and for numbers that are not finite.
    public init(
        predicted: [[Double]], actual: [[Double]], by correlation: Correlation = .spearman, resamples: Int = 1000,
        from generator: inout RandomGenerator, poll: () throws -> Void = {}
    ) throws {
        guard let sets = actual.first?.count, sets >= 3 else {
            throw MetricError("a linear datamodeling score ranks at least three sets of left-out examples")
        }
        guard predicted.count == actual.count, (predicted + actual).allSatisfy({ $0.count == sets }) else {
            throw MetricError("there must be one prediction and one loss for each query and set")
        }
        guard (predicted + actual).allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw MetricError("a linear datamodeling score cannot rank what is not finite")
        }
        func score(_ chosen: [Int]) throws -> [Double] {
            try zip(predicted, actual).map { p, a in
                try poll()
                return correlation(chosen.map { p[$0] }, chosen.map { a[$0] })
            }
        }
        byQuery = try score(Array(0..<sets))
        let all = Self.mean(byQuery)
        value = all
        guard all.isFinite else {
            throw MetricError("no query's losses differ from set to set: leave out more, or other examples")
        }
        var means: [Double] = []
        for _ in 0..<max(1, resamples) {
            let drawn = Self.mean(try score((0..<sets).map { _ in Int(generator.next() % UInt64(sets)) }))
            if drawn.isFinite { means.append(drawn) }
        }
        means.sort()
        func quantile(_ share: Double) -> Double {
            means.isEmpty ? all : means[Int((share * Double(means.count - 1)).rounded())]
        }
        let (low, high) = (quantile(0.025), quantile(0.975))
        interval = min(low, high)...max(low, high)
    }

    private static func mean(_ values: [Double]) -> Double {
        let known = values.filter { !$0.isNaN }
        return known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count)
    }
}

/// Spearman's rank correlation, ties sharing their mean rank; not a number where one side is constant.
public func spearman(_ a: [Double], _ b: [Double]) -> Double {
    func ranks(_ x: [Double]) -> [Double] {
        let order = x.indices.sorted { x[$0] < x[$1] }
        var result = [Double](repeating: 0, count: x.count), start = 0
        while start < order.count {
            var end = start
            while end < order.count, x[order[end]] == x[order[start]] { end += 1 }
            for place in order[start..<end] { result[place] = Double(start + end - 1) / 2 }
            start = end
        }
        return result
    }
    return pearson(ranks(a), ranks(b))
}

/// Pearson's correlation; not a number where one side is constant.
public func pearson(_ a: [Double], _ b: [Double]) -> Double {
    let (p, q) = (mean(a), mean(b))
    var cross = 0.0, first = 0.0, second = 0.0
    for (x, y) in zip(a, b) {
        cross += (x - p) * (y - q)
        first += (x - p) * (x - p)
        second += (y - q) * (y - q)
    }
    return first > 0 && second > 0 ? cross / (first * second).squareRoot() : .nan
}
