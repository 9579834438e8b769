/// Eigenvalues and eigenvectors of symmetric matrices in float64 (LAPACK).
import COpenBLAS

/// A = Vᵀ diag(values) V of a symmetric matrix A, with the eigenvectors as rows of V.
public struct SymmetricEigen: Sendable {
    /// Ascending.
    public let values: [Double]
    /// V [n × n, row-major]; row i belongs to value i. Empty where only values were asked for.
    public let vectors: [Double]
    /// n.
    public let size: Int

    /// LAPACK's divide and conquer (`dsytrd`, `dstedc`, `dormtr`: what `dsyevd` consists of), on the calling thread.
    /// - Parameters:
    ///   - matrix: n × n numbers, of which one triangle counts.
    ///   - cancellation: polled between the stages, which take about 4/3 n³, up to 4 n³ and 2 n³ operations.
    /// - Throws: `TensorError.invalid` for numbers that are not finite, or that do not fill a square;
    ///   `TensorError.interrupted`.
    public init(_ matrix: [Double], size: Int, vectors wanted: Bool = true, cancellation: Cancellation? = nil) throws {
        guard size >= 0, matrix.count == size * size else {
            throw TensorError.invalid("\(matrix.count) numbers are no matrix of \(size) x \(size)")
        }
        guard size <= SymmetricEigen.largest else {
            throw TensorError.invalid(
                "a matrix of \(size) x \(size) is too large for its eigenvalues; the most is \(SymmetricEigen.largest)")
        }
        self.size = size
        guard size > 0 else {
            (values, vectors) = ([], [])
            return
        }
        guard matrix.allSatisfy(\.isFinite) else {
            throw TensorError.invalid("a matrix with numbers that are not finite has no eigenvalues")
        }
        try cancellation?.check()
        // LAPACK reads columns; a symmetric matrix has the same rows.
        var a = matrix, n = Int32(size), info: Int32 = 0
        var diagonal = [Double](repeating: 0, count: size), beside = diagonal, scales = diagonal
        var work = [Double](repeating: 0, count: 64 * size), length = Int32(work.count)
        dsytrd_("L", &n, &a, &n, &diagonal, &beside, &scales, &work, &length, &info)
        try SymmetricEigen.require(info)
        try cancellation?.check()
        guard wanted else {
            dsterf_(&n, &diagonal, &beside, &info)
            try SymmetricEigen.require(info)
            (values, vectors) = (diagonal, [])
            return
        }
        var z = [Double](repeating: 0, count: size * size)
        var more = [Double](repeating: 0, count: 1 + 4 * size + size * size), whole = Int32(more.count)
        var integers = [Int32](repeating: 0, count: 3 + 5 * size), integerCount = Int32(integers.count)
        dstedc_("I", &n, &diagonal, &beside, &z, &n, &more, &whole, &integers, &integerCount, &info)
        try SymmetricEigen.require(info)
        try cancellation?.check()
        dormtr_("L", "L", "N", &n, &n, &a, &n, &scales, &z, &n, &work, &length, &info)
        try SymmetricEigen.require(info)
        (values, vectors) = (diagonal, z)
    }

    init(values: [Double], vectors: [Double], size: Int) {
        (self.values, self.vectors, self.size) = (values, vectors, size)
    }

    /// Beyond this many rows LAPACK's 32-bit counts do not reach.
    public static let largest = 30_000

    private static func require(_ info: Int32) throws {
        guard info == 0 else {
            throw TensorError.invalid("the eigenvalues of this matrix were not found (LAPACK says \(info))")
        }
    }
}
