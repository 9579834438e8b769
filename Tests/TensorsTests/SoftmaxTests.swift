/// Softmax rows, causal softmax and cross-entropy with their derivative rules, by finite differences in float64.
import CKernels
import Glibc
import Testing

@Suite struct SoftmaxTests {
    static func logSumExp(_ x: some Collection<Double>) -> Double {
        let m = x.max() ?? 0
        return m + Glibc.log(x.reduce(0) { $0 + Glibc.exp($1 - m) })
    }

    @Test(arguments: [1, 2, 15, 16, 17, 70, 1000]) func rows(_ n: Int) {
        let count = 3
        var numbers = Numbers(UInt64(n))
        let x = numbers.array(count * n).map { $0 * 20 }
        var lse = [Float](repeating: 0, count: count), p = [Float](repeating: 0, count: count * n)
        lethe_log_sum_exp(x, &lse, count, n)
        lethe_softmax_rows(x, lse, &p, count, n)
        for row in 0..<count {
            let values = x[(row * n)..<(row * n + n)].map(Double.init), expected = Self.logSumExp(values)
            expectClose([lse[row]], [expected], relative: 1e-6, absolute: 1e-6)
            expectClose(
                p[(row * n)..<(row * n + n)], values.map { Glibc.exp($0 - expected) }, relative: 5e-6, absolute: 1e-7)
        }
    }

    @Test func largeAndInfiniteScores() {
        let x: [Float] = [1e4, -1e4, 0, -.infinity, 3, -.infinity, 5, .nan, 1]
        var lse = [Float](repeating: 0, count: 3), p = [Float](repeating: 0, count: 9)
        lethe_log_sum_exp(x, &lse, 3, 3)
        lethe_softmax_rows(x, lse, &p, 3, 3)
        #expect(lse[0] == 1e4 && Array(p[..<3]) == [1, 0, 0])
        #expect(lse[1] == 3 && Array(p[3..<6]) == [0, 1, 0])
        #expect(lse[2].isNaN && p[6].isNaN)
    }

    /// Probabilities of the causal triangle of scores [t, t] below column `limit`; zero elsewhere.
    static func causal(_ s: [Double], scale: Double, t: Int, limit: Int) -> [Double] {
        (0..<t).flatMap { row -> [Double] in
            let length = Swift.min(row + 1, limit)
            let kept = s[(row * t)..<(row * t + length)].map { $0 * scale }
            let lse = logSumExp(kept)
            return kept.map { Glibc.exp($0 - lse) } + [Double](repeating: 0, count: t - length)
        }
    }

    @Test(arguments: [(1, 1), (3, 3), (16, 16), (16, 5), (19, 19), (34, 34), (34, 20)])
    func causalRules(_ test: (Int, Int)) {
        let (t, limit) = test
        let n = t * t, scale = 0.7
        var numbers = Numbers(UInt64(t))
        let s = numbers.array(n).map { 3 * $0 }, ts = numbers.array(n), dp = numbers.array(n), tdp = numbers.array(n)
        var p = s
        lethe_causal_softmax(&p, Float(scale), 0, t, t, t, limit)
        expectClose(
            p, Self.causal(s.doubles, scale: scale, t: t, limit: limit), relative: 2e-6, absolute: 1e-7, "value")

        func probabilities(_ s: [Double]) -> [Double] { Self.causal(s, scale: scale, t: t, limit: limit) }
        var tp = ts
        lethe_causal_softmax_reverse(p, &tp, Float(scale), 0, t, t, t)
        let expectedTangent = directional(probabilities, at: s.doubles, along: ts.doubles)
        expectClose(tp, expectedTangent, relative: 1e-5, absolute: 2e-6, "tangent")

        // Dense finite differences of a whole matrix are slow beyond this size; the rule is a formula over rows.
        func reverse(_ p: [Double], _ dp: [Double]) -> [Double] {
            (0..<t).flatMap { row -> [Double] in
                let range = (row * t)...(row * t + row)
                let mean = zip(p[range], dp[range]).reduce(0) { $0 + $1.0 * $1.1 }
                return range.map { scale * p[$0] * (dp[$0] - mean) } + [Double](repeating: 0, count: t - row - 1)
            }
        }
        let expectedReverse = reverse(probabilities(s.doubles), dp.doubles)
        if t <= 16 {
            let numeric = gradient({ zip(probabilities($0), dp.doubles).reduce(0) { $0 + $1.0 * $1.1 } }, at: s.doubles)
            for (a, b) in zip(expectedReverse, numeric) { #expect(Swift.abs(a - b) < 1e-8) }
        }
        var ds = dp
        lethe_causal_softmax_reverse(p, &ds, Float(scale), 0, t, t, t)
        expectClose(ds, expectedReverse, relative: 1e-5, absolute: 2e-6, "reverse")

        var tds = tdp
        lethe_causal_softmax_reverse_tangent(p, tp, dp, &tds, Float(scale), 0, t, t, t)
        let bent = directional(
            { reverse(probabilities(Array($0[..<n])), Array($0[n...])) }, at: s.doubles + dp.doubles,
            along: ts.doubles + tdp.doubles)
        expectClose(tds, bent, relative: 1e-5, absolute: 4e-6, "reverse tangent")
    }

    @Test(arguments: [2, 5, 16, 17, 50]) func crossEntropyRules(_ n: Int) {
        let rows = 4, count = rows * n
        var numbers = Numbers(UInt64(n))
        let x = numbers.array(count).map { 4 * $0 }, tx = numbers.array(count)
        let c = numbers.array(rows), tc = numbers.array(rows)
        let labels: [Int32] = [0, -100, Int32(n - 1), 1]
        var lse = [Float](repeating: 0, count: rows), dx = [Float](repeating: 9, count: count)
        lethe_log_sum_exp(x, &lse, rows, n)
        lethe_cross_entropy_reverse(x, lse, labels, c, &dx, rows, n)

        /// The gradient of Σ c (lse − x[label]), from x and c laid one after the other.
        func reverse(_ all: [Double]) -> [Double] {
            let c = all[count...].map { $0 }
            return gradient(
                { x in
                    (0..<rows).reduce(0.0) { sum, row in
                        guard labels[row] >= 0 else { return sum }
                        let values = x[(row * n)..<(row * n + n)]
                        return sum + c[row] * (Self.logSumExp(values) - values[row * n + Int(labels[row])])
                    }
                }, at: Array(all[..<count]))
        }
        expectClose(dx, reverse((x + c).doubles), relative: 1e-5, absolute: 2e-6, "reverse")

        for bits in 1..<4 {
            let (hasC, hasT) = (bits & 1 != 0, bits & 2 != 0)
            var tdx = [Float](repeating: 9, count: count)
            lethe_cross_entropy_reverse_tangent(x, lse, labels, tx, hasC ? c : nil, hasT ? tc : nil, &tdx, rows, n)
            let zero = [Double](repeating: 0, count: rows)
            let bent = directional(
                reverse, at: x.doubles + (hasC ? c.doubles : zero), along: tx.doubles + (hasT ? tc.doubles : zero),
                step: 3e-3)
            expectClose(tdx, bent, relative: 1e-5, absolute: 1e-5, "reverse tangent \(bits)")
        }
    }
}
