/// Small dense linear algebra in float64 (LAPACK): what solvers and exact references need.
import COpenBLAS
import Glibc

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
    /// ‖A‖ (the largest sum of a column's absolute values).
    private let norm: Double

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
        norm = (0..<size).reduce(0) { most, row in
            max(most, matrix[(row * size)..<((row + 1) * size)].reduce(0) { $0 + abs($1) })
        }
    }

    /// All that it is made of, as numbers.
    var numbers: [Double] { factors + pivots.map(Double.init) + [norm] }

    /// - Parameter numbers: those of factors of that size.
    init?(numbers: [Double], size: Int) {
        guard size > 0, numbers.count == size * size + size + 1 else { return nil }
        factors = Array(numbers[..<(size * size)])
        pivots = numbers[(size * size)...].dropLast().map { Int32($0) }
        norm = numbers[numbers.count - 1]
        self.size = size
    }

    /// x with A x = b; `nil` for a b of another length.
    public func solve(_ right: [Double]) -> [Double]? {
        guard right.count == size else { return nil }
        return solve(right, columns: 1)
    }

    /// X with A X = B for several columns at once, row-major as A is; with the transpose of A where that is asked for.
    /// `nil` for a B of another size.
    public func solve(_ right: [Double], columns: Int, transposed: Bool = false) -> [Double]? {
        guard right.count == size * columns else { return nil }
        if columns == 0 { return [] }
        // LAPACK reads columns.
        var x = [Double](repeating: 0, count: right.count)
        for i in 0..<size { for j in 0..<columns { x[j * size + i] = right[i * columns + j] } }
        var n = Int32(size), count = Int32(columns), info: Int32 = 0
        dgetrs_(transposed ? "N" : "T", &n, &count, factors, &n, pivots, &x, &n, &info)
        guard info == 0 else { return nil }
        var result = right
        for i in 0..<size { for j in 0..<columns { result[i * columns + j] = x[j * size + i] } }
        return result
    }

    /// 1 / (‖A‖ ‖A⁻¹‖), about: near 1e-16 nothing is left of a solution's digits.
    public var reciprocalCondition: Double {
        var n = Int32(size), norm = norm, result = 0.0, info: Int32 = 0
        var work = [Double](repeating: 0, count: 4 * size), integers = [Int32](repeating: 0, count: size)
        dgecon_("1", &n, factors, &n, &norm, &result, &work, &integers, &info)
        return info == 0 ? result : 0
    }

    /// The sign of the determinant, and the logarithm of its absolute value.
    public var logDeterminant: (sign: Double, logarithm: Double) {
        var sign = 1.0, sum = 0.0
        for i in 0..<size {
            let pivot = factors[i * (size + 1)]
            if pivots[i] != Int32(i + 1) { sign = -sign }
            if pivot < 0 { sign = -sign }
            sum += log(abs(pivot))
        }
        return (sign, sum)
    }
}

extension LinearAlgebra {
    private static func workLength(rows: Int, columns: Int) -> Int {
        let k = min(rows, columns)
        return 4 * k * k + 7 * k + max(rows, columns) + 64 * (rows + columns)
    }

    /// Bytes that singular values take while they are looked for: the matrix twice, its vectors, also on their way from
    /// a copy of the process, and LAPACK's own.
    public static func bytesForSingularValues(rows: Int, columns: Int) -> Int {
        let k = min(rows, columns)
        return 8 * (2 * rows * columns + 5 * k * (rows + columns) + workLength(rows: rows, columns: columns))
    }

    /// L with A = L Lᵀ of a symmetric positive definite A (row-major, of which the lower triangle counts); `nil` where
    /// it is not positive definite.
    public static func cholesky(_ matrix: [Double], size: Int) -> [Double]? {
        guard size > 0, matrix.count == size * size else { return size == 0 ? [] : nil }
        // Its lower triangle is the upper one by columns, and so is that of the result.
        var a = matrix, n = Int32(size), info: Int32 = 0
        dpotrf_("U", &n, &a, &n, &info)
        guard info == 0 else { return nil }
        for i in 0..<size { for j in (i + 1)..<max(i + 1, size) { a[i * size + j] = 0 } }
        return a
    }

    /// A = U diag(s) Vᵀ of a matrix [rows × columns], row-major, k the smaller side: U [rows × k], s descending,
    /// Vᵀ [k × columns].
    /// - Throws: `TensorError.invalid` for numbers that are not finite.
    public static func singularValues(
        _ matrix: [Double], rows: Int, columns: Int
    ) throws -> (u: [Double], values: [Double], vt: [Double]) {
        let k = min(rows, columns)
        guard matrix.count == rows * columns, k <= 10_000, max(rows, columns) <= 1_000_000 else {
            throw TensorError.invalid("a matrix of \(rows) x \(columns) is too large for its singular values")
        }
        guard matrix.allSatisfy(\.isFinite) else {
            throw TensorError.invalid("a matrix with numbers that are not finite has no singular values")
        }
        if k == 0 { return ([], [], []) }
        // By columns this is the transpose, V diag(s) Uᵀ: its left vectors by columns are Vᵀ by rows.
        var a = matrix, m = Int32(columns), n = Int32(rows), small = Int32(k), info: Int32 = 0
        var values = [Double](repeating: 0, count: k)
        var left = [Double](repeating: 0, count: columns * k), right = [Double](repeating: 0, count: k * rows)
        let length = workLength(rows: rows, columns: columns)
        var work = [Double](repeating: 0, count: length), workLength = Int32(length)
        var integers = [Int32](repeating: 0, count: 8 * k)
        dgesdd_(
            "S", &m, &n, &a, &m, &values, &left, &m, &right, &small, &work, &workLength, &integers, &info)
        guard info == 0 else {
            throw TensorError.invalid("the singular values of this matrix were not found (LAPACK says \(info))")
        }
        return (right, values, left)
    }
}
