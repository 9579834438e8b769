/// The Fisher diagonal out of squared gradients of single examples.
import LanguageModels
import Settings
import Tensors

/// Whose labels a Fisher matrix is made of.
public enum FisherLabels: String, CaseIterable, Sendable {
    /// The data's: the empirical Fisher.
    case data
    /// Drawn from the model: the true Fisher, for a softmax the Gauss-Newton matrix.
    case sampled

    func source(_ generator: RandomGenerator) -> LabelSource {
        switch self {
        case .data: .data
        case .sampled: .sampled(generator)
        }
    }
}

public struct FisherDiagonal: MatrixEstimator {
    public static let name = "fisher_diagonal"
    public static let need = CurvatureNeed.layers
    public static let summary = """
        The diagonal of the Fisher matrix of a model's mean token loss, from squared gradients of single examples: \
        with labels drawn from the model the true Fisher, which for a softmax is the Gauss-Newton matrix; with the \
        data's own labels the empirical one, which vanishes where the model fits them (Kunstner et al., arXiv \
        1905.12558). The standard error is over the examples.
        """
    public static let finds = "diagonal, error (its standard error), samples (examples)"

    public var labels = FisherLabels.sampled
    public var examples = 1024

    public static var settings: [Setting<Self>] {
        [
            .choice("labels", \.labels, "the data's, or drawn from the model"),
            .count("examples", \.examples, "the most examples, spread evenly over the data"),
        ]
    }

    public init() {}

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let chosen = try source.layers(for: Self.name).atMost(examples)
        let diagonal = try DiagonalEstimate.fisher(
            chosen, labels: labels.source(source.generator), source, for: Self.name)
        return try CurvatureReport(diagonal, shape: source.shape, gradients: chosen.count)
    }
}
