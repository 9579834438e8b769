/// Small dense linear algebra in float64 (LAPACK): what solvers and exact references need.
import COpenBLAS

public enum LinearAlgebra {
    /// Solves A x = b for a symmetric positive definite A (n × n, row-major) by Cholesky; `nil` if A is not.
    public static func solvePositiveDefinite(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        var a = matrix, x = right
        var n = Int32(right.count), one: Int32 = 1, info: Int32 = 0
        guard a.count == right.count * right.count else { return nil }
        dpotrf_("L", &n, &a, &n, &info)
        guard info == 0 else { return nil }
        dpotrs_("L", &n, &one, &a, &n, &x, &n, &info)
        return info == 0 ? x : nil
    }

    /// Solves A x = b for any square A (row-major) by LU; `nil` if A is singular.
    public static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        let size = right.count
        guard matrix.count == size * size else { return nil }
        // LAPACK reads columns: give it the transpose.
        var a = [Double](repeating: 0, count: size * size)
        for i in 0..<size { for j in 0..<size { a[j * size + i] = matrix[i * size + j] } }
        var x = right, pivots = [Int32](repeating: 0, count: size)
        var n = Int32(size), one: Int32 = 1, info: Int32 = 0
        dgesv_(&n, &one, &a, &n, &pivots, &x, &n, &info)
        return info == 0 ? x : nil
    }

    /// Eigenvalues (ascending) and eigenvectors (row i belongs to value i) of a symmetric matrix; `nil` on failure.
    public static func symmetricEigen(_ matrix: [Double], size: Int) -> (values: [Double], vectors: [Double])? {
        guard matrix.count == size * size, size > 0 else { return nil }
        var a = matrix, values = [Double](repeating: 0, count: size)
        var n = Int32(size), info: Int32 = 0, length = Int32(max(1, 34 * size))
        var work = [Double](repeating: 0, count: Int(length))
        dsyev_("V", "U", &n, &a, &n, &values, &work, &length, &info)
        return info == 0 ? (values, a) : nil
    }
}
