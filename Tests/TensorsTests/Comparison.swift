/// How float32 results are held against float64 references: closeness, and derivatives by finite differences.
import Testing

/// Expects |actual − expected| ≤ relative · |expected| + absolute for every element; infinities and NaN must match.
func expectClose(
    _ actual: some Collection<Float>, _ expected: [Double], relative: Double = 1e-6, absolute: Double = 1e-7,
    _ context: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.count == expected.count, "\(context): counts", sourceLocation: sourceLocation)
    for (index, (a, e)) in zip(actual, expected).enumerated() {
        let good: Bool
        if e.isNaN {
            good = a.isNaN
        } else if Float(e).isInfinite {
            good = a == Float(e)
        } else {
            good = Swift.abs(Double(a) - e) <= relative * Swift.abs(e) + absolute
        }
        if !good {
            Issue.record("\(context): element \(index) is \(a), expected \(e)", sourceLocation: sourceLocation)
            return
        }
    }
}

/// The derivative of `f` along `direction` at `x`, by a five-point stencil.
func directional(
    _ f: ([Double]) -> [Double], at x: [Double], along direction: [Double], step: Double = 1e-3
) -> [Double] {
    func moved(_ by: Double) -> [Double] { f(zip(x, direction).map { $0 + by * $1 }) }
    let a = moved(-2 * step), b = moved(-step), c = moved(step), d = moved(2 * step)
    return a.indices.map { (a[$0] - 8 * b[$0] + 8 * c[$0] - d[$0]) / (12 * step) }
}

/// The gradient of the scalar `f` at `x`.
func gradient(_ f: ([Double]) -> Double, at x: [Double], step: Double = 1e-3) -> [Double] {
    var point = x
    return x.indices.map { index in
        func value(_ by: Double) -> Double {
            point[index] = x[index] + by
            defer { point[index] = x[index] }
            return f(point)
        }
        return (value(-2 * step) - 8 * value(-step) + 8 * value(step) - value(2 * step)) / (12 * step)
    }
}

extension Array where Element == Float {
    var doubles: [Double] { map(Double.init) }
}

/// Repeatable numbers in −1 ..< 1 that are exact in float32, from a linear congruential generator.
struct Numbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 40) & 0xff_ffff) * 0x1p-23 - 1
    }
    mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
