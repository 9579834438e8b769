/// Sums, dot products, norms, maxima and the finiteness test.
import CKernels
import Tensors
import Testing

@Suite struct ReductionTests {
    let device = Device(threads: 2)

    @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 31, 33, 70, 32_768, 32_769, 200_001]) func sums(_ n: Int) throws {
        var numbers = Numbers(UInt64(n))
        let x = numbers.array(n), y = numbers.array(n)
        let a = try Tensor(x, shape: [n], on: device), b = try Tensor(y, shape: [n], on: device)
        let sum = x.doubles.reduce(0, +), dot = zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let square = x.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(Swift.abs(a.sum() - sum) < 1e-11 * Double(n + 1))
        #expect(Swift.abs(try a.dot(b) - dot) < 1e-11 * Double(n + 1))
        #expect(Swift.abs(a.norm() - square.squareRoot()) < 1e-11 * Double(n + 1))
        #expect(Swift.abs(a.mean() - sum / Double(Swift.max(1, n))) < 1e-11)
        #expect(a.maximum() == x.max())
    }

    @Test func shapesMustAgree() throws {
        let a = try Tensor.zeros([3], on: device), b = try Tensor.zeros([4], on: device)
        #expect(throws: TensorError.self) { try a.dot(b) }
    }

    @Test func notANumberIsFound() throws {
        for n in 1...70 {
            for bad in [Float.nan, .infinity, -.infinity] {
                for place in [0, n / 2, n - 1] {
                    var x = [Float](repeating: 1e38, count: n)
                    #expect(lethe_all_finite(x, n) == 1)
                    x[place] = bad
                    #expect(lethe_all_finite(x, n) == 0, "length \(n), place \(place)")
                    if bad.isNaN { #expect(lethe_max(x, n).isNaN) }
                }
            }
        }
        #expect(try Tensor([1, Float.nan], shape: [2], on: device).sum().isNaN)
        #expect(try Tensor([Float](), shape: [0], on: device).isFinite)
    }

    @Test(arguments: [(1, 1), (3, 7), (5, 8), (4, 9), (300, 17), (257, 130), (3, 5000)])
    func columns(_ size: (Int, Int)) throws {
        let (rows, columns) = size
        var numbers = Numbers(9)
        let x = numbers.array(rows * columns), start = numbers.array(columns)
        var expected = start.doubles
        for i in 0..<rows { for j in 0..<columns { expected[j] += Double(x[i * columns + j]) } }
        let sums = try Tensor(start, shape: [columns], on: device)
        sums.addColumnSums(of: try Tensor(x, shape: [rows, columns], on: device), columns: columns)
        expectClose(sums.elements, expected, relative: 1e-6, absolute: 2e-6)
    }

    @Test func threadsDoNotChangeBits() throws {
        var numbers = Numbers(4)
        let n = 150_001, x = numbers.array(n), y = numbers.array(n)
        let results = try [1, 2, 3].map { threads in
            let device = Device(threads: threads)
            let a = try Tensor(x, shape: [n], on: device), b = try Tensor(y, shape: [n], on: device)
            let matrix = try Tensor(x[..<150_000], shape: [100, 1500], on: device)
            return (
                [a.sum(), try a.dot(b), a.norm()],
                [try a.map(.exp), try a * b, try matrix.sum(axis: 0), try matrix.sum(axis: 1)].map(\.elements)
            )
        }
        #expect(results[1].0 == results[0].0 && results[2].0 == results[0].0)
        #expect(results[1].1 == results[0].1 && results[2].1 == results[0].1)
    }
}
