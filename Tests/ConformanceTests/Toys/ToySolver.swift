// A solver from outside its module.
import Curvature
import Settings
import Tensors

/// Richardson's iteration x ← x + rate (v − (H + λ) x).
struct ToySolver: InverseSolver {
    static let name = "toy_solver"
    static let summary = "A toy: x moves by rate times what is left of v - (H + damping) x, again and again."
    static let exampleSettings = "damping=0, rate=0.25"

    var damping: Damping = 0
    var rate = 0.1
    var steps = 50

    static var settings: [Setting<Self>] {
        [
            .number("damping", \.damping, "lambda, added to the diagonal of H"),
            .number("rate", \.rate, "how far x moves"),
            .count("steps", \.steps, "iterations"),
        ]
    }

    func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        guard let product = system.product, case .value(let lambda) = damping else {
            throw SolverError("`toy_solver` needs products with H, and a number for its damping")
        }
        var x = try Tensor.zeros(system.vector.shape, on: system.vector.device)
        var left = system.vector
        for _ in 0..<steps {
            x = try x.combined(1, left, Float(rate))
            left = try system.vector - product(x).reshaped(x.shape).combined(1, x, Float(lambda))
        }
        return InverseSolution(
            solution: x, residual: left.norm() / system.vector.norm(), iterations: steps, products: steps,
            ending: .limit)
    }
}
