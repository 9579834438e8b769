/// Eigenvalues and eigenvectors of symmetric matrices, computed in float64.
import Tensors

/// The eigenvalues of a symmetric matrix, ascending: w [n].
struct EigenvaluesOperation: PrimitiveOperation {
    var name: String { "eigenvalues" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (elements, size) = try x[0].square("eigh")
        let eigen = try SymmetricEigen(elements, size: size, vectors: false, on: x[0].device)
        return try Tensor(rounding: eigen.values, shape: [size], on: x[0].device)
    }

    /// diag(Vᵀ Ȧ V)
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let moved = tx[0] else { return nil }
        let vectors = try EigenvectorsOperation().forward(x)
        return try (vectors * moved.matrixProduct(vectors)).summed(to: [1, y.count]).reshaped(y.shape)
    }

    /// V diag(dw) Vᵀ
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let vectors = try Variable(EigenvectorsOperation(), [x[0]])
        return [try (vectors * dy).matrixProduct(vectors.transposed())]
    }
}

/// The eigenvectors of a symmetric matrix as columns, [n, n], in the order of the eigenvalues. Of each vector the
/// component of the largest absolute value is positive.
struct EigenvectorsOperation: PrimitiveOperation {
    var name: String { "eigenvectors" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (elements, size) = try x[0].square("eigh")
        let eigen = try SymmetricEigen(elements, size: size, on: x[0].device)
        return try Tensor(shape: [size, size], on: x[0].device) { columns in
            for number in 0..<size {
                let vector = eigen.vectors[(number * size)..<((number + 1) * size)]
                let sign = signOfLargest(vector)
                for (row, component) in vector.enumerated() { columns[row * size + number] = Float(sign * component) }
            }
        }
    }

    /// V (F ∘ Vᵀ Ȧ V)
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let moved = tx[0] else { return nil }
        let factors = try inverseGaps(Variable(EigenvaluesOperation().forward(x))).value
        return try y.matrixProduct(factors * y.transposed().matrixProduct(moved.matrixProduct(y)))
    }

    /// V (F ∘ Vᵀ dV) Vᵀ, symmetric
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let factors = try inverseGaps(Variable(EigenvaluesOperation(), [x[0]]))
        let inner = try factors * y.transposed().matrixProduct(dy)
        let whole = try y.matrixProduct(inner).matrixProduct(y.transposed())
        return [try 0.5 * (whole + whole.transposed())]
    }

    /// F_ij = 1 / (w_j - w_i), and 0 on the diagonal.
    private func inverseGaps(_ values: Variable) throws -> Variable {
        let w = values.value.elements, size = w.count
        let scale = w.reduce(0) { max($0, abs($1)) }
        // Ascending: the closest ones are neighbours.
        guard zip(w, w.dropFirst()).allSatisfy({ $1 - $0 > 1e-6 * scale }) else { throw MatrixError.equalEigenvalues }
        let identity = Variable(try Tensor.identity(size, on: values.device))
        let gaps = try values.reshaped([1, size]) - values.reshaped([size, 1])
        return try (gaps + identity).apply(.reciprocal) * (1 - identity)
    }
}

/// The sign of the component of the largest absolute value, the first of equal ones: what tells a vector from its
/// opposite, whatever found it.
public func signOfLargest(_ vector: some Collection<Double>) -> Double {
    var largest = 0.0
    // A little more, so that rounding does not choose between equal ones.
    for x in vector where abs(x) > abs(largest) * (1 + 1e-6) { largest = x }
    return largest < 0 ? -1 : 1
}

extension Variable {
    /// The eigenvalues of the symmetric part, ascending.
    public func symmetricEigenvalues() throws -> Variable {
        try Variable(EigenvaluesOperation(), [symmetricPart("eigh")])
    }
    /// The eigenvectors of the symmetric part as columns.
    public func symmetricEigenvectors() throws -> Variable {
        try Variable(EigenvectorsOperation(), [symmetricPart("eigh")])
    }
}
