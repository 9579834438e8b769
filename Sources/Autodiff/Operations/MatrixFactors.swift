/// Systems of equations, Cholesky factors and determinants, computed in float64. The reverse rules are those of
/// Giles 2008, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation".
import Glibc
import Tensors

/// A matrix that an operation cannot do with.
public enum MatrixError: Error, CustomStringConvertible {
    /// Has no inverse, to the precision of the numbers.
    case singular
    /// Is not positive definite.
    case notPositiveDefinite
    /// Has two equal eigenvalues, where eigenvectors have no derivative.
    case equalEigenvalues

    public var description: String {
        switch self {
        case .singular: "the matrix is singular; with damping, A + d * eye(n), it is not"
        case .notPositiveDefinite: "the matrix is not positive definite; with damping, A + d * eye(n), it is"
        case .equalEigenvalues:
            """
            eigenvectors of equal eigenvalues have no derivative; use the eigenvalues alone, or write detach(…) around \
            the vectors
            """
        }
    }
}

extension Tensor {
    /// All elements in float64, of a matrix [n, n].
    /// - Throws: for other shapes.
    func square(_ name: String) throws -> (elements: [Double], size: Int) {
        guard rank == 2, shape[0] == shape[1] else {
            throw TensorError.invalid("`\(name)` needs a square matrix; this tensor is \(shape)")
        }
        return (withElements { $0.map(Double.init) }, shape[0])
    }

    init(rounding numbers: [Double], shape: [Int], on device: Device) throws {
        try self.init(numbers.map { Float($0) }, shape: shape, on: device)
    }

    /// 1 on the diagonal, else 0.
    public static func identity(_ size: Int, on device: Device) throws -> Tensor {
        try Tensor(shape: [size, size], on: device) { elements in
            elements.update(repeating: 0)
            for i in 0..<size { elements[i * (size + 1)] = 1 }
        }
    }
}

/// X with A X = B (or Aᵀ X = B); inputs A [n, n] and B [n, k].
final class SolveOperation: PrimitiveOperation {
    private let isTransposed: Bool
    /// Those of A, found when they are first needed.
    private var factors: LUFactors?
    var name: String { "solve" }

    init(transposed: Bool = false, factors: LUFactors? = nil) {
        isTransposed = transposed
        self.factors = factors
    }

    /// Less than this is left of no digits at all.
    private static let leastCondition = 1e-15

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard x[1].rank == 2, x[1].shape[0] == x[0].shape.first else {
            throw TensorError.shapesDoNotFit(operation: name, left: x[0].shape, right: x[1].shape)
        }
        return try solved(x[0], x[1])
    }

    private func solved(_ matrix: Tensor, _ right: Tensor) throws -> Tensor {
        let (elements, size) = try matrix.square(name)
        if size == 0 { return right }
        if factors == nil {
            guard let found = try LUFactors(elements, size: size, on: matrix.device),
                found.reciprocalCondition > Self.leastCondition
            else { throw MatrixError.singular }
            factors = found
        }
        guard let factors,
            let solution = try factors.solve(
                right.withElements { $0.map(Double.init) }, columns: right.shape[1], transposed: isTransposed,
                on: right.device)
        else { throw MatrixError.singular }
        return try Tensor(rounding: solution, shape: right.shape, on: right.device)
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        var right = tx[1]
        if let moved = tx[0] {
            let image = try (isTransposed ? moved.transposed() : moved).matrixProduct(y)
            right = try right.map { try $0 - image } ?? -image
        }
        return try right.map { try solved(x[0], $0) }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let dB = try Variable(SolveOperation(transposed: !isTransposed, factors: factors), [x[0], dy])
        let dA = try isTransposed ? y.matrixProduct(dB.transposed()) : dB.matrixProduct(y.transposed())
        return [try -1 * dA, dB]
    }
}

/// L with A = L Lᵀ of a symmetric positive definite matrix, lower triangular.
struct CholeskyOperation: PrimitiveOperation {
    var name: String { "cholesky" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (elements, size) = try x[0].square(name)
        guard let factor = try LinearAlgebra.cholesky(elements, size: size, on: x[0].device) else {
            throw MatrixError.notPositiveDefinite
        }
        return try Tensor(rounding: factor, shape: x[0].shape, on: x[0].device)
    }

    /// L Φ(L⁻¹ Ȧ L⁻ᵀ)
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let moved = tx[0] else { return nil }
        let left = try SolveOperation().forward([y, moved])
        let both = try SolveOperation().forward([y, left.transposed()]).transposed()
        return try y.matrixProduct(both * lower(y))
    }

    /// L⁻ᵀ Φ(Lᵀ dL) L⁻¹, symmetric
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let inner = try y.transposed().matrixProduct(dy) * Variable(lower(y.value))
        let left = try Variable(SolveOperation(transposed: true), [y, inner])
        let both = try Variable(SolveOperation(transposed: true), [y, left.transposed()])
        return [try 0.5 * (both + both.transposed())]
    }

    /// What Φ multiplies with: 1 below the diagonal, a half on it, 0 above.
    private func lower(_ like: Tensor) throws -> Tensor {
        let size = like.shape[0]
        return try Tensor(shape: [size, size], on: like.device) { elements in
            for i in 0..<size { for j in 0..<size { elements[i * size + j] = j < i ? 1 : j == i ? 0.5 : 0 } }
        }
    }
}

/// The determinant of a matrix, or its logarithm (NaN where it is negative, -∞ where it is 0).
struct DeterminantOperation: PrimitiveOperation {
    let isLogarithm: Bool
    var name: String { isLogarithm ? "logdet" : "det" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (elements, size) = try x[0].square(name)
        guard size > 0 else { return try Tensor(scalar: isLogarithm ? 0 : 1, on: x[0].device) }
        guard let factors = try LUFactors(elements, size: size, on: x[0].device) else {
            return try Tensor(scalar: isLogarithm ? -.infinity : 0, on: x[0].device)
        }
        let (sign, logarithm) = factors.logDeterminant
        let number = isLogarithm ? (sign > 0 ? logarithm : .nan) : sign * exp(logarithm)
        return try Tensor(scalar: Float(number), on: x[0].device)
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let moved = tx[0] else { return nil }
        let size = x[0].shape[0], share = try SolveOperation().forward([x[0], moved])
        let trace = share.withElements { elements in
            (0..<size).reduce(0.0) { $0 + Double(elements[$1 * (size + 1)]) }
        }
        return try Tensor(scalar: Float(isLogarithm ? trace : trace * Double(y.item())), on: y.device)
    }

    /// A⁻ᵀ, times the determinant
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let identity = Variable(try Tensor.identity(x[0].shape[0], on: x[0].device))
        let inverse = try Variable(SolveOperation(transposed: true), [x[0], identity])
        return [try (isLogarithm ? dy : dy * y) * inverse]
    }
}

extension Variable {
    /// X with self X = right; self [n, n], right [n] or [n, k].
    public func solved(for right: Variable) throws -> Variable {
        guard right.shape.count == 1 else { return try Variable(SolveOperation(), [self, right]) }
        return try Variable(SolveOperation(), [self, right.reshaped([right.count, 1])]).reshaped([right.count])
    }
    /// The inverse of a matrix.
    public func inverse() throws -> Variable {
        _ = try value.square("inv")
        return try solved(for: Variable(Tensor.identity(shape[0], on: device)))
    }
    /// The Cholesky factor of the symmetric part, which is what a derivative moves.
    public func choleskyFactor() throws -> Variable { try Variable(CholeskyOperation(), [symmetricPart("cholesky")]) }
    public func determinant() throws -> Variable {
        try Variable(DeterminantOperation(isLogarithm: false), [self])
    }
    public func logDeterminant() throws -> Variable {
        try Variable(DeterminantOperation(isLogarithm: true), [self])
    }
    /// (A + Aᵀ) / 2
    public func symmetricPart(_ name: String) throws -> Variable {
        _ = try value.square(name)
        return try 0.5 * (self + transposed())
    }
}
