/// EK-FAC as a solver.
import Settings
import Tensors

public struct EigenvalueCorrected: DirectSolver {
    public static let name = "ekfac"
    public static let need = CurvatureNeed.layers
    public static let summary = """
        The inverse of EK-FAC's Fisher matrix (George et al., arXiv 1806.03884; for influence functions Grosse et al., \
        arXiv 2308.03296): the eigenvectors of K-FAC's factors, and along each product of them the mean square of \
        single examples' gradients instead of a product of eigenvalues. Which parameters have factors, labels and \
        others are as in kfac. Two passes over the data.
        """

    public var damping = Damping.auto
    public var labels = FisherLabels.sampled
    public var examples = 1024
    public var others = OtherParameters.fixed

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "lambda, added to the eigenvalues; \"auto\": a tenth of their mean",
                range: "above 0", where: { $0 != 0 }),
            .choice("labels", \.labels, "whose labels the gradients have: drawn from the model, or the data's"),
            .count("examples", \.examples, "the most examples, spread evenly over the data"),
            .choice("others", \.others, "parameters of no linear layer: left where they are, or by their diagonal"),
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        try KroneckerInverse(
            source, Self.name, damping: damping, labels: labels, most: examples, others: others, corrected: true)
    }
}
