/// K-FAC's and EK-FAC's factors as estimators, layer by layer.
import Settings
import Tensors

public struct KroneckerEstimate: KroneckerEstimator {
    public static let name = "kfac_factors"
    public static let isCorrected = false
    public static let summary = """
        K-FAC's factors of a model's linear layers (Martens & Grosse, arXiv 1503.05671): the mean over positions of \
        the inputs' outer products (with a 1 appended for a bias), and that of the output gradients', with the \
        eigenvalues of their Kronecker product. The layer that gives the logits, embeddings and norms have none.
        """

    public var labels = FisherLabels.sampled
    public var examples = 1024

    public init() {}
}

public struct CorrectedKroneckerEstimate: KroneckerEstimator {
    public static let name = "ekfac_factors"
    public static let isCorrected = true
    public static let summary = """
        EK-FAC's factors of a model's linear layers (George et al., arXiv 1806.03884): those of kfac_factors, with \
        eigenvalues that are the mean squares of single examples' gradients in the factors' eigenbasis.
        """

    public var labels = FisherLabels.sampled
    public var examples = 1024

    public init() {}
}

/// An estimator of Kronecker factors.
public protocol KroneckerEstimator: MatrixEstimator, KroneckerFactorized {}

extension KroneckerEstimator {
    public static var need: CurvatureNeed { .layers }
    public static var finds: String {
        """
        layers (by name: activations [in, in], gradients [out, out], eigenvalues [out, in], and the positions they are \
        means over), mean_eigenvalue
        """
    }
    public static var settings: [Setting<Self>] { factorSettings }

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let chosen = try source.layers(for: Self.name).atMost(examples)
        let factors = try KroneckerFactors.estimate(
            chosen, labels: labels, corrected: Self.isCorrected, seed: source.seed, on: source.device,
            progress: source.examplesProgress)
        let count = factors.reduce(0) { $0 + $1.eigenvalues.count }
        // The sweep meets the last layer first.
        let layers = factors.reversed().map { factor in
            (
                name: factor.layer.name,
                part: CurvatureReport.Part.parts([
                    ("activations", .tensor(factor.activation)), ("gradients", .tensor(factor.gradient)),
                    ("eigenvalues", .tensor(factor.eigenvalues)), ("positions", .number(Double(factor.rows))),
                ])
            )
        }
        return CurvatureReport(
            [
                ("layers", .parts(layers)),
                (
                    "mean_eigenvalue",
                    .number(factors.reduce(0) { $0 + $1.eigenvalues.sum() } / Double(max(1, count)))
                ),
            ], gradients: (Self.isCorrected ? 2 : 1) * chosen.count)
    }
}
