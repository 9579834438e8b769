/// Operations that move elements or add them up; each is linear, and its reverse is another of them.
import CKernels
import Tensors

/// A linear map, applied to tangents as to values.
protocol LinearOperation: PrimitiveOperation {}
extension LinearOperation {
    public func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map { try forward([$0]) }
    }
}

struct ReshapeOperation: LinearOperation {
    let shape: [Int]
    var name: String { "reshape" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].reshaped(shape) }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy.reshaped(x[0].shape)]
    }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
}

struct BroadcastOperation: LinearOperation {
    let shape: [Int]
    var name: String { "broadcast" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].broadcast(to: shape) }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy.summed(to: x[0].shape)]
    }
}

/// The sum over what broadcasting would repeat.
struct SumOperation: LinearOperation {
    let shape: [Int]
    var name: String { "sum" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].summed(to: shape) }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy.broadcast(to: x[0].shape)]
    }
}

struct TransposeOperation: LinearOperation {
    var name: String { "transpose" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].transposed() }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] { [try dy.transposed()] }
}

/// A run of consecutive elements of a flat tensor under a shape of its own: one parameter among all of a model's.
struct SegmentOperation: LinearOperation {
    let start: Int
    let shape: [Int]
    var range: Range<Int> { start..<(start + shape.reduce(1, *)) }
    var name: String { "segment" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        guard start >= 0, range.upperBound <= x[0].count else {
            throw TensorError.invalid("elements \(range) are outside of a tensor with \(x[0].count) elements")
        }
        return x[0].segment(start, shape: shape)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(PlaceOperation(segment: self, whole: x[0].shape), [dy])]
    }
}

/// The inverse of `SegmentOperation`: zeros but for one segment.
struct PlaceOperation: LinearOperation {
    let segment: SegmentOperation
    let whole: [Int]
    var name: String { "place" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        let result = try Tensor.zeros(whole, on: x[0].device)
        result.segment(segment.start, shape: segment.shape).copy(from: x[0])
        return result
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(segment, [dy])]
    }
}

/// Rows of a matrix chosen by index (an embedding); an index may repeat.
struct GatherOperation: LinearOperation {
    let rows: [Int32]
    /// Shape of the result before the row's own axes.
    let leading: [Int]
    var name: String { "gather" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard let count = x[0].shape.first else { throw TensorError.invalid("a single number has no rows to choose") }
        if let wrong = rows.first(where: { $0 < 0 || Int($0) >= count }) {
            throw TensorError.invalid("row \(wrong) is outside of a tensor with \(count) rows")
        }
        let result = try Tensor(uninitialized: leading + x[0].shape.dropFirst(), on: x[0].device)
        let width = count == 0 ? 0 : x[0].count / count
        lend(x[0], to: result) { source, target in
            for (i, row) in rows.enumerated() {
                (target + i * width).update(from: source + Int(row) * width, count: width)
            }
        }
        return result
    }

    func reverse(_ r: borrowing Reversal) throws {
        let scatter = ScatterOperation(gather: self, whole: r.x[0].shape)
        if r.wantsValue(0) {
            let dy = r.dy
            try r.write(0, .value, rows: rows.count) { scatter.add(dy, $2, to: $0, accumulates: $1) }
        }
        if r.wantsTangent(0), let tdy = r.tdy {
            try r.write(0, .tangent, rows: rows.count) { scatter.add(tdy, $2, to: $0, accumulates: $1) }
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(ScatterOperation(gather: self, whole: x[0].shape), [dy])]
    }
}

/// The transpose of `GatherOperation`: rows added into zeros at their indices.
struct ScatterOperation: LinearOperation {
    let gather: GatherOperation
    let whole: [Int]
    var name: String { "scatter" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let result = try Tensor(uninitialized: whole, on: x[0].device)
        add(x[0], 0..<gather.rows.count, to: result, accumulates: false)
        return result
    }

    /// Adds `range` of the rows.
    func add(_ rows: Tensor, _ range: Range<Int>, to result: Tensor, accumulates: Bool) {
        if !accumulates { result.fill(with: 0) }
        let width = whole.dropFirst().reduce(1, *)
        lend(rows, to: result) { source, target in
            gather.rows.withUnsafeBufferPointer { indices in
                for i in range { lethe_axpy(1, source + i * width, target + Int(indices[i]) * width, width) }
            }
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(gather, [dy])]
    }
}

/// Ranges along every axis, half-open (NumPy's basic slicing with step 1).
struct SliceOperation: LinearOperation {
    let ranges: [Range<Int>]
    var name: String { "slice" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard ranges.count == x[0].rank,
            zip(ranges, x[0].shape).allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= $1 })
        else { throw TensorError.invalid("the slice is outside of shape \(x[0].shape)") }
        let result = try Tensor(uninitialized: ranges.map(\.count), on: x[0].device)
        lend(x[0], to: result) { source, target in
            eachRun(x[0].shape) { whole, part, count in
                (target + part).update(from: source + whole, count: count)
            }
        }
        return result
    }

    /// Visits the slice run by run: position in the whole, position in the slice, length.
    func eachRun(_ whole: [Int], _ visit: (Int, Int, Int) -> Void) {
        let run = ranges.last?.count ?? 1
        let outer = ranges.dropLast().reduce(1) { $0 * $1.count }
        guard run > 0, outer > 0 else { return }
        for i in 0..<outer {
            var rest = i, position = ranges.last?.lowerBound ?? 0, stride = whole.last ?? 1
            for axis in Swift.stride(from: ranges.count - 2, through: 0, by: -1) {
                let size = ranges[axis].count
                position += (ranges[axis].lowerBound + rest % size) * stride
                rest /= size
                stride *= whole[axis]
            }
            visit(position, i * run, run)
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(PadOperation(slice: self, whole: x[0].shape), [dy])]
    }
}

/// The transpose of `SliceOperation`: zeros around.
struct PadOperation: LinearOperation {
    let slice: SliceOperation
    let whole: [Int]
    var name: String { "pad" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        let result = try Tensor.zeros(whole, on: x[0].device)
        lend(x[0], to: result) { source, target in
            slice.eachRun(whole) { whole, part, count in
                (target + whole).update(from: source + part, count: count)
            }
        }
        return result
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(slice, [dy])]
    }
}

/// Variables one after the other along the first axis.
struct ConcatenateOperation: PrimitiveOperation {
    var name: String { "concatenate" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard let first = x.first, first.rank > 0 else { throw TensorError.invalid("nothing to put together") }
        let rest = Array(first.shape.dropFirst())
        for other in x where Array(other.shape.dropFirst()) != rest || other.rank != first.rank {
            throw TensorError.shapesDoNotFit(operation: "with", left: first.shape, right: other.shape)
        }
        let result = try Tensor(uninitialized: [x.reduce(0) { $0 + $1.shape[0] }] + rest, on: first.device)
        var position = 0
        for tensor in x {
            result.segment(position, shape: tensor.shape).copy(from: tensor)
            position += tensor.count
        }
        return result
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try forward(zip(x, tx).map { try $1 ?? Tensor.zeros($0.shape, on: $0.device) })
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        var row = 0
        return try x.map { input in
            let end = row + input.shape[0]
            defer { row = end }
            return try dy.sliced([row..<end] + input.shape.dropFirst().map { 0..<$0 })
        }
    }
}

extension Variable {
    public func reshaped(_ shape: [Int]) throws -> Variable { try Variable(ReshapeOperation(shape: shape), [self]) }
    public func broadcast(to shape: [Int]) throws -> Variable {
        shape == self.shape ? self : try Variable(BroadcastOperation(shape: shape), [self])
    }
    public func summed(to shape: [Int]) throws -> Variable {
        shape == self.shape ? self : try Variable(SumOperation(shape: shape), [self])
    }
    /// The sum of all elements, a scalar.
    public func sum() throws -> Variable { try summed(to: []) }
    public func mean() throws -> Variable {
        guard value.count > 0 else { throw TensorError.invalid("the mean of nothing: this tensor is empty") }
        return try Float(1 / Double(value.count)) * sum()
    }
    public func transposed() throws -> Variable { try Variable(TransposeOperation(), [self]) }
    public func segment(_ start: Int, shape: [Int]) throws -> Variable {
        let segment = SegmentOperation(start: start, shape: shape)
        return try frozen(segment) ?? Variable(segment, [self])
    }
    /// Rows by index; `leading` is the result's shape before the rows' own axes (default: one axis).
    public func gather(_ rows: [Int32], leading: [Int]? = nil) throws -> Variable {
        try Variable(GatherOperation(rows: rows, leading: leading ?? [rows.count]), [self])
    }
    /// The transpose of `gather`: y[r] = Σ self[i] over all i with rows[i] = r; `count` rows.
    public func scatteredSum(_ rows: [Int32], count: Int) throws -> Variable {
        guard shape.first == rows.count, rows.allSatisfy({ $0 >= 0 && Int($0) < count }) else {
            throw TensorError.invalid("\(rows.count) row numbers below \(count) do not fit a tensor of shape \(shape)")
        }
        let gather = GatherOperation(rows: rows, leading: [rows.count])
        return try Variable(ScatterOperation(gather: gather, whole: [count] + shape.dropFirst()), [self])
    }
    public func sliced(_ ranges: [Range<Int>]) throws -> Variable {
        try Variable(SliceOperation(ranges: ranges), [self])
    }
    public static func concatenated(_ parts: [Variable]) throws -> Variable {
        try Variable(ConcatenateOperation(), parts)
    }
}

extension Variable {
    /// Zeros of shape `whole` with this variable in the place that `ranges` name.
    public func padded(_ ranges: [Range<Int>], to whole: [Int]) throws -> Variable {
        try Variable(PadOperation(slice: SliceOperation(ranges: ranges), whole: whole), [self])
    }
}
