/// The exact solution for small problems: the whole matrix, in float64.
import Settings
import Optimizers
import Tensors

public struct ExactInverse: InverseSolver {
    public static let name = "exact"
    public static let summary = """
        Builds H column by column, one product a parameter, and solves in float64. For problems of up to 4096 \
        parameters: the reference that other solvers are held against. H may be indefinite, but H + damping must not \
        be singular.
        """
    /// Beyond this many parameters the matrix is refused.
    public static let largest = 4096

    public var damping = 0.0

    public static var settings: [Setting<Self>] {
        [.number("damping", \.damping, "lambda, added to the diagonal of H")]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let v = system.vector, count = v.count, counter = Counter()
        guard count <= Self.largest else {
            let megabytes = Int((8 * Double(count) * Double(count) / 0x1p20).rounded())
            throw SolverError(
                "exact would need \(count) products and \(megabytes) MiB for a matrix of \(count) x \(count); "
                    + "it is for at most \(Self.largest) parameters. Use cg or woodfisher")
        }
        _ = try system.finiteNorm(for: Self.name)
        let product = try system.damped(0, for: Self.name, counting: counter)
        try v.device.require(bytes: 16 * count * count)
        var matrix = [Double](repeating: 0, count: count * count)
        var basis = [Float](repeating: 0, count: count)
        for column in 0..<count {
            basis[column] = 1
            let image = try product(Tensor(basis, shape: v.shape, on: v.device))
            basis[column] = 0
            // Products are symmetric up to rounding; both halves count the same.
            image.withElements { image in
                for row in 0..<count {
                    matrix[row * count + column] += 0.5 * Double(image[row])
                    matrix[column * count + row] += 0.5 * Double(image[row])
                }
            }
            let stopped = !system.progress(SolverProgress(iteration: column + 1, most: count, residual: nil))
            // Half a matrix solves nothing.
            if stopped { throw TensorError.interrupted }
        }
        for row in 0..<count { matrix[row * count + row] += damping }
        guard let solution = LinearAlgebra.solve(matrix, v.elements.map(Double.init)) else {
            throw SolverError("H + \(damping) I is singular; raise the damping")
        }
        let x = try Tensor(solution.map { Float($0) }, shape: v.shape, on: v.device)
        guard x.isFinite else { throw SolverError("H + \(damping) I is nearly singular; raise the damping") }
        return InverseSolution(
            solution: x, residual: try system.residual(of: x, damping: damping, for: Self.name, counting: counter),
            history: [], iterations: count, products: counter.count, gradients: 0, ending: .finished)
    }
}
