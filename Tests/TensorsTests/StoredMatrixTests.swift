// Matrices in fewer bits than float32: what they hold, and what products with them give.
import Tensors
import Testing

@Suite struct StoredMatrixTests {
    let device = Device(threads: 2)

    private func numbers(_ count: Int, seed: UInt64) throws -> [Float] {
        var generator = RandomGenerator(seed: seed)
        return try Tensor.normal([count], from: &generator, on: device).elements
    }

    @Test func twoByteTypesRoundToNearest() throws {
        let values = try numbers(6 * 45, seed: 1)
        let half = try StoredMatrix(.float16, rows: 6, columns: 45, rounding: values, on: device).widened().elements
        #expect(half == values.map { Float(Float16($0)) })
        let brain = try StoredMatrix(.bfloat16, rows: 6, columns: 45, rounding: values, on: device).widened().elements
        #expect(
            brain
                == values.map { value in
                    let bits = value.bitPattern
                    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
                })
    }

    @Test func eightBitsAreOfLargestOfARun() throws {
        let values = try numbers(3 * 70, seed: 2)
        let held = try StoredMatrix(.eightBit, rows: 3, columns: 70, rounding: values, on: device).widened().elements
        for row in 0..<3 {
            for start in stride(from: 0, to: 70, by: 32) {
                let run = (row * 70 + start)..<(row * 70 + min(70, start + 32))
                let most = values[run].map(abs).max() ?? 0
                for i in run { #expect(abs(held[i] - values[i]) <= most / 127 * 0.51) }
            }
        }
    }

    @Test func whatATypeCannotHoldIsRefused() {
        #expect(throws: TensorError.self) {
            try StoredMatrix(.float16, rows: 1, columns: 2, rounding: [1, 1e6], on: device)
        }
    }

    @Test(arguments: [StorageType.bfloat16, .float16, .eightBit], [1, 7, 9, 70])
    func productsAreThoseOfTheWidenedMatrix(_ type: StorageType, _ rows: Int) throws {
        for (height, width) in [(1, 1), (33, 40), (130, 300), (5000, 65), (65, 5000)] {
            let values = try numbers(height * width, seed: UInt64(height))
            let matrix = try StoredMatrix(type, rows: height, columns: width, rounding: values, on: device)
            let wide = try matrix.widened()
            for transposed in [true, false] {
                let (inner, outer) = transposed ? (width, height) : (height, width)
                let x = try Tensor(numbers(rows * inner, seed: 5), shape: [rows, inner], on: device)
                let y = try product(matrix, x, transposed, columns: outer)
                let expected = try x.matrixProduct(wide, otherTransposed: transposed)
                let scale = Float(inner).squareRoot()
                for (a, b) in zip(y.elements, expected.elements) { #expect(abs(a - b) < 1e-5 * scale * 4) }
                // The same bits on one thread.
                let alone = Device(threads: 1)
                let single = try StoredMatrix(type, rows: height, columns: width, rounding: values, on: alone)
                let again = try product(
                    single, Tensor(x.elements, shape: x.shape, on: alone), transposed, columns: outer)
                #expect(again.elements == y.elements)
            }
        }
    }

    private func product(
        _ matrix: StoredMatrix, _ x: Tensor, _ transposed: Bool, columns: Int
    ) throws -> Tensor {
        let y = try Tensor.zeros([x.shape[0], columns], on: x.device)
        lend(x, to: y) { matrix.multiply(x.shape[0], $0, transposed: transposed, adds: false, $1) }
        return y
    }
}
