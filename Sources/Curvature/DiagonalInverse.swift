/// H taken for its diagonal.
import Settings
import Optimizers
import Tensors

public struct DiagonalInverse: InverseSolver {
    public static let name = "diagonal"
    public static let usesProducts = false
    public static let summary = """
        Divides by the diagonal of the curvature plus damping: the diagonal of the empirical Fisher, or Hutchinson's \
        estimate u * (H u) averaged over random signs u, whose negative elements count as 0. Cheap, and blind to how \
        parameters act together.
        """

    public enum Estimator: String, CaseIterable, Sendable {
        case fisher, hutchinson
    }

    public var damping = 1e-3
    public var estimator = Estimator.fisher
    public var samples = 128

    public static var settings: [Setting<Self>] {
        [
            .number("damping", \.damping, "lambda, added to the diagonal; above 0", range: "above 0") {
                $0 > 0 && $0.isFinite
            },
            .choice("estimator", \.estimator, "squared gradients of single examples, or random products with H"),
            .count("samples", \.samples, "examples or products"),
        ]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        try requirePositive(damping, for: Self.name)
        _ = try system.finiteNorm(for: Self.name)
        let counter = Counter(), v = system.vector
        var gradients = 0
        let diagonal: Tensor
        switch estimator {
        case .fisher:
            let rows = try system.gradients(atMost: samples, for: Self.name)
            gradients = rows.shape[0]
            diagonal = try DiagonalEstimate.empiricalFisher(rows).reshaped(v.shape)
        case .hutchinson:
            var generator = RandomGenerator(seed: system.seed)
            let product = try system.damped(0, for: Self.name, counting: counter)
            diagonal = try DiagonalEstimate.hutchinson(
                like: v, samples: samples, .signs, from: &generator, progress: system.progress, product: product)
        }
        let divisor = try diagonal.map(.relu).combined(.add, scalar: Float(damping))
        let x = try v / divisor
        return InverseSolution(
            solution: x, residual: try system.residual(of: x, damping: damping, for: Self.name, counting: counter),
            history: [], iterations: 1, products: counter.count, gradients: gradients, ending: .finished)
    }
}
