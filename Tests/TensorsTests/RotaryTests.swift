/// Rotary embedding: pairs turned by their position's angle; turning back undoes it and is its transpose.
import CKernels
import Glibc
import Testing

@Suite struct RotaryTests {
    @Test(arguments: [(1, 2), (2, 6), (3, 32), (1, 34)]) func turnsPairs(_ test: (Int, Int)) {
        let (heads, d) = test
        let time = 3, rows = 2 * time, start = 2, half = d / 2, width = heads * d, gap = width + 3
        var numbers = Numbers(UInt64(d))
        let x = numbers.array(rows * gap)
        func angle(_ position: Int, _ pair: Int) -> Double {
            Double(position) * Glibc.pow(10_000, -2 * Double(pair) / Double(d))
        }
        var cosine: [Float] = [], sine: [Float] = []
        for position in 0..<(start + time) {
            for pair in 0..<half {
                cosine.append(Float(Glibc.cos(angle(position, pair))))
                sine.append(Float(Glibc.sin(angle(position, pair))))
            }
        }
        var y = [Float](repeating: 0, count: rows * width)
        lethe_rotary(x, cosine, sine, 1, &y, rows, time, start, heads, d, gap, width)
        for row in 0..<rows {
            for head in 0..<heads {
                for pair in 0..<half {
                    let a = Double(x[row * gap + head * d + pair]), b = Double(x[row * gap + head * d + pair + half])
                    let turn = angle(start + row % time, pair)
                    let at = row * width + head * d + pair
                    expectClose(
                        [y[at], y[at + half]],
                        [a * Glibc.cos(turn) - b * Glibc.sin(turn), b * Glibc.cos(turn) + a * Glibc.sin(turn)])
                }
            }
        }
        var back = [Float](repeating: 0, count: rows * gap)
        lethe_rotary(y, cosine, sine, -1, &back, rows, time, start, heads, d, width, gap)
        for row in 0..<rows {
            let range = (row * gap)..<(row * gap + width)
            expectClose(back[range], x[range].map(Double.init), absolute: 1e-6, "turning back")
        }
        // The reverse rule: turning back is the transpose.
        let dy = numbers.array(rows * width)
        var dx = [Float](repeating: 0, count: rows * gap)
        lethe_rotary(dy, cosine, sine, -1, &dx, rows, time, start, heads, d, width, gap)
        let forward = zip(y, dy).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let reverse = (0..<rows).reduce(0.0) { sum, row in
            sum + (0..<width).reduce(0.0) { $0 + Double(x[row * gap + $1]) * Double(dx[row * gap + $1]) }
        }
        #expect(Swift.abs(forward - reverse) < 1e-5 * Double(rows))
    }
}
