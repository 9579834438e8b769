/// What solvers on products share: their settings, what they start from, and how a user stops them.
import Settings
import Tensors

/// A solver that takes one product with H + λI an iteration.
public protocol IterativeSolver: InverseSolver {
    /// The most iterations.
    var steps: Int { get set }
    /// The relative residual at which to stop.
    var tolerance: Double { get set }
}

extension IterativeSolver {
    static var dampingSetting: Setting<Self> {
        .number("damping", \.damping, "lambda, added to the diagonal of H; \"auto\": a tenth of its mean eigenvalue")
    }
    static var stepsSetting: Setting<Self> { .count("steps", \.steps, "the most iterations") }

    public static var settings: [Setting<Self>] {
        [dampingSetting, stepsSetting, .number("tolerance", \.tolerance, "relative residual at which to stop")]
    }

    /// λ, ‖v‖, and products that are counted.
    func begin(_ system: CurvatureSystem) throws -> SolverStart {
        let counter = Counter()
        let lambda = try damping.resolved(for: Self.name) {
            try system.source.meanEigenvalue(for: Self.name, counting: counter)
        }
        return SolverStart(
            vector: system.vector, norm: try system.finiteNorm(for: Self.name), damping: lambda, counter: counter,
            product: try system.damped(lambda, for: Self.name, counting: counter))
    }
}

/// The system (H + λI) x = v as an iteration meets it.
struct SolverStart {
    /// v, and its length.
    let vector: Tensor
    let norm: Double
    /// λ.
    let damping: Double
    let counter: Counter
    let product: (Tensor) throws -> Tensor

    /// p ↦ (H + λI) p; nil where the user stopped it, who then gets what the products before it came to.
    func productUnlessStopped(_ p: Tensor) throws -> Tensor? {
        do { return try product(p) } catch TensorError.interrupted { return nil }
    }

    /// v − (H + λI) x; nil where the user stopped it.
    func residualUnlessStopped(_ x: Tensor) throws -> Tensor? {
        try productUnlessStopped(x).map { try vector.combined(1, $0, -1) }
    }
}
