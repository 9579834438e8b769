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
}

/// A = P L U of a square matrix, for many right-hand sides.
public struct LUFactors: Sendable {
    private let factors: [Double]
    private let pivots: [Int32]
    /// n.
    public let size: Int

    /// - Parameter matrix: n × n, row-major.
    /// - Returns: `nil` where it is singular.
    public init?(_ matrix: [Double], size: Int) {
        guard size > 0, matrix.count == size * size else { return nil }
        // Read by columns this is the transpose, which `solve` knows.
        var a = matrix, pivots = [Int32](repeating: 0, count: size), n = Int32(size), info: Int32 = 0
        dgetrf_(&n, &n, &a, &n, &pivots, &info)
        guard info == 0 else { return nil }
        self.size = size
        self.pivots = pivots
        factors = a
    }

    /// x with A x = b; `nil` for a b of another length.
    public func solve(_ right: [Double]) -> [Double]? {
        guard right.count == size else { return nil }
        var x = right, n = Int32(size), one: Int32 = 1, info: Int32 = 0
        dgetrs_("T", &n, &one, factors, &n, pivots, &x, &n, &info)
        return info == 0 ? x : nil
    }
}
