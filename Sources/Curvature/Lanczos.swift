/// Lanczos' iteration (1950) with full reorthogonalisation: eigenvalues of a matrix that is known by its products.
import Tensors

/// H ≈ Qᵀ T Q on the vectors that k products reach: T tridiagonal, the rows of Q orthonormal.
struct Lanczos {
    /// T's diagonal, and what is beside it: `beside[i]` joins i and i + 1; the last is the rest, beyond T.
    private(set) var diagonal: [Double] = []
    private(set) var beside: [Double] = []
    /// Rows of Q.
    private(set) var basis: [Tensor] = []
    /// Whether the products do not lead out of these vectors: T's eigenvalues are eigenvalues of H.
    private(set) var isExhausted = false

    /// - Throws: `SolverError` where products show that H is not symmetric, or not the same each time.
    /// - Parameters:
    ///   - start: any vector but 0; the eigenvectors found are those it has a share of.
    ///   - steps: products at most; as many vectors are kept.
    ///   - progress: told after each; `false` ends the iteration there.
    init(
        from start: Tensor, steps: Int, progress: (SolverProgress) -> Bool = { _ in true },
        product: (Tensor) throws -> Tensor
    ) throws {
        let norm = start.norm(), steps = min(steps, start.count)
        var size = 0.0
        guard norm > 0, norm.isFinite else { return }
        try start.device.require(bytes: 4 * start.count * (steps + 3))
        var next = try start.combined(.multiply, scalar: Float(1 / norm))
        for step in 0..<steps {
            basis.append(next)
            var image: Tensor
            do { image = try product(next) } catch TensorError.interrupted where step > 0 {
                basis.removeLast()
                break
            }
            let scale = image.norm()
            size = max(size, scale)
            diagonal.append(try next.dot(image))
            // Twice is enough (Parlett): what float32 leaves of the older vectors the second pass removes.
            for pass in 0..<2 {
                for (index, known) in basis.enumerated() {
                    try start.device.cancellation.check()
                    let share = try known.dot(image)
                    if pass == 0, index < step {
                        try Self.requireSymmetric(share, index == step - 1 ? beside[index] : 0, size: size)
                    }
                    image = try image.combined(1, known, Float(-share))
                }
            }
            let rest = image.norm()
            beside.append(rest)
            let goesOn = progress(SolverProgress(iteration: step + 1, most: steps))
            // What is left is rounding.
            if rest <= 1e-6 * max(scale, abs(diagonal[step])) {
                isExhausted = true
                break
            }
            if !goesOn { break }
            next = try image.combined(.multiply, scalar: Float(1 / rest))
        }
    }

    /// Of a symmetric matrix the image of a vector has no share of those before the last, and of the last what the last's
    /// image had of it: qᵀHp = pᵀHq.
    private static func requireSymmetric(_ share: Double, _ expected: Double, size: Double) throws {
        guard abs(share - expected) > 1e-3 * size else { return }
        throw SolverError(
            """
            Lanczos' iteration needs a symmetric matrix that stays the same, as a curvature does; this one has p'Hq = \
            \(share) and q'Hp = \(expected) for vectors p and q it met. Mend the product (the same examples each \
            time), or give its symmetric part: (H v + H' v) / 2
            """)
    }

    /// T's eigenvalues (Ritz values, ascending), the first components of its eigenvectors squared (which add up to 1),
    /// and its eigenvectors as rows.
    func ritz() throws -> (values: [Double], weights: [Double], vectors: [Double]) {
        let k = diagonal.count
        var matrix = [Double](repeating: 0, count: k * k)
        for i in 0..<k {
            matrix[i * k + i] = diagonal[i]
            if i + 1 < k { (matrix[i * k + i + 1], matrix[(i + 1) * k + i]) = (beside[i], beside[i]) }
        }
        let eigen = try SymmetricEigen(matrix, size: k)
        return (eigen.values, (0..<k).map { eigen.vectors[$0 * k] * eigen.vectors[$0 * k] }, eigen.vectors)
    }

    /// Ritz vectors by the rows of T's eigenvectors, each of length 1.
    func vectors(_ chosen: [Int], of ritz: [Double]) throws -> [Tensor] {
        let k = diagonal.count
        return try chosen.map { row in
            let sum = try Tensor.zeros(basis[0].shape, on: basis[0].device)
            for i in 0..<k { sum.accumulate(basis[i], times: Float(ritz[row * k + i])) }
            return sum
        }
    }
}
