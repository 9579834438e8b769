/// Matrix products in every form, against float64 loops; the same bits for any number of threads.
import Tensors
import Testing

@Suite struct MatrixProductTests {
    let device = Device(threads: 2)

    static func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: (Int, Int) -> Double, _ b: (Int, Int) -> Double
    ) -> [Double] {
        (0..<m).flatMap { i in (0..<n).map { j in (0..<k).reduce(0.0) { $0 + a(i, $1) * b($1, j) } } }
    }

    static let sizes = [
        (1, 1, 1), (1, 5, 3), (5, 1, 3), (7, 9, 1), (17, 33, 65), (64, 64, 64), (129, 67, 31), (3, 1000, 2),
        (300, 70, 257), (1, 130, 200), (3, 1600, 17), (8, 131, 150), (5, 64, 1030),
    ]

    @Test(arguments: sizes, [0, 1, 2, 3]) func forms(_ size: (Int, Int, Int), _ form: Int) throws {
        let (m, n, k) = size, flipA = form & 1 != 0, flipB = form & 2 != 0
        var numbers = Numbers(UInt64(m * n * k))
        let x = numbers.array(m * k), y = numbers.array(k * n), z = numbers.array(m * n)
        let a = try Tensor(x, shape: flipA ? [k, m] : [m, k], on: device)
        let b = try Tensor(y, shape: flipB ? [n, k] : [k, n], on: device)
        let expected = Self.product(
            m, n, k, { Double(flipA ? x[$1 * m + $0] : x[$0 * k + $1]) },
            { Double(flipB ? y[$1 * k + $0] : y[$0 * n + $1]) })
        let result = try a.matrixProduct(b, transposed: flipA, otherTransposed: flipB)
        #expect(result.shape == [m, n])
        let scale = Double(k).squareRoot()
        expectClose(result.elements, expected, relative: 1e-6, absolute: 2e-6 * scale)

        let c = try Tensor(z, shape: [m, n], on: device)
        lend(a, b, to: c) { a, b, c in
            device.gemm(
                m, n, k, alpha: -0.5, MatrixView(a, rowStride: flipA ? m : k, transposed: flipA),
                MatrixView(b, rowStride: flipB ? k : n, transposed: flipB), beta: 2, MatrixView(c, rowStride: n))
        }
        expectClose(
            c.elements, zip(expected, z).map { -0.5 * $0 + 2 * Double($1) }, relative: 1e-6, absolute: 3e-6 * scale)
    }

    @Test func rowStrides() throws {
        var numbers = Numbers(8)
        let (m, n, k) = (5, 4, 3), x = numbers.array(m * 7), y = numbers.array(k * 6)
        let a = try Tensor(x, shape: [m, 7], on: device), b = try Tensor(y, shape: [k, 6], on: device)
        let c = try Tensor(repeating: 99, shape: [m, 9], on: device)
        lend(a, b, to: c) { a, b, c in
            device.gemm(
                m, n, k, MatrixView(a + 2, rowStride: 7), MatrixView(b + 1, rowStride: 6), MatrixView(c, rowStride: 9))
        }
        let expected = Self.product(m, n, k, { Double(x[$0 * 7 + 2 + $1]) }, { Double(y[$0 * 6 + 1 + $1]) })
        for i in 0..<m {
            expectClose(c.elements[(i * 9)..<(i * 9 + n)], Array(expected[(i * n)..<(i * n + n)]))
            #expect(c.elements[(i * 9 + n)..<(i * 9 + 9)].allSatisfy { $0 == 99 })
        }
    }

    @Test func shapes() throws {
        let a = try Tensor((0..<6).map(Float.init), shape: [2, 3], on: device)
        let v = try Tensor([1, 2, 3], shape: [3], on: device), w = try Tensor([1, 2], shape: [2], on: device)
        #expect(try a.matrixProduct(v).shape == [2])
        #expect(try a.matrixProduct(v).elements == [8, 26])
        #expect(try w.matrixProduct(a).shape == [3])
        #expect(try w.matrixProduct(a).elements == [6, 9, 12])
        #expect(try v.matrixProduct(v).shape == [])
        #expect(try v.matrixProduct(v).item() == 14)
        #expect(try a.matrixProduct(w, transposed: true).elements == [6, 9, 12])
        let stack = try Tensor((0..<12).map(Float.init), shape: [2, 2, 3], on: device)
        #expect(try stack.matrixProduct(a, otherTransposed: true).shape == [2, 2, 2])
        #expect(throws: TensorError.shapesDoNotFit(operation: "@", left: [2, 3], right: [2, 3])) {
            try a.matrixProduct(a)
        }
        #expect(throws: TensorError.self) { try a.matrixProduct(w) }
        #expect(throws: TensorError.self) { try Tensor(scalar: 1, on: device).matrixProduct(a) }
        let empty = try Tensor.zeros([2, 0], on: device)
        #expect(try empty.matrixProduct(Tensor.zeros([0, 3], on: device)).elements == [0, 0, 0, 0, 0, 0])
        #expect(try Tensor.zeros([0, 2], on: device).matrixProduct(a).shape == [0, 3])
    }

    @Test func transposes() throws {
        let x = try Tensor((0..<(33 * 70)).map(Float.init), shape: [33, 70], on: device)
        let y = try x.transposed()
        #expect(y.shape == [70, 33])
        var expected: [Int] = []
        for column in 0..<70 { for row in 0..<33 { expected.append(row * 70 + column) } }
        #expect(y.elements == expected.map { Float($0) })
        #expect(throws: TensorError.self) { try Tensor.zeros([3], on: device).transposed() }
    }

    @Test(arguments: [(700, 300, 200), (300, 900, 100), (64, 4096, 300)])
    func threadsDoNotChangeBits(_ size: (Int, Int, Int)) throws {
        let (m, n, k) = size
        var numbers = Numbers(6)
        let x = numbers.array(m * k), y = numbers.array(k * n)
        let results = try [1, 2, 3].map { threads in
            let device = Device(threads: threads)
            return try Tensor(x, shape: [m, k], on: device).matrixProduct(Tensor(y, shape: [k, n], on: device)).elements
        }
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }
}
