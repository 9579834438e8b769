/// Dot products and lengths: sums over elements in float64.
import Tensors

/// Σ x · y with a float64 sum.
struct DotOperation: PrimitiveOperation {
    var name: String { "dot" }
    func forward(_ x: [Tensor]) throws -> Tensor { try Tensor(scalar: Float(x[0].dot(x[1])), on: x[0].device) }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        let sum = try (tx[0]?.dot(x[1]) ?? 0) + (tx[1]?.dot(x[0]) ?? 0)
        return try Tensor(scalar: Float(sum), on: x[0].device)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy * x[1].reshaped(x[0].shape), try dy * x[0].reshaped(x[1].shape)]
    }
}

/// √(Σ x²) over the elements of all inputs. At 0, where it has no derivative, the gradient is 0 and the second
/// derivative NaN, as PyTorch has them.
struct EuclideanNormOperation: PrimitiveOperation {
    var name: String { "norm" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        try Tensor(scalar: Float(x.reduce(0) { try $0 + $1.dot($1) }.squareRoot()), on: x[0].device)
    }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        let length = try Double(y.item())
        let sum = try zip(x, tx).reduce(0) { try $0 + ($1.1?.dot($1.0) ?? 0) }
        return try Tensor(scalar: length == 0 ? 0 : Float(sum / length), on: y.device)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let factor = try dy.reshaped([]) * Variable(InverseLengthOperation(), [y])
        return try x.map { try factor * $0 }
    }
}

/// 1 / y for a length y, and 0 at 0.
private struct InverseLengthOperation: PrimitiveOperation {
    var name: String { "1 / norm" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        let length = try x[0].item()
        return try Tensor(scalar: length == 0 ? 0 : 1 / length, on: x[0].device)
    }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map { try partial(Variable(x[0]), Variable(y)).value * $0.reshaped([]) }
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy * partial(x[0], y)]
    }
    private func partial(_ x: Variable, _ y: Variable) throws -> Variable {
        try x.value.item() == 0 ? Variable(Tensor(scalar: .nan, on: x.device)) : -1 * (y * y)
    }
}

/// The largest or smallest along the first axis, which disappears; equal ones share the gradient.
struct ExtremeOperation: PrimitiveOperation {
    let largest: Bool
    var name: String { largest ? "max" : "min" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let x0 = x[0]
        guard let count = x0.shape.first, count > 0 else {
            throw TensorError.invalid("the \(name) of nothing: this tensor is empty")
        }
        let shape = Array(x0.shape.dropFirst())
        return try x0.withElements { x in
            let width = x.count / count
            return try Tensor(shape: shape, on: x0.device) { y in
                for i in 0..<width {
                    var best = x[i]
                    for k in 1..<max(1, count) where !best.isNaN {
                        let other = x[k * width + i]
                        if other.isNaN || (largest ? other > best : other < best) { best = other }
                    }
                    y[i] = best
                }
            }
        }
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map { try (shares(x[0], y) * $0).summed(to: [1] + y.shape).reshaped(y.shape) }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(shares(x[0].value, y.value)) * dy]
    }

    /// For each element its share of the gradient: 0, or 1 over how many are as large.
    private func shares(_ x: Tensor, _ y: Tensor) throws -> Tensor {
        let count = x.shape.first ?? 1
        return try x.withElements { x in
            try y.withElements { best in
                let width = best.count
                return try Tensor(shape: [count] + y.shape, on: y.device) { share in
                    for i in 0..<best.count {
                        func isBest(_ k: Int) -> Bool {
                            x[k * width + i] == best[i] || best[i].isNaN && x[k * width + i].isNaN
                        }
                        let equal = (0..<count).count(where: isBest)
                        for k in 0..<count { share[k * width + i] = isBest(k) ? 1 / Float(max(1, equal)) : 0 }
                    }
                }
            }
        }
    }
}

extension Variable {
    /// Σ self · other.
    public func dot(_ other: Variable) throws -> Variable { try Variable(DotOperation(), [self, other]) }

    /// The length of what several variables hold together.
    public static func norm(_ parts: [Variable]) throws -> Variable { try Variable(EuclideanNormOperation(), parts) }

    /// The largest (or smallest) along the first axis, which disappears.
    public func extreme(largest: Bool) throws -> Variable { try Variable(ExtremeOperation(largest: largest), [self]) }
}
