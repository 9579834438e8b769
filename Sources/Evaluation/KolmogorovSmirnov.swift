// The two-sample Kolmogorov-Smirnov test: do two samples come from the same distribution?

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The outcome of a two-sided two-sample Kolmogorov-Smirnov test.
public struct KolmogorovSmirnov: Hashable, Sendable {
    /// The largest distance between the two empirical distribution functions.
    public let statistic: Double
    /// The probability of a distance at least as large if both samples came from the same continuous distribution.
    public let pValue: Double

    /// Beyond this many pairs of observations the limiting distribution is used.
    private static let exactPairs = 400_000_000

    /// Tests two samples. The p-value is exact (and equals SciPy's `ks_2samp`, ties included) up to 4·10⁸ pairs of
    /// observations; beyond, it is Smirnov's limit.
    ///
    /// Throws where a sample is empty or holds a value that is not a number, and what `poll` throws, which is called now
    /// and then.
    public init(_ first: [Double], _ second: [Double], poll: () throws -> Void = {}) throws {
        guard !first.isEmpty, !second.isEmpty else {
            throw MetricError(
                "the Kolmogorov-Smirnov test needs two samples, and one is empty: give it at least one value each")
        }
        if let position = (first + second).firstIndex(where: \.isNaN) {
            let place =
                position < first.count
                ? "the first sample at \(position)" : "the second sample at \(position - first.count)"
            throw MetricError(
                """
                the Kolmogorov-Smirnov test cannot rank \(place), which is not a number: look for a model whose loss \
                is not finite
                """
            )
        }
        let m = first.count
        let n = second.count
        let divisor = Self.greatestCommonDivisor(m, n)
        let distance = try Self.largestDistance(
            first.sorted(polling: poll), second.sorted(polling: poll), n / divisor, m / divisor, poll)
        let steps = m / divisor * n
        statistic = Double(distance) / Double(steps)
        if distance == 0 {
            pValue = 1
        } else if m.multipliedReportingOverflow(by: n).overflow || m * n > Self.exactPairs {
            pValue = Self.limit(statistic * (Double(m) * Double(n) / Double(m + n)).squareRoot())
        } else {
            pValue = try Self.exact(m, n, n / divisor, m / divisor, distance, poll)
        }
    }

    /// The largest |i/m − j/n| over all values, as a multiple of 1/lcm(m, n), so that no rounding enters.
    private static func largestDistance(
        _ a: [Double], _ b: [Double], _ stepA: Int, _ stepB: Int, _ poll: () throws -> Void
    ) throws -> Int {
        var i = 0, j = 0, largest = 0, turn = 0
        while i < a.count, j < b.count {
            turn += 1
            if turn & 0xffff == 0 { try poll() }
            let value = min(a[i], b[j])
            while i < a.count, a[i] == value { i += 1 }
            while j < b.count, b[j] == value { j += 1 }
            largest = max(largest, abs(i * stepA - j * stepB))
        }
        return largest
    }

    /// The probability that a random lattice path from (0, 0) to (m, n) meets the distance somewhere.
    ///
    /// Given that a path passes (i, j), it came from (i − 1, j) with probability i/(i + j); so the recursion adds only
    /// positive terms and loses no digits.
    private static func exact(
        _ m: Int, _ n: Int, _ stepA: Int, _ stepB: Int, _ distance: Int, _ poll: () throws -> Void
    ) throws -> Double {
        var row = Array(repeating: 0.0, count: n + 1)
        for j in 0...n { row[j] = j * stepB >= distance ? 1 : 0 }
        for i in 1...m {
            if n > 1 << 12 || i & 0xff == 0 { try poll() }
            if i * stepA >= distance { row[0] = 1 }
            for j in 1...n {
                if abs(i * stepA - j * stepB) >= distance {
                    row[j] = 1
                } else {
                    let fromLeft = Double(i) / Double(i + j)
                    row[j] = fromLeft * row[j] + (1 - fromLeft) * row[j - 1]
                }
            }
        }
        return min(max(row[n], 0), 1)
    }

    /// 2 Σ (−1)^(k−1) exp(−2k²x²), Kolmogorov's limit; for small x, where that sum hardly falls, in its other form
    /// 1 − √(2π)/x Σ exp(−(2k − 1)²π²/(8x²)).
    package static func limit(_ x: Double) -> Double {
        guard x > 0 else { return 1 }
        var sum = 0.0
        if x < 1 {
            for k in 1...8 { sum += exp(-Double((2 * k - 1) * (2 * k - 1)) * .pi * .pi / (8 * x * x)) }
            return min(max(1 - (2 * .pi).squareRoot() / x * sum, 0), 1)
        }
        for k in 1...100 {
            let term = exp(-2 * Double(k * k) * x * x)
            sum += k % 2 == 1 ? term : -term
            if term < 1e-17 { break }
        }
        return min(max(2 * sum, 0), 1)
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}

extension [Double] {
    /// The numbers in order, in runs that are sorted one by one and merged, so that it can be stopped.
    fileprivate func sorted(polling poll: () throws -> Void) throws -> [Double] {
        let length = 1 << 18
        var result = self
        for start in Swift.stride(from: 0, to: count, by: length) {
            try poll()
            result[start..<Swift.min(start + length, count)].sort()
        }
        var width = length, merged = count > length ? result : []
        while width < count {
            for start in Swift.stride(from: 0, to: count, by: 2 * width) {
                let middle = Swift.min(start + width, count), end = Swift.min(start + 2 * width, count)
                var i = start, j = middle
                for place in start..<end {
                    if place & 0xffff == 0 { try poll() }
                    let takesFirst = j >= end || (i < middle && result[i] <= result[j])
                    merged[place] = result[takesFirst ? i : j]
                    if takesFirst { i += 1 } else { j += 1 }
                }
            }
            swap(&result, &merged)
            width *= 2
        }
        return result
    }
}
