/// Philox against the published vectors of Random123, and the distributions drawn from it.
import Tensors
import Testing

@Suite struct RandomTests {
    @Test func publishedVectors() {
        // Random123, kat_vectors: philox4x32 10.
        let zero = RandomGenerator.philox(0, 0, 0)
        #expect(zero.0 == 0xe169_c58d_6627_e8d5 && zero.1 == 0x9b00_dbd8_bc57_ac4c)
        let ones = RandomGenerator.philox(.max, .max, .max)
        #expect(ones.0 == 0x41c8_3b0e_408f_276d && ones.1 == 0x6d54_51fd_a20b_c7c6)
        let pi = RandomGenerator.philox(0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e)
        #expect(pi.0 == 0x94fd_cceb_d16c_fe09 && pi.1 == 0x2412_6ea1_5001_e420)
    }

    @Test func aStreamIsAFunctionOfItsSeed() {
        var a = RandomGenerator(seed: 5), b = RandomGenerator(seed: 5), c = RandomGenerator(seed: 6)
        let first = (0..<9).map { _ in a.next() }
        #expect(first == (0..<9).map { _ in b.next() })
        #expect(first != (0..<9).map { _ in c.next() })
        // A copy is a saved state.
        var saved = a
        #expect((0..<5).map { _ in a.next() } == (0..<5).map { _ in saved.next() })
        #expect(a == saved)
        #expect(a.stream(1) != a.stream(2))
        #expect(a.stream(1) == saved.stream(1))
    }

    @Test func momentsAndQuantiles() throws {
        let device = Device(threads: 1), n = 200_000
        var generator = RandomGenerator(seed: 1)
        let u = try Tensor.uniform([n], from: &generator, on: device).elements
        #expect(u.allSatisfy { $0 >= 0 && $0 < 1 })
        let mean = u.doubles.reduce(0, +) / Double(n)
        // Five standard errors.
        #expect(Swift.abs(mean - 0.5) < 5 * (1 / 12.0 / Double(n)).squareRoot())
        for q in [0.01, 0.25, 0.5, 0.9] {
            let below = Double(u.count { Double($0) < q }) / Double(n)
            #expect(Swift.abs(below - q) < 5 * (q * (1 - q) / Double(n)).squareRoot())
        }
        let z = try Tensor.normal([n], deviation: 2, from: &generator, on: device).elements.doubles.map { $0 / 2 }
        let moments = (1...4).map { p in
            z.reduce(0) { $0 + (1...p).reduce(1.0) { v, _ in v } * power($1, p) } / Double(n)
        }
        #expect(Swift.abs(moments[0]) < 5 / Double(n).squareRoot())
        #expect(Swift.abs(moments[1] - 1) < 5 * (2 / Double(n)).squareRoot())
        #expect(Swift.abs(moments[2]) < 5 * (15 / Double(n)).squareRoot())
        #expect(Swift.abs(moments[3] - 3) < 5 * (96 / Double(n)).squareRoot())
    }

    private func power(_ x: Double, _ p: Int) -> Double { (0..<p).reduce(1) { value, _ in value * x } }

    @Test func wholeNumbersAndPermutations() {
        var generator = RandomGenerator(seed: 2)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.below(7)] += 1 }
        #expect(counts.allSatisfy { Swift.abs($0 - 10_000) < 500 })
        #expect(generator.below(1) == 0)
        let order = generator.permutation(100)
        #expect(order.sorted() == Array(0..<100))
        #expect(order != Array(0..<100))
        #expect(generator.permutation(0).isEmpty)
        #expect(generator.permutation(-1).isEmpty)
    }
}
