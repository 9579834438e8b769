/// K-FAC as a solver.
import Settings
import Tensors

public struct KroneckerFactored: DirectSolver {
    public static let name = "kfac"
    public static let need = CurvatureNeed.layers
    public static let summary = """
        The inverse of K-FAC's Fisher matrix (Martens & Grosse, arXiv 1503.05671): for each linear layer the Kronecker \
        product of A, the mean over positions of its inputs' outer products, and G, that of its output gradients'. \
        A bias counts as a column of W whose input is 1. Embeddings, norms and the layer that gives the logits (its G \
        would be vocabulary x vocabulary) have no factors: others="fixed" leaves them where they are, "diagonal" \
        divides by their Fisher diagonal. labels="sampled" makes the true Fisher, which is the Gauss-Newton matrix; \
        "data" the empirical one. One pass over the data.
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
            source, Self.name, damping: damping, labels: labels, most: examples, others: others, corrected: false)
    }
}
