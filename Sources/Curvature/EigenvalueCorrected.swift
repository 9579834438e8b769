/// EK-FAC as a solver.
import Settings
import Tensors

public struct EigenvalueCorrected: KroneckerSolver {
    public static let name = "ekfac"
    public static let isCorrected = true
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

    public init() {}
}
