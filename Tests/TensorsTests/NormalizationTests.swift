/// Layer and RMS norm: value, tangent, cotangents and the tangents of those, by finite differences in float64.
import CKernels
import Testing

@Suite struct NormalizationTests {
    static let eps = 1e-2

    /// y for x [rows, d], w, b laid one after the other.
    static func forward(_ input: [Double], centered: Bool, rows: Int, d: Int) -> [Double] {
        let w = input[(rows * d)..<(rows * d + d)], b = input[(rows * d + d)...]
        return (0..<rows).flatMap { row in
            let x = input[(row * d)..<(row * d + d)]
            let mean = centered ? x.reduce(0, +) / Double(d) : 0
            let square = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d)
            let r = 1 / (square + eps).squareRoot()
            return zip(x, zip(w, b)).map { ($0 - mean) * r * $1.0 + $1.1 }
        }
    }

    @Test(arguments: [(true, 1, 1), (true, 3, 5), (true, 2, 16), (true, 2, 19), (false, 3, 7), (false, 2, 33)])
    func rules(_ test: (Bool, Int, Int)) {
        let (centered, rows, d) = test
        let n = rows * d, flag: Int32 = centered ? 1 : 0
        var numbers = Numbers(UInt64(n))
        let x = numbers.array(n), w = numbers.array(d), b = numbers.array(d)
        let tx = numbers.array(n), tw = numbers.array(d), tb = numbers.array(d)
        let dy = numbers.array(n), tdy = numbers.array(n)
        let zero = [Double](repeating: 0, count: d), zeros = [Double](repeating: 0, count: n)
        func f(_ input: [Double]) -> [Double] { Self.forward(input, centered: centered, rows: rows, d: d) }
        let point = (x + w + b).doubles

        var y = [Float](repeating: 0, count: n), stats = [Float](repeating: 0, count: 2 * rows)
        lethe_norm(flag, x, w, b, Float(Self.eps), &y, &stats, rows, d)
        expectClose(y, f(point), relative: 1e-6, absolute: 2e-6, "value")
        var plain = y
        lethe_norm(flag, x, w, nil, Float(Self.eps), &plain, &stats, rows, d)
        expectClose(plain, f((x + w).doubles + zero), relative: 1e-6, absolute: 2e-6, "value without b")

        for bits in 0..<8 {
            let (hasX, hasW, hasB) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
            var ty = [Float](repeating: 9, count: n)
            lethe_norm_tangent(
                flag, x, w, stats, hasX ? tx : nil, hasW ? tw : nil, hasB ? tb : nil, &ty, rows, d)
            let direction = (hasX ? tx.doubles : zeros) + (hasW ? tw.doubles : zero) + (hasB ? tb.doubles : zero)
            expectClose(
                ty, directional(f, at: point, along: direction), relative: 1e-5, absolute: 1e-5, "tangent \(bits)")
        }

        func cotangents(_ all: [Double]) -> [Double] {
            let input = Array(all[..<(n + 2 * d)]), dy = Array(all[(n + 2 * d)...])
            return gradient({ zip(f($0), dy).reduce(0) { $0 + $1.0 * $1.1 } }, at: input)
        }
        let expected = cotangents(point + dy.doubles)
        var dx = [Float](repeating: 9, count: n), dw = [Float](repeating: 0, count: d), db = dw
        lethe_norm_reverse(flag, x, w, stats, dy, &dx, &dw, &db, rows, d)
        expectClose(dx + dw + db, expected, relative: 1e-5, absolute: 2e-5, "reverse")
        // dw and db add to what is there; each output may be left out.
        lethe_norm_reverse(flag, x, w, stats, dy, nil, &dw, nil, rows, d)
        expectClose(dw, expected[n..<(n + d)].map { 2 * $0 }, relative: 1e-5, absolute: 4e-5, "dw accumulates")

        for bits in 0..<8 {
            let (hasX, hasW, hasD) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
            var tdx = [Float](repeating: 9, count: n), tdw = [Float](repeating: 0, count: d), tdb = tdw
            lethe_norm_reverse_tangent(
                flag, x, w, stats, hasX ? tx : nil, hasW ? tw : nil, dy, hasD ? tdy : nil, &tdx, &tdw, &tdb, rows, d)
            let direction =
                (hasX ? tx.doubles : zeros) + (hasW ? tw.doubles : zero) + zero + (hasD ? tdy.doubles : zeros)
            let bent = directional(cotangents, at: point + dy.doubles, along: direction, step: 3e-3)
            expectClose(tdx + tdw + tdb, bent, relative: 2e-5, absolute: 2e-4, "reverse tangent \(bits)")
        }
    }
}
