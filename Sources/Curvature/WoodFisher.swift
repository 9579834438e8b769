/// The inverse of the empirical Fisher of M examples, by Woodbury's identity and by WoodFisher's recursion.
import Settings
import Optimizers
import Tensors

public struct WoodFisher: InverseSolver {
    public static let name = "woodfisher"
    public static let usesProducts = false
    public static let exampleSettings = "damping=1"
    public static let summary = """
        The inverse of the empirical Fisher F = G'G/M of M examples' gradients G, plus damping, exactly: by Woodbury's \
        identity, (v - G'(M damping I + GG')^-1 G v) / damping, one M x M solve in float64. The recursion of \
        WoodFisher (Singh & Alistarh, arXiv 2004.14340) gives the same vector. The residual tells how far F is from \
        the Hessian whose products the system has.
        """

    public var damping = 1e-3
    public var examples = 128

    public static var settings: [Setting<Self>] {
        [
            .number("damping", \.damping, "lambda, added to the diagonal of F; above 0", range: "above 0") {
                $0 > 0 && $0.isFinite
            },
            .count("examples", \.examples, "the most examples, spread evenly over the data"),
        ]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        _ = try system.finiteNorm(for: Self.name)
        let gradients = try system.gradients(atMost: examples, for: Self.name), counter = Counter()
        let (flat, products) = try Self.solved(
            gradients, system.vector.reshaped([system.vector.count]), damping: damping)
        let x = try flat.reshaped(system.vector.shape)
        let residual =
            try system.residual(of: x, damping: damping, for: Self.name, counting: counter)
            ?? EmpiricalFisher(gradients).residual(of: x, products, vector: system.vector, damping: damping)
        return InverseSolution(
            solution: x, residual: residual, history: [], iterations: 1, products: counter.count,
            gradients: gradients.shape[0], ending: .finished)
    }

    /// (λI + GᵀG/M)⁻¹ v for G [M, P] and v [P].
    public static func woodbury(_ gradients: Tensor, _ vector: Tensor, damping: Double) throws -> Tensor {
        try solved(gradients, vector, damping: damping).vector
    }

    /// The same, and its products with the gradients.
    private static func solved(
        _ gradients: Tensor, _ vector: Tensor, damping: Double
    ) throws -> (vector: Tensor, products: [Double]) {
        try requirePositive(damping, for: name)
        let fisher = EmpiricalFisher(gradients), examples = fisher.examples
        var gram = try fisher.gram()
        for row in 0..<examples { gram[row * examples + row] += Double(examples) * damping }
        func weights(_ products: [Double]) throws -> [Double] {
            guard let weights = LinearAlgebra.solvePositiveDefinite(gram, products) else {
                throw SolverError(
                    "the Fisher of \(examples) examples cannot be factorised with damping \(damping); raise the damping"
                )
            }
            return weights
        }
        let inverse = Float(1 / damping)
        let x = try fisher.combination(of: weights(fisher.products(with: vector)), -inverse, plus: vector, inverse)
        // Where F is far above the damping, v − Gᵀ… cancels; solving once more for what is left mends it.
        let rest = try fisher.combination(
            of: x.products, -1 / Float(examples), plus: vector.combined(1, x.vector, Float(-damping)), 1)
        return try fisher.combination(
            of: weights(rest.products), -inverse, plus: x.vector.combined(1, rest.vector, inverse), 1)
    }

    /// The same by rank-one updates F⁻¹ ← F⁻¹ − F⁻¹g gᵀF⁻¹/(M + gᵀF⁻¹g), one an example: M² products of vectors.
    public static func recursion(_ gradients: Tensor, _ vector: Tensor, damping: Double) throws -> Tensor {
        try requirePositive(damping, for: name)
        let examples = gradients.shape[0]
        // What each update took off: u = F⁻¹g at its time, and M + gᵀu.
        var taken: [(u: Tensor, scale: Double)] = []
        func inverse(_ right: Tensor) throws -> Tensor {
            let result = try right.combined(.multiply, scalar: Float(1 / damping))
            for update in taken {
                result.accumulate(update.u, times: Float(-(try update.u.dot(right)) / update.scale))
            }
            return result
        }
        for row in 0..<examples {
            try vector.device.cancellation.check()
            let gradient = gradients.segment(row * vector.count, shape: vector.shape)
            let u = try inverse(gradient)
            taken.append((u, Double(examples) + (try gradient.dot(u))))
        }
        return try inverse(vector)
    }
}
