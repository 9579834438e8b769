/// H taken for its diagonal.
import LanguageModels
import Settings
import Tensors

public struct DiagonalInverse: DirectSolver {
    public static let name = "diagonal"
    public static let need = CurvatureNeed.gradients
    public static let summary = """
        Becker & LeCun (1989): divides by the diagonal of the curvature plus damping: the diagonal of the empirical \
        Fisher, or of the true one (labels drawn from the model), or Hutchinson's estimate u * (H u) averaged over \
        random signs u, whose negative elements count as 0. Cheap, and blind to how parameters act together.
        """

    public enum Estimator: String, CaseIterable, Sendable {
        case fisher, hutchinson
        case trueFisher = "true_fisher"
    }

    public var damping = Damping.auto
    public var estimator = Estimator.fisher
    public var samples = 128

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "lambda, added to the diagonal; \"auto\": a tenth of its mean", range: "above 0",
                where: { $0 != 0 }),
            .choice(
                "estimator", \.estimator,
                "squared gradients of single examples, random products with H, or squared gradients of drawn labels"),
            .count("samples", \.samples, "examples or products"),
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        let counter = Counter()
        var gradients = 0
        let diagonal: Tensor
        switch estimator {
        case .fisher:
            let rows = try source.gradients(atMost: samples, for: Self.name)
            gradients = rows.shape[0]
            diagonal = try DiagonalEstimate.empiricalFisher(rows)
        case .trueFisher:
            let examples = try source.layers(for: Self.name).atMost(samples)
            gradients = examples.count
            diagonal = try DiagonalEstimate.fisher(
                examples, labels: .sampled(source.generator), source, for: Self.name
            ).mean
        case .hutchinson:
            var generator = source.generator
            diagonal = try DiagonalEstimate.hutchinson(
                like: Tensor.zeros(source.shape, on: source.device), samples: samples, .signs, from: &generator,
                progress: source.progress, product: source.products(for: Self.name, counting: counter)
            ).mean
        }
        let positive = try diagonal.map(.relu)
        let lambda = try damping.resolved(for: Self.name, mustBePositive: true) { positive.mean() }
        return DiagonalFactors(
            divisor: try positive.combined(.add, scalar: Float(lambda)), damping: lambda, products: counter.count,
            gradients: gradients)
    }
}

private struct DiagonalFactors: FactorizedInverse {
    let divisor: Tensor
    let damping: Double
    let products, gradients: Int
    var bytes: Int { 4 * divisor.count }

    func solution(of vector: Tensor) throws -> Tensor { try vector / divisor.reshaped(vector.shape) }
}
