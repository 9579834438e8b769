/// What every solver asks of its system first, and the residual it measures last.
import Tensors

extension CurvatureSystem {
    /// The product with H + λI, checked and counted; `solver` is named in errors.
    func damped(_ damping: Double, for solver: String, counting products: Counter) throws -> (Tensor) throws -> Tensor {
        guard let product else {
            throw SolverError("\(solver) needs products with the Hessian, which this system does not have")
        }
        let shape = vector.shape
        return { p in
            products.count += 1
            let image = try product(p)
            guard image.shape == shape else {
                throw SolverError("the product with a vector of shape \(shape) has shape \(image.shape)")
            }
            guard image.isFinite else {
                throw SolverError(
                    "a product with the Hessian is not finite; the loss or its derivatives overflow at this model")
            }
            return damping == 0 ? image : try image.combined(1, p, Float(damping))
        }
    }

    /// The rows of per-example gradients, [M, P].
    func gradients(atMost most: Int, for solver: String) throws -> Tensor {
        guard let perExample else {
            throw SolverError("\(solver) needs gradients of single examples, which this system does not have")
        }
        let rows = try perExample(most)
        guard rows.rank == 2, rows.shape[1] == vector.count else {
            throw SolverError(
                "per-example gradients have shape \(rows.shape), but the vector has \(vector.count) elements")
        }
        guard rows.shape[0] > 0 else { throw SolverError("\(solver) needs at least one example") }
        guard rows.isFinite else { throw SolverError("a gradient of a single example is not finite") }
        return rows
    }

    /// ‖v‖, for vectors whose numbers are all finite.
    func finiteNorm(for solver: String) throws -> Double {
        guard vector.isFinite else { throw SolverError("\(solver) was given a vector that is not finite") }
        return vector.norm()
    }

    /// ‖(H + λI) x − v‖ / ‖v‖ by one product; `nil` without products.
    func residual(
        of solution: Tensor, damping: Double, for solver: String, counting products: Counter
    ) throws -> Double? {
        guard product != nil else { return nil }
        let norm = vector.norm()
        if norm == 0 { return solution.norm() == 0 ? 0 : .infinity }
        return try damped(damping, for: solver, counting: products)(solution).combined(1, vector, -1).norm() / norm
    }
}

/// Solvers with a damping that the matrix they invert cannot do without.
func requirePositive(_ damping: Double, for solver: String) throws {
    guard damping > 0 else {
        throw SolverError("\(solver) needs a damping above 0, since a Fisher of few examples has no inverse of its own")
    }
}

/// Counts products across closures.
final class Counter {
    var count = 0
}
