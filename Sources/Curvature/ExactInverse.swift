/// The exact solution for small problems: the whole matrix, in float64.
import Settings
import Tensors

public struct ExactInverse: DirectSolver {
    public static let name = "exact"
    public static let summary = """
        Newton as in Koh & Liang 2017, with nothing left out: builds H column by column, one product a parameter, and \
        solves in float64. For problems of up to 4096 parameters: the reference that other solvers are held against. H \
        may be indefinite, but H + damping must not be singular. Unless damping is set, there is none where float32's \
        products tell H from a singular matrix; a network's curvature is one, and gets a tenth of its mean eigenvalue.
        """
    /// Beyond this many parameters the matrix is refused.
    public static let largest = 4096

    public var damping = Damping.needed
    /// An inverse condition below which products in float32 cannot tell a matrix from a singular one.
    private static let least = 1e-7

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping,
                """
                lambda, added to the diagonal of H; "auto": a tenth of its mean eigenvalue; "needed": 0, or that \
                tenth where H is singular
                """, words: ["auto", "needed"])
        ]
    }

    public init() {}

    public func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse {
        let count = source.count, counter = Counter()
        var matrix = try DenseCurvature.matrix(source, for: Self.name, counting: counter)
        let mean = (0..<count).reduce(0) { $0 + matrix[$1 * (count + 1)] } / Double(max(1, count))
        if damping == .needed {
            if let factors = try LUFactors(matrix, size: count, on: source.device),
                factors.reciprocalCondition > Self.least
            {
                return LUInverse(factors: factors, damping: 0, products: counter.count)
            }
            guard mean > 0 else { throw ExactInverse.singular(matrix, count, 0, source) }
        }
        let lambda = try damping.resolved(for: Self.name) { mean }
        for row in 0..<count { matrix[row * (count + 1)] += lambda }
        guard let factors = try LUFactors(matrix, size: count, on: source.device) else {
            throw ExactInverse.singular(matrix, count, lambda, source)
        }
        return LUInverse(factors: factors, damping: lambda, products: counter.count)
    }

    /// Names the damping that would cure it, where that is quickly found.
    fileprivate static func singular(
        _ damped: [Double], _ count: Int, _ damping: Double, _ source: CurvatureSource
    ) -> SolverError {
        let eigen =
            count <= 1024
            ? try? SymmetricEigen(damped, size: count, vectors: false, on: source.device) : nil
        guard let values = eigen?.values, let least = values.first, let most = values.last else {
            return SolverError("H + \(damping) I is singular; raise the damping")
        }
        guard let cure = SpectrumEdges.curing(least: least, most: most, damping: damping, margin: 1e-3) else {
            return SolverError("H is singular, it is 0: any damping above 0 would cure it, and give v / damping")
        }
        return SolverError(
            "H + \(damping) I is singular: its eigenvalues lie from \(least) to \(most); damping \(cure) would cure it")
    }
}

private struct LUInverse: FactorizedInverse {
    let factors: LUFactors
    let damping: Double
    let products: Int
    var gradients: Int { 0 }
    var bytes: Int { 8 * factors.size * factors.size }

    func solution(of vector: Tensor) throws -> Tensor {
        guard let x = factors.solve(vector.elements.map(Double.init)) else {
            throw SolverError("a vector of \(vector.count) numbers does not fit a matrix of \(factors.size) rows")
        }
        let solution = try Tensor(x.map { Float($0) }, shape: vector.shape, on: vector.device)
        guard solution.isFinite else {
            throw SolverError("H + \(damping) I is nearly singular; raise the damping")
        }
        return solution
    }
}

/// A curvature matrix in full.
public enum DenseCurvature {
    /// H [P × P] by one product a parameter, its two halves averaged.
    /// - Throws: `SolverError` for one whose halves differ by more than rounding.
    static func matrix(_ source: CurvatureSource, for name: String, counting counter: Counter) throws -> [Double] {
        let count = source.count
        guard count <= ExactInverse.largest else {
            let megabytes = Int((8 * Double(count) * Double(count) / 0x1p20).rounded())
            throw SolverError(
                "\(name) would need \(count) products and \(megabytes) MiB for a matrix of \(count) x \(count); "
                    + "it is for at most \(ExactInverse.largest) parameters. Use cg or woodfisher")
        }
        let product = try source.products(for: name, counting: counter)
        try source.device.require(bytes: 16 * count * count)
        var matrix = [Double](repeating: 0, count: count * count)
        var basis = [Float](repeating: 0, count: count)
        for column in 0..<count {
            basis[column] = 1
            let image = try product(Tensor(basis, shape: source.shape, on: source.device))
            basis[column] = 0
            image.withElements { image in
                for row in 0..<count { matrix[row * count + column] = Double(image[row]) }
            }
            // Half a matrix solves nothing.
            if !source.progress(SolverProgress(iteration: column + 1, most: count)) { throw TensorError.interrupted }
        }
        // Products are symmetric up to rounding; both halves count the same.
        var difference = 0.0, largest = 0.0
        for row in 0..<count {
            largest = max(largest, abs(matrix[row * count + row]))
            for column in 0..<row {
                let (one, other) = (matrix[row * count + column], matrix[column * count + row])
                difference = max(difference, abs(one - other))
                largest = max(largest, abs(one), abs(other))
                let mean = 0.5 * (one + other)
                (matrix[row * count + column], matrix[column * count + row]) = (mean, mean)
            }
        }
        guard difference <= 1e-3 * largest else {
            throw SolverError(
                """
                \(name) needs a symmetric matrix, as a curvature is; this one differs from its transpose by up to \
                \(Float(difference)), where its largest number is \(Float(largest)). Mend the product, give its \
                symmetric part, or solve(A, b) for a matrix A that is not symmetric
                """)
        }
        return matrix
    }

    /// H [P, P] as a tensor.
    public static func matrix(_ source: CurvatureSource, for name: String) throws -> Tensor {
        let matrix = try matrix(source, for: name, counting: Counter())
        return try Tensor(matrix.map { Float($0) }, shape: [source.count, source.count], on: source.device)
    }
}
