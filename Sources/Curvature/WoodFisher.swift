/// The inverse of the empirical Fisher of M examples, by Woodbury's identity and by WoodFisher's recursion.
import Settings
import Tensors

public struct WoodFisher: DirectSolver {
    public static let name = "woodfisher"
    public static let need = CurvatureNeed.gradients
    public static let exampleSettings = "damping=1"
    public static let summary = """
        The inverse of the empirical Fisher F = G'G/M of M examples' gradients G, plus damping, exactly: by Woodbury's \
        identity, (v - G'(M damping I + GG')^-1 G v) / damping, one M x M solve in float64. The recursion of \
        WoodFisher (Singh & Alistarh, arXiv 2004.14340) gives the same vector. The residual tells how far F is from \
        the Hessian whose products the system has.
        """

    public var damping = Damping.auto
    public var examples = 128

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "lambda, added to the diagonal of F; \"auto\": a tenth of its mean eigenvalue",
                range: "above 0", where: { $0 != 0 }),
            .count("examples", \.examples, "the most examples, spread evenly over the data"),
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        try woodbury(source)
    }

    private func woodbury(_ source: CurvatureSource) throws -> WoodburyInverse {
        try WoodburyInverse(source.gradients(atMost: examples, for: Self.name), damping)
    }

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        _ = try system.finiteNorm(for: Self.name)
        let inverse = try woodbury(system.source), counter = Counter()
        let (flat, products) = try inverse.solved(system.vector.reshaped([system.vector.count]))
        let x = try flat.reshaped(system.vector.shape), lambda = inverse.damping
        // Without products the matrix that was inverted is all there is.
        let residual =
            try system.residual(of: x, damping: lambda, for: Self.name, counting: counter)
            ?? inverse.fisher.residual(of: x, products, vector: system.vector, damping: lambda)
        return InverseSolution(
            solution: x, residual: residual, history: [], iterations: 1, products: counter.count,
            gradients: inverse.gradients, ending: .finished, damping: lambda, bytes: inverse.bytes)
    }

    /// (λI + GᵀG/M)⁻¹ v for G [M, P] and v [P].
    public static func woodbury(_ gradients: Tensor, _ vector: Tensor, damping: Double) throws -> Tensor {
        try WoodburyInverse(gradients, .value(damping)).solved(vector).vector
    }

    /// The same by rank-one updates F⁻¹ ← F⁻¹ − F⁻¹g gᵀF⁻¹/(M + gᵀF⁻¹g), one an example: M² products of vectors.
    public static func recursion(_ gradients: Tensor, _ vector: Tensor, damping: Double) throws -> Tensor {
        let damping = try Damping.value(damping).resolved(for: name, mustBePositive: true) { 0 }
        let examples = gradients.shape[0]
        // What each update took off: u = F⁻¹g at its time, and M + gᵀu.
        var taken: [(u: Tensor, scale: Double)] = []
        func inverse(_ right: Tensor) throws -> Tensor {
            let result = try right.combined(.multiply, scalar: Float(1 / damping))
            for update in taken {
                result.accumulate(update.u, times: Float(-(try update.u.dot(right)) / update.scale))
            }
            return result
        }
        for row in 0..<examples {
            try vector.device.cancellation.check()
            let gradient = gradients.segment(row * vector.count, shape: vector.shape)
            let u = try inverse(gradient)
            taken.append((u, Double(examples) + (try gradient.dot(u))))
        }
        return try inverse(vector)
    }
}

/// Woodbury's identity for the gradients of some examples.
struct WoodburyInverse: FactorizedInverse {
    let fisher: EmpiricalFisher
    let damping: Double
    /// M λ I + GGᵀ.
    private let gram: [Double]

    init(_ gradients: Tensor, _ damping: Damping) throws {
        fisher = EmpiricalFisher(gradients)
        let examples = fisher.examples
        var gram = try fisher.gram()
        let trace = (0..<examples).reduce(0) { $0 + gram[$1 * (examples + 1)] }
        self.damping = try damping.resolved(for: WoodFisher.name, mustBePositive: true) {
            trace / Double(examples) / Double(max(1, gradients.shape[1]))
        }
        for row in 0..<examples { gram[row * (examples + 1)] += Double(examples) * self.damping }
        self.gram = gram
    }

    var products: Int { 0 }
    var gradients: Int { fisher.examples }
    var bytes: Int { 4 * fisher.gradients.count + 8 * gram.count }

    func solution(of vector: Tensor) throws -> Tensor {
        try solved(vector.reshaped([vector.count])).vector.reshaped(vector.shape)
    }

    /// x for a v [P], and its products with the gradients.
    func solved(_ vector: Tensor) throws -> (vector: Tensor, products: [Double]) {
        func weights(_ products: [Double]) throws -> [Double] {
            guard let weights = LinearAlgebra.solvePositiveDefinite(gram, products) else {
                throw SolverError(
                    """
                    the Fisher of \(fisher.examples) examples cannot be factorised with damping \(damping); raise the \
                    damping
                    """)
            }
            return weights
        }
        let inverse = Float(1 / damping)
        let x = try fisher.combination(of: weights(fisher.products(with: vector)), -inverse, plus: vector, inverse)
        // Where F is far above the damping, v − Gᵀ… cancels; solving once more for what is left mends it.
        let rest = try fisher.combination(
            of: x.products, -1 / Float(fisher.examples), plus: vector.combined(1, x.vector, Float(-damping)), 1)
        return try fisher.combination(
            of: weights(rest.products), -inverse, plus: x.vector.combined(1, rest.vector, inverse), 1)
    }
}
