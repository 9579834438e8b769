/// The ends of a matrix's spectrum as far as products told them, and the damping that follows.
import Foundation
import Tensors

/// The tridiagonal matrix T that Lanczos' iteration leaves of H + λI, without the vectors that made it: its extreme
/// eigenvalues (Ritz values) lie within those of H + λI and reach them first. Vectors that lose orthogonality only
/// repeat Ritz values (Paige 1972), so that none need be kept.
struct SpectrumEdges {
    private var diagonal: [Double] = []
    private var beside: [Double] = []
    /// The largest of ‖T's columns‖: a lower bound of the largest amount of an eigenvalue.
    private(set) var size = 0.0

    /// Takes in a column: `alpha` on the diagonal, `beta` below it.
    mutating func append(_ alpha: Double, _ beta: Double) {
        size = max(size, (alpha * alpha + beta * beta + (beside.last.map { $0 * $0 } ?? 0)).squareRoot())
        diagonal.append(alpha)
        beside.append(beta)
    }

    /// The least and the largest Ritz value, and how far from each an eigenvalue may be; `nil` where there is none.
    var values: (least: Double, most: Double, leastError: Double, mostError: Double)? {
        // The first columns say it all; thousands would cost more than the solve.
        let k = min(diagonal.count, 512)
        guard k > 0 else { return nil }
        var matrix = [Double](repeating: 0, count: k * k)
        for i in 0..<k {
            matrix[i * k + i] = diagonal[i]
            if i + 1 < k { (matrix[i * k + i + 1], matrix[(i + 1) * k + i]) = (beside[i], beside[i]) }
        }
        guard let eigen = try? SymmetricEigen(matrix, size: k), let least = eigen.values.first,
            let most = eigen.values.last
        else { return nil }
        // |β s| for the last component s of the Ritz vector.
        func error(_ row: Int) -> Double { abs(beside[k - 1] * eigen.vectors[row * k + k - 1]) }
        return (least, most, error(0), error(k - 1))
    }

    /// A damping with which H + damping has no eigenvalue near 0 or below it, from eigenvalues of H + `damping`; `nil`
    /// where H + `damping` is 0 as far as is known.
    static func curing(least: Double, most: Double, damping: Double, margin: Double = 1e-2) -> Double? {
        let size = max(abs(most), abs(least))
        guard size > 0, size.isFinite else { return nil }
        return rounded(damping + max(0, -least) + margin * size)
    }

    /// The same from what Lanczos' iteration saw.
    func curing(_ damping: Double) -> Double? {
        values.flatMap {
            SpectrumEdges.curing(least: $0.least - $0.leastError, most: $0.most + $0.mostError, damping: damping)
        }
    }

    /// To three digits, away from 0: a number to be typed.
    static func rounded(_ x: Double) -> Double {
        guard x != 0, x.isFinite else { return x }
        let places = 2 - Int(log10(abs(x)).rounded(.down)), power = pow(10, Double(abs(places)))
        let up = x < 0 ? FloatingPointRoundingRule.down : .up
        return places >= 0 ? (x * power).rounded(up) / power : (x / power).rounded(up) * power
    }
}

extension SolverStart {
    /// Lanczos' iteration from v by at most so many products, without its vectors; what it has where the user stops it.
    func edges(steps: Int) throws -> SpectrumEdges {
        var edges = SpectrumEdges()
        guard norm > 0 else { return edges }
        var before = vector, current = try vector.combined(.multiply, scalar: Float(1 / norm)), beta = 0.0
        for step in 0..<min(steps, vector.count) {
            guard var image = try productUnlessStopped(current) else { break }
            if step > 0 { image = try image.combined(1, before, Float(-beta)) }
            let alpha = try current.dot(image)
            image = try image.combined(1, current, Float(-alpha))
            beta = image.norm()
            edges.append(alpha, beta)
            guard beta > 1e-6 * edges.size else { break }
            (before, current) = (current, try image.combined(.multiply, scalar: Float(1 / beta)))
        }
        return edges
    }
}
