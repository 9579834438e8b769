/// What an iteration has to show for itself: the iterate whose measured residual is the least.
import Tensors

/// The best x so far by a residual that was measured with an exact product. At first x = 0, whose residual is 1:
/// no solver answers worse.
struct BestIterate {
    private(set) var x: Tensor
    private(set) var residual = 1.0

    init(_ start: SolverStart) throws { x = try Tensor.zeros(start.vector.shape, on: start.vector.device) }

    mutating func offer(_ candidate: Tensor, _ measured: Double) {
        // Where both are as good the later one stands.
        if measured <= residual { (x, residual) = (candidate, measured) }
    }
}

extension SolverStart {
    /// Iterations between two measured residuals: a tenth of the products.
    static let interval = 10

    /// Whether what was measured shows that the recurrence no longer knows where it stands.
    static func disagrees(_ measured: Double, _ believed: Double, tolerance: Double) -> Bool {
        !(measured <= max(2 * believed, 10 * tolerance))
    }

    /// Refuses a matrix that is not symmetric, as far as two vectors and their images show: pᵀHq = qᵀHp.
    func requireSymmetric(
        _ p: Tensor, _ image: Tensor, _ q: Tensor, _ other: Tensor, for solver: String
    ) throws {
        let left = try p.dot(other), right = try q.dot(image)
        let size = max(p.norm() * other.norm(), q.norm() * image.norm())
        guard abs(left - right) > 1e-3 * size else { return }
        throw SolverError(
            """
            \(solver) needs a symmetric matrix, as a curvature is; this one has p'Hq = \(left) and q'Hp = \(right) for \
            vectors p and q it met. Mend the product, or give its symmetric part: (H v + H' v) / 2
            """)
    }
}
