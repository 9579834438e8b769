/// Chains of elementwise work give the bits of one operator after the other, write over what nobody else sees, and wait
/// no longer than memory bears.
import Tensors
import Testing

@Suite struct ElementwiseChainTests {
    typealias Chain = ElementwiseChain

    private func numbers(_ count: Int, _ seed: UInt64, _ device: Device) throws -> Tensor {
        var numbers = Numbers(seed)
        return try Tensor(numbers.array(count), shape: [count], on: device)
    }

    @Test(arguments: [4096, 5000, 100_003], [1, 2, 3]) func sameBitsAsOneByOne(_ count: Int, _ threads: Int) throws {
        let device = Device(threads: threads)
        let x = try numbers(count, 1, device), y = try numbers(count, 2, device)
        for function in UnaryFunction.allCases {
            let sum = try Chain(.binary(.add), [.tensor(x), .tensor(y)], on: device)
            let scaled = try Chain(.scalar(.multiply, 0.3, swapped: false), [.chain(sum)], on: device)
            let result = try Chain(.unary(function), [.chain(scaled)], on: device)
            let expected = try (x + y).combined(.multiply, scalar: 0.3).map(function)
            sum.release()
            #expect(bits(result.finished()) == bits(expected), "\(function)")
            #expect(bits(scaled.finished()) == bits(try (x + y).combined(.multiply, scalar: 0.3)), "held on the way")
        }
        for function in BinaryFunction.allCases {
            for swapped in [false, true] {
                let one = try Chain(.scalar(function, 0.7, swapped: swapped), [.tensor(x)], on: device)
                let two = try Chain(.binary(function), [.chain(one), .tensor(y)], on: device)
                let three = try Chain(.clip(-0.5, 0.5), [.chain(two)], on: device)
                one.release()
                two.release()
                let expected = try x.combined(function, scalar: 0.7, swapped: swapped).combined(function, y).clipped(
                    -0.5, 0.5)
                #expect(bits(three.finished()) == bits(expected), "\(function)")
            }
        }
    }

    /// Division by a number goes by its reciprocal where that rounds alike: to every bit, at every exponent, also beside
    /// numbers that go the processor's way.
    @Test func divisionByANumberRoundsAsDivision() throws {
        let device = Device(threads: 1), count = 1 << 16
        var state: UInt64 = 11
        func bits() -> UInt32 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(truncatingIfNeeded: state >> 32)
        }
        let edges: [Float] = [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNormalMagnitude,
            .greatestFiniteMagnitude, 0x1p-95, 0x1.fffffep-96, 0x1p97, 0x1.fffffep96, 1, 0x1.fffffep0,
        ]
        var divisors: [Float] = [
            0.19, 0.001, 3, -7, 0x1.fffffep0, 0x1p20, 0x1p-20, 0x1.000002p20, 1e-30, 1e30, 0, .nan,
        ]
        divisors += (0..<40).map { _ in Float(bitPattern: 0x3f80_0000 | bits() >> 9) }
        for (turn, divisor) in divisors.enumerated() {
            var values = (0..<count).map { _ in
                // Moderate numbers, and in every other turn all there are.
                turn % 2 == 0 ? Float(bitPattern: bits() & 0x8fff_ffff | 0x3800_0000) : Float(bitPattern: bits())
            }
            for (place, edge) in edges.enumerated() where turn % 3 == 0 { values[place * 1000] = edge }
            let x = try Tensor(values, shape: [count], on: device)
            let quotient = try Chain(.scalar(.divide, divisor, swapped: false), [.tensor(x)], on: device)
            let expected = values.map { $0 / divisor }
            let wrong = zip(quotient.finished().elements, expected).first {
                $0.bitPattern != $1.bitPattern && !($0.isNaN && $1.isNaN)
            }
            #expect(wrong == nil, "divided by \(divisor)")
        }
    }

    /// x = a x + x², many times: shared parts, and chains longer than may wait.
    @Test func longChains() throws {
        let device = Device(threads: 2)
        var x = try numbers(10_000, 3, device)
        var waiting = Chain.Input.tensor(x)
        for _ in 0..<40 {
            let scaled = try Chain(.scalar(.multiply, 0.5, swapped: false), [waiting], on: device)
            let square = try Chain(.unary(.square), [waiting], on: device)
            if case .chain(let old) = waiting { old.release() }
            waiting = .chain(try Chain(.binary(.subtract), [.chain(scaled), .chain(square)], on: device))
            scaled.release()
            square.release()
            x = try x.combined(.multiply, scalar: 0.5).combined(.subtract, x.map(.square))
        }
        guard case .chain(let last) = waiting else { return }
        #expect(bits(last.finished()) == bits(x))
    }

    @Test func whatNobodyElseSeesIsWrittenOver() throws {
        let device = Device(threads: 1), count = 1 << 16
        let chain: Chain
        do {
            let x = try Tensor(repeating: 2, shape: [count], on: device)
            chain = try Chain(.unary(.square), [.tensor(x)], on: device)
        }
        #expect(device.memory.live == 2 * count * 4)
        #expect(chain.finished().elements.allSatisfy { $0 == 4 })
        #expect(device.memory.live == count * 4)
        // What somebody sees stays.
        let y = try Tensor(repeating: 3, shape: [count], on: device)
        let other = try Chain(.unary(.square), [.tensor(y)], on: device)
        #expect(other.finished().elements[5] == 9 && y.elements[5] == 3)
    }

    @Test func fewResultsWait() throws {
        let device = Device(threads: 1), count = 1 << 14
        var held: [Chain] = []
        for i in 0..<50 {
            let x = try Tensor(repeating: Float(i), shape: [count], on: device)
            held.append(try Chain(.scalar(.add, 1, swapped: false), [.tensor(x)], on: device))
        }
        // Those that wait keep an input each.
        #expect(device.memory.live <= (50 + 8) * count * 4)
        device.finishWaitingWork()
        #expect(device.memory.live == 50 * count * 4)
        for (i, chain) in held.enumerated() { #expect(chain.finished().elements[7] == Float(i + 1)) }
    }

    private func bits(_ tensor: Tensor) -> [UInt32] { tensor.elements.map(\.bitPattern) }
}
