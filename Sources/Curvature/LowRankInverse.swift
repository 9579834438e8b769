/// The inverse of a low-rank matrix out of H's largest eigenvalues, and damping.
import Settings
import Tensors

public struct LowRankInverse: DirectSolver {
    public static let name = "arnoldi"
    public static let exampleSettings = "rank=2, steps=2, damping=0, project=true"
    public static let summary = """
        H by its `rank` eigenvalues of largest amount, found by Lanczos' iteration (Arnoldi's for a symmetric matrix) \
        from a random start with full reorthogonalisation; the rest counts as 0, so that x = V (E + damping)^-1 V' v + \
        (v - V V' v) / damping. With project=true the second part is left out, as in Schioppa et al. (arXiv \
        2112.03052): only what the eigenvectors see takes part. Done once, it serves many right-hand sides. Where the \
        matrix is that of a model's examples, products are with at most so many of them as examples says.
        """

    public var damping = Damping.auto
    public var rank = 10
    public var steps = 30
    public var project = false
    public var examples = 64

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "lambda, added to the diagonal of H; \"auto\": a tenth of its mean eigenvalue"),
            .count("rank", \.rank, "eigenvalues that are kept"),
            .count("steps", \.steps, "products of the iteration, and vectors in memory; at least the rank"),
            .flag("project", \.project, "leaves out what the kept eigenvectors do not see"),
            .count(
                "examples", \.examples, "the most examples that products are taken with, spread evenly over the data"),
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        let counter = Counter(), source = try source.of(atMost: examples)
        let lambda = try damping.resolved(
            for: Self.name, mustBePositive: !project,
            since:
                "it divides by the damping alone what the eigenvectors it keeps do not see (project=true leaves that out)"
        ) {
            try source.meanEigenvalue(for: Self.name, counting: counter)
        }
        var generator = source.generator
        let lanczos = try Lanczos(
            from: Tensor.normal(source.shape, from: &generator, on: source.device), steps: max(rank, steps),
            progress: source.progress, product: source.products(for: Self.name, counting: counter))
        guard !lanczos.diagonal.isEmpty else { throw TensorError.interrupted }
        let (values, _, vectors) = try lanczos.ritz()
        let chosen = Array(values.indices.sorted { (abs(values[$1]), $0) < (abs(values[$0]), $1) }.prefix(rank))
        let kept = chosen.map { values[$0] }, largest = kept.map(abs).max() ?? 0
        if let bad = kept.first(where: { abs($0 + lambda) <= 1e-7 * largest }) {
            throw SolverError(
                """
                arnoldi cannot invert the eigenvalue \(bad) with damping \(lambda); set damping above \(abs(bad)), or \
                a smaller rank
                """)
        }
        return EigenInverse(
            values: kept, vectors: try lanczos.vectors(chosen, of: vectors), damping: lambda, projects: project,
            products: counter.count, bytes: 4 * source.count * (lanczos.basis.count + chosen.count))
    }
}

private struct EigenInverse: FactorizedInverse {
    let values: [Double]
    let vectors: [Tensor]
    let damping: Double
    let projects: Bool
    let products: Int
    var gradients: Int { 0 }
    let bytes: Int

    func solution(of vector: Tensor) throws -> Tensor {
        let x =
            try projects
            ? Tensor.zeros(vector.shape, on: vector.device)
            : vector.combined(.multiply, scalar: Float(1 / damping))
        for (value, eigenvector) in zip(values, vectors) {
            let share = try eigenvector.dot(vector)
            x.accumulate(eigenvector, times: Float(share * (1 / (value + damping) - (projects ? 0 : 1 / damping))))
        }
        return x
    }
}
