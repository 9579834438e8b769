/// Intervals for a mean of few numbers: Student's t distribution.
import Foundation

/// A mean with its interval.
public struct MeanInterval: Equatable, Sendable {
    public let mean: Double
    /// Half the width of the interval: `mean ± half`; 0 for numbers that are all the same, NaN for a single one.
    public let half: Double
    public let count: Int

    /// Of numbers drawn independently: mean ± t · s / √n, with the sample's standard deviation s (n − 1) and t of n − 1
    /// degrees of freedom. A number that is none makes both NaN.
    public init(of numbers: [Double], level: Double = 0.95) {
        count = numbers.count
        let n = Double(count), mean = numbers.reduce(0, +) / n
        self.mean = mean
        guard count > 1 else {
            half = .nan
            return
        }
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        half =
            variance == 0
            ? 0 : StudentT(degreesOfFreedom: n - 1).quantile(twoSided: level) * (variance / n).squareRoot()
    }
}

/// Student's t distribution.
public struct StudentT: Sendable {
    public let degreesOfFreedom: Double

    public init(degreesOfFreedom: Double) { self.degreesOfFreedom = degreesOfFreedom }

    /// P(|T| > t): the regularized incomplete beta function I_x(ν/2, ½) at x = ν / (ν + t²).
    public func probability(beyond t: Double) -> Double {
        if t.isNaN { return .nan }
        return Self.incompleteBeta(
            degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
    }

    /// The t with P(|T| ≤ t) = `level`: 12.706 for one degree of freedom and 0.95, 1.96 for very many.
    public func quantile(twoSided level: Double) -> Double {
        guard level > 0, level < 1 else { return level == 0 ? 0 : level == 1 ? .infinity : .nan }
        var low = 0.0, high = 1.0
        while probability(beyond: high) > 1 - level { (low, high) = (high, 2 * high) }
        while high - low > 1e-12 * high {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { break }
            if probability(beyond: middle) > 1 - level { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// I_x(a, b) by its continued fraction (Lentz), taken where it converges fast.
    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
        if x > (a + 1) / (a + b + 2) { return 1 - front * fraction(1 - x, b, a) / b }
        return front * fraction(x, a, b) / a
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0, d = 1 / kept(1 - (a + b) * x / (a + 1)), result = d
        for step in 1...500 {
            let m = Double(step)
            for numerator in [
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ] {
                d = 1 / kept(1 + numerator * d)
                c = kept(1 + numerator / c)
                result *= c * d
            }
            if abs(c * d - 1) < 1e-15 { break }
        }
        return result
    }
}
