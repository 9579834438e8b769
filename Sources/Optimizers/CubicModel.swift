/// The cubic model of a loss in a small space, and its least point (Nesterov & Polyak 2006; Cartis, Gould & Toint 2011).
import Tensors

/// An orthonormal basis of the span of g, C g, C² g, … and C in it, which is tridiagonal (Lanczos).
struct KrylovSpace {
    private(set) var basis: [Tensor] = []
    private var diagonal: [Double] = []
    private var beside: [Double] = []

    /// - Parameter most: the most vectors, and products.
    init(_ gradient: Tensor, _ product: (Tensor) throws -> Tensor, most: Int) throws {
        var next = try Float(1 / gradient.norm()) * gradient, largest = 0.0
        while basis.count < most {
            try gradient.device.cancellation.check()
            basis.append(next)
            var image = try product(next)
            let own = try image.dot(next)
            diagonal.append(own)
            largest = max(largest, abs(own))
            // Twice, so that float32 leaves nothing of the earlier vectors.
            for _ in 0..<2 { for vector in basis { image = try image.moved(along: vector, by: -image.dot(vector)) } }
            let rest = image.norm()
            largest = max(largest, rest)
            guard rest > 1e-5 * largest, basis.count < most else { break }
            beside.append(rest)
            next = try Float(1 / rest) * image
        }
    }

    /// C in the basis, row by row.
    func tridiagonal() -> [Double] {
        let size = basis.count
        var matrix = [Double](repeating: 0, count: size * size)
        for index in 0..<size {
            matrix[index * size + index] = diagonal[index]
            if index + 1 < size {
                matrix[index * size + index + 1] = beside[index]
                matrix[(index + 1) * size + index] = beside[index]
            }
        }
        return matrix
    }
}

/// slope u₁ + ½ uᵀ T u + weight/6 ‖u‖³.
struct CubicModel {
    private let eigen: SymmetricEigen
    private let weight: Double
    /// The slope along each eigenvector.
    private let slopes: [Double]

    init(_ matrix: [Double], size: Int, slope: Double, weight: Double) throws {
        eigen = try SymmetricEigen(matrix, size: size)
        self.weight = weight
        let vectors = eigen.vectors
        slopes = (0..<size).map { slope * vectors[$0 * size] }
    }

    /// The global minimum: (T + λ I) u = −slope e₁ with λ = weight/2 ‖u‖ and T + λ I ⪰ 0.
    func minimum() -> [Double] {
        let least = eigen.values.first ?? 0
        func steps(_ shift: Double) -> [Double] {
            zip(slopes, eigen.values).map { $0 == 0 ? 0 : -$0 / max($1 + shift, 1e-300) }
        }
        func length(_ u: [Double]) -> Double { u.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        // ‖u(λ)‖ falls with λ, 2 λ / weight rises.
        var low = max(0, -least), high = max(1e-12, 2 * low)
        while length(steps(high)) > 2 * high / weight, high < 1e150 { high *= 2 }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if length(steps(middle)) > 2 * middle / weight { low = middle } else { high = middle }
        }
        var u = steps(high)
        // Where the slope has nothing along the most negative curvature, the length that is missing lies there.
        let missing = 2 * high / weight * (2 * high / weight) - length(u) * length(u)
        if least < 0, missing > 1e-6 * (2 * high / weight) * (2 * high / weight) {
            u[0] += (slopes[0] > 0 ? -1 : 1) * missing.squareRoot()
        }
        let size = eigen.size
        return (0..<size).map { row in (0..<size).reduce(0) { $0 + eigen.vectors[$1 * size + row] * u[$1] } }
    }
}
