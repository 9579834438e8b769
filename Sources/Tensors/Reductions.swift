/// Sums and their kin; float64 inside, blocks of fixed size added in a fixed order.
import CKernels

extension Tensor {
    public func sum() -> Double {
        withReadable { x in blockwise { lethe_sum(x + $0, $1) } }
    }

    /// Σ self · other over all elements.
    public func dot(_ other: Tensor) throws -> Double {
        guard count == other.count else {
            throw TensorError.shapesDoNotFit(operation: "dot", left: shape, right: other.shape)
        }
        return withReadable { x in other.withReadable { y in blockwise { lethe_dot(x + $0, y + $0, $1) } } }
    }

    /// √Σ self².
    public func norm() -> Double { squaresOfBlocks().reduce(0, +).squareRoot() }

    /// Σ self² over each block of fixed size, in order.
    func squaresOfBlocks() -> [Double] {
        withReadable { x in device.partials(count) { lethe_dot(x + $0, x + $0, $1) } }
    }

    /// The sum of `partial(start, length)` over blocks of fixed size, added in order.
    private func blockwise(_ partial: (Int, Int) -> Double) -> Double {
        device.partials(count, partial).reduce(0, +)
    }

    public func mean() -> Double { sum() / Double(max(1, count)) }

    /// The largest element; NaN if there is one. `nil` if the tensor is empty.
    public func maximum() -> Float? { count == 0 ? nil : withReadable { lethe_max($0, count) } }

    public var isFinite: Bool {
        withReadable { x in device.partials(count) { lethe_all_finite(x + $0, $1) != 0 }.allSatisfy { $0 } }
    }

    /// Adds to this tensor's `columns` elements the sums of the columns of `other` (seen as rows of that length).
    package func addColumnSums(of other: Tensor, columns: Int) {
        guard columns > 0 else { return }
        let rows = other.count / columns
        // Blocks of whole columns: each column is summed by one thread, in order.
        let width = max(64, min(columns, 1 << 10))
        let blocks = rows * columns < 1 << 14 ? 1 : (columns + width - 1) / width
        lend(other, to: self) { x, y in
            if blocks == 1 { return lethe_column_sum(x, rows, columns, columns, y) }
            device.workers.run(blocks) { block in
                let first = block * width
                lethe_column_sum(x + first, rows, min(width, columns - first), columns, y + first)
            }
        }
    }

    /// Sum along one axis, which disappears (or stays with length 1).
    public func sum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
        guard axis >= 0, axis < rank else {
            throw TensorError.invalid("a tensor of shape \(shape) has no axis \(axis)")
        }
        var kept = shape
        kept[axis] = 1
        let result = try summed(to: kept)
        if keepingAxis { return result }
        kept.remove(at: axis)
        return try result.reshaped(kept)
    }
}
