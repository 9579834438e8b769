/// The diagonal by random products.
import Settings
import Tensors

public struct HutchinsonDiagonal: MatrixEstimator {
    public static let name = "hutchinson_diagonal"
    public static let need = CurvatureNeed.products
    public static let summary = """
        The diagonal of H as the mean of u * (H u) over random u, with its standard error (Hutchinson 1990; Bekas et \
        al. 2007). Unbiased for any symmetric H. With signs the error comes from what lies off the diagonal alone: \
        the variance of element i is the sum of H_ij^2 over j other than i, over the number of samples.
        """
    public static let finds = "diagonal, error (its standard error), samples"

    public var samples = 16
    public var probes = ProbeDistribution.signs

    public static var settings: [Setting<Self>] {
        [
            .count("samples", \.samples, "random products"),
            .choice("probes", \.probes, "elements of u: random signs, or normal numbers"),
        ]
    }

    public init() {}

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let counter = Counter()
        var generator = source.generator
        let diagonal = try DiagonalEstimate.hutchinson(
            like: Tensor.zeros(source.shape, on: source.device), samples: samples, probes, from: &generator,
            progress: source.progress, product: source.products(for: Self.name, counting: counter))
        return try CurvatureReport(diagonal, shape: source.shape, products: counter.count)
    }
}
