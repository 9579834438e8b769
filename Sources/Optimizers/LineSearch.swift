/// Armijo's backtracking: how far to go along a direction.
import Tensors

struct LineSearch {
    /// The share of the decrease promised by the slope that has to come.
    static let share = 1e-4
    static let most = 30

    /// The first of rate, rate/2, rate/4, … for which f falls as f(p + α d) ≤ f(p) + 10⁻⁴ α ⟨g, d⟩; 0 where none of them
    /// does.
    /// - Parameters:
    ///   - value: f(p), where it is known.
    ///   - slope: ⟨g, d⟩ < 0.
    static func length(
        from point: Tensor, along direction: Tensor, slope: Double, rate: Double, value: Double?, _ loss: LossAccess
    ) throws -> Double {
        let before = try value ?? loss.value(at: point)
        var length = rate
        for _ in 0..<most {
            let after = try loss.value(at: point.moved(along: direction, by: length))
            if after.isFinite, after <= before + share * length * slope { return length }
            length /= 2
        }
        return 0
    }
}
