/// Items of a tensor set anew.
import Tensors

/// y = x with another tensor where the slice lies.
///
/// Copied, not added: what was there before may be NaN, infinite, or so large that a difference would swallow the new.
struct OverwriteOperation: PrimitiveOperation {
    let slice: SliceOperation
    var name: String { "set" }

    func forward(_ x: [Tensor]) throws -> Tensor { try overwritten(x[0].copied(), x[1]) }

    /// Writes the part into `whole`, which no one else holds.
    private func overwritten(_ whole: Tensor, _ part: Tensor) throws -> Tensor {
        let sides = slice.ranges.map(\.count)
        guard slice.ranges.count == whole.rank,
            zip(slice.ranges, whole.shape).allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= $1 })
        else { throw TensorError.invalid("the slice is outside of shape \(whole.shape)") }
        guard part.shape == sides else {
            throw TensorError.shapesDoNotFit(operation: "=", left: sides, right: part.shape)
        }
        lend(part, to: whole) { source, target in
            slice.eachRun(whole.shape) { place, start, count in
                (target + place).update(from: source + start, count: count)
            }
        }
        return whole
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try overwritten(
            tx[0]?.copied() ?? Tensor.zeros(x[0].shape, on: x[0].device),
            tx[1] ?? Tensor.zeros(x[1].shape, on: x[1].device))
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let nothing = Variable(try Tensor.zeros(x[1].shape, on: x[1].device))
        return [try Variable(self, [dy, nothing]), try Variable(slice, [dy])]
    }
}

extension Variable {
    /// The same with `part`, shaped like the slice, where `ranges` lie.
    public func overwriting(_ ranges: [Range<Int>], with part: Variable) throws -> Variable {
        try Variable(OverwriteOperation(slice: SliceOperation(ranges: ranges)), [self, part])
    }
}
