/// H taken for nothing.
import Settings
import Tensors

public struct IdentityInverse: DirectSolver {
    public static let name = "identity"
    public static let need = CurvatureNeed.nothing
    public static let summary = """
        Takes H for 0: x = v / damping. With damping 1 the gradient itself, which makes of influence unlearning a step \
        of gradient ascent, and of influence scores the products of gradients that TracIn adds up (Pruthi et al., \
        arXiv 2002.08484): what every other solver is to do better than.
        """

    public var damping: Damping = 1

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "what v is divided by; \"auto\": a tenth of the mean eigenvalue of H",
                range: "above 0", where: { $0 != 0 })
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        let counter = Counter()
        let lambda = try damping.resolved(
            for: Self.name, mustBePositive: true, since: "that is all it divides by"
        ) {
            try source.meanEigenvalue(for: Self.name, counting: counter)
        }
        return Scaling(damping: lambda, products: counter.count)
    }
}

private struct Scaling: FactorizedInverse {
    let damping: Double
    let products: Int
    var gradients: Int { 0 }
    var bytes: Int { 0 }

    func solution(of vector: Tensor) throws -> Tensor {
        try vector.combined(.multiply, scalar: Float(1 / damping))
    }
}
