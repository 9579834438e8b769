// What general optimizers do to all parameters at once.
import Tensors

extension Tensor {
    /// These numbers less a share of them, where weight decay applies: p − share p.
    func shrunk(by share: Double, in ranges: [Range<Int>]?) throws -> Tensor {
        guard share != 0 else { return self }
        let kept = Float(1 - share)
        guard let ranges else { return try combined(.multiply, scalar: kept) }
        return try Tensor(shape: shape, on: device) { target in
            withElements { source in
                _ = target.initialize(from: source)
                for range in ranges { for place in range { target[place] *= kept } }
            }
        }
    }

    /// p + factor · direction.
    func moved(along direction: Tensor, by factor: Double) throws -> Tensor {
        try combined(1, direction, Float(factor))
    }

    /// Elementwise this / (divisor + epsilon), and 0 for 0 / 0: with epsilon 0, what never had a gradient stays where it
    /// is.
    func quotient(_ divisor: Tensor, epsilon: Double) throws -> Tensor {
        guard epsilon == 0 else { return try self / divisor.combined(.add, scalar: Float(epsilon)) }
        let empty = try combined(.equal, scalar: 0) * divisor.combined(.equal, scalar: 0)
        return try self / (divisor + empty)
    }

    /// The moving average of this and a new tensor: β old + (1 − β) new.
    func averaged(with new: Tensor, past beta: Double) throws -> Tensor {
        try combined(Float(beta), new, Float(1 - beta))
    }

    /// This without its part along `other` where the two point against each other: g − min(0, ⟨g, o⟩) o / ‖o‖².
    func rectified(against other: Tensor) throws -> Tensor {
        let length = try other.dot(other), product = try dot(other)
        guard product < 0, length > 0 else { return self }
        return try moved(along: other, by: -product / length)
    }
}
