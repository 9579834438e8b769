/// The Gauss-Newton diagonal out of squared gradients of drawn labels.
import LanguageModels
import Settings
import Tensors

public struct BartlettDiagonal: MatrixEstimator {
    public static let name = "gnb_diagonal"
    public static let need = CurvatureNeed.layers
    public static let summary = """
        The diagonal of the Gauss-Newton matrix of a model's mean token loss (Gauss-Newton-Bartlett; Liu et al., arXiv \
        2305.14342): labels drawn from the model at all B positions, g the gradient of their mean loss, B g^2, \
        averaged over samples; with the standard error. Unbiased and never negative; one gradient of the data a \
        sample. It squares the sum over the data where fisher_diagonal sums squares, and needs many samples to be as \
        sure.
        """
    public static let finds = "diagonal, error (its standard error), samples"

    public var samples = 8

    public static var settings: [Setting<Self>] { [.count("samples", \.samples, "times that labels are drawn")] }

    public init() {}

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let examples = try source.layers(for: Self.name)
        let diagonal = try DiagonalEstimate.gaussNewtonBartlett(scale: examples.exampleScale, samples: samples) {
            sample in
            try source.examplesProgress(sample, samples)
            return try examples.summedGradient(labels: .sampled(source.generator.stream(UInt64(sample))))
        }
        _ = source.progress(SolverProgress(iteration: samples, most: samples))
        return try CurvatureReport(diagonal, shape: source.shape, gradients: samples * examples.count)
    }
}
