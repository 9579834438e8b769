/// What K-FAC and EK-FAC share: whose gradients their factors are made of, and what an inverse of them leaves alone.
import Settings
import Tensors

/// Whatever estimates Kronecker factors of a model's linear layers.
public protocol KroneckerFactorized: Configurable {
    /// Whether eigenvalues are measured along the factors' eigenvectors (EK-FAC), not products of theirs.
    static var isCorrected: Bool { get }
    var labels: FisherLabels { get set }
    /// At most so many examples make the factors.
    var examples: Int { get set }
}

extension KroneckerFactorized {
    static var factorSettings: [Setting<Self>] {
        [
            .choice("labels", \.labels, "whose labels the gradients have: drawn from the model, or the data's"),
            .count("examples", \.examples, "the most examples, spread evenly over the data"),
        ]
    }
}

/// A solver by Kronecker factors.
public protocol KroneckerSolver: DirectSolver, KroneckerFactorized {
    var others: OtherParameters { get set }
}

extension KroneckerSolver {
    public static var need: CurvatureNeed { .layers }
    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping,
                """
                lambda, added to the eigenvalues; "auto": a tenth of their mean over all layers, one number for all, \
                where kronfluence's heuristic takes each module's own mean
                """, range: "above 0", where: { $0 != 0 })
        ] + factorSettings + [
            .choice("others", \.others, "parameters of no linear layer: left where they are, or by their diagonal")
        ]
    }

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse { try inverse(source) }

    /// The same, for those who keep it.
    public func inverse(_ source: CurvatureSource) throws -> KroneckerInverse {
        try KroneckerInverse(
            source, Self.name, damping: damping, labels: labels, most: examples, others: others,
            corrected: Self.isCorrected)
    }
}
