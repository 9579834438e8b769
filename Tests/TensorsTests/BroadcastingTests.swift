/// Broadcasting, summing back, and sums along axes, against loops over indices.
import Tensors
import Testing

@Suite struct BroadcastingTests {
    let device = Device(threads: 2)

    /// The element of `shape`-shaped `values` that index `index` of the larger `target` reads.
    private func position(of index: Int, under target: [Int], in shape: [Int]) -> Int {
        var rest = index, coordinates = [Int](repeating: 0, count: target.count)
        for axis in target.indices.reversed() {
            coordinates[axis] = rest % target[axis]
            rest /= target[axis]
        }
        var position = 0
        for (axis, size) in shape.enumerated() {
            position = position * size + (size == 1 ? 0 : coordinates[target.count - shape.count + axis])
        }
        return position
    }

    static let pairs: [([Int], [Int])] = [
        ([3], [3]), ([1], [4]), ([], [2, 3]), ([3], [2, 3]), ([1, 3], [2, 3]), ([2, 1], [2, 3]),
        ([2, 1, 4], [2, 5, 4]),
        ([5, 1], [2, 5, 4]), ([1, 1, 1], [2, 5, 4]), ([4], [2, 5, 4]), ([2, 1, 1], [2, 5, 4]), ([0], [3, 0]),
        ([1], [3, 0]), ([1, 17], [33, 17]), ([33, 1], [33, 17]), ([1, 7, 1, 5], [3, 7, 4, 5]),
    ]

    @Test(arguments: pairs) func stretchesAndSumsBack(_ pair: ([Int], [Int])) throws {
        let (small, large) = pair
        var numbers = Numbers(2)
        let few = numbers.array(small.reduce(1, *)), many = numbers.array(large.reduce(1, *))
        let a = try Tensor(few, shape: small, on: device), b = try Tensor(many, shape: large, on: device)

        let stretched = try a.broadcast(to: large)
        #expect(stretched.shape == large)
        #expect(stretched.elements == many.indices.map { few[position(of: $0, under: large, in: small)] })

        var sums = [Double](repeating: 0, count: few.count)
        for i in many.indices { sums[position(of: i, under: large, in: small)] += Double(many[i]) }
        let back = try b.summed(to: small)
        #expect(back.shape == small)
        expectClose(back.elements, sums, relative: 1e-6, absolute: 3e-6)

        let difference = try a - b
        #expect(difference.shape == large)
        #expect(difference.elements == zip(stretched.elements, many).map { $0 - $1 })
        #expect(try (b - a).elements == zip(many, stretched.elements).map { $0 - $1 })
    }

    @Test func bothSidesStretch() throws {
        let a = try Tensor([1, 2, 3], shape: [3, 1], on: device), b = try Tensor([10, 20], shape: [1, 2], on: device)
        let sum = try a + b
        #expect(sum.shape == [3, 2])
        #expect(sum.elements == [11, 21, 12, 22, 13, 23])
    }

    @Test func misfitsAreErrors() throws {
        let a = try Tensor.zeros([2, 3], on: device), b = try Tensor.zeros([2, 4], on: device)
        #expect(throws: TensorError.shapesDoNotFit(operation: "+", left: [2, 3], right: [2, 4])) { try a + b }
        #expect(throws: TensorError.self) { try a.broadcast(to: [3]) }
        #expect(throws: TensorError.self) { try a.broadcast(to: [2, 1]) }
        #expect(throws: TensorError.self) { try a.summed(to: [2, 3, 1]) }
        #expect(throws: TensorError.self) { try a.summed(to: [2, 4]) }
    }

    @Test func sumsAlongAxes() throws {
        let x = try Tensor((0..<24).map(Float.init), shape: [2, 3, 4], on: device)
        #expect(try x.sum(axis: 0).elements == (0..<12).map { Float(2 * $0 + 12) })
        let middle = try x.sum(axis: 1, keepingAxis: true)
        #expect(middle.shape == [2, 1, 4])
        #expect(middle.elements == [12, 15, 18, 21, 48, 51, 54, 57])
        let last = try x.sum(axis: 2)
        #expect(last.shape == [2, 3])
        #expect(last.elements == [6, 22, 38, 54, 70, 86])
        #expect(throws: TensorError.self) { try x.sum(axis: 3) }
        #expect(throws: TensorError.self) { try x.sum(axis: -1) }
    }

    @Test func longAxesAreSummedInFloat64() throws {
        // 2²⁴ + 1 + 1 + … is stuck at 2²⁴ in float32.
        let rows = 4097
        let column = [Float(16_777_216)] + [Float](repeating: 1, count: rows - 1)
        let tall = try Tensor(column, shape: [rows, 1], on: device)
        #expect(try tall.sum(axis: 0).elements == [16_777_216 + 4096])
        let wide = try Tensor(column.flatMap { [$0, $0, $0] }, shape: [rows, 3], on: device)
        #expect(try wide.sum(axis: 0).elements == [Float](repeating: 16_777_216 + 4096, count: 3))
        let middle = try Tensor(column.flatMap { [$0, $0] }, shape: [1, rows, 2], on: device)
        #expect(try middle.sum(axis: 1).elements == [Float](repeating: 16_777_216 + 4096, count: 2))
        let leading = try Tensor(column + column, shape: [2, rows, 1], on: device)
        #expect(try leading.sum(axis: 1).elements == [Float](repeating: 16_777_216 + 4096, count: 2))
    }
}
