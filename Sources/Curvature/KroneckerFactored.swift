/// K-FAC as a solver.
import Settings
import Tensors

public struct KroneckerFactored: KroneckerSolver {
    public static let name = "kfac"
    public static let isCorrected = false
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

    public init() {}
}
