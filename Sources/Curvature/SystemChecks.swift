/// What solvers and estimators ask of a matrix first, in words for a user who gave one that lacks it; and the residual
/// that solvers measure last.
import LanguageModels
import Tensors

extension CurvatureSource {
    /// Products with H + `damping` I, checked and counted; `name` stands in errors.
    func products(
        for name: String, counting products: Counter, damping: Double = 0
    ) throws -> (Tensor) throws -> Tensor {
        guard let product else {
            throw SolverError(
                "\(name) needs products with the matrix, which this one does not have; give a function v -> H v")
        }
        let shape = shape
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
    func gradients(atMost most: Int, for name: String) throws -> Tensor {
        guard let perExample else {
            throw SolverError(
                """
                \(name) needs gradients of single examples, which this system does not have; give per_example(model, \
                data), or H = curvature(model=…, data=…)
                """)
        }
        return try checked(perExample(most), for: name)
    }

    /// The gradients of the first examples, at most so many, as rows [M, P].
    func leadingGradients(atMost most: Int, for name: String) throws -> Tensor {
        if let leading { return try checked(leading(most), for: name) }
        // Where all are asked for, they come in their order.
        let rows = try gradients(atMost: .max, for: name)
        return rows.shape[0] > most ? try rows.rows(0..<most) : rows
    }

    private func checked(_ rows: Tensor, for name: String) throws -> Tensor {
        guard rows.rank == 2, rows.shape[1] == count else {
            throw SolverError(
                "per-example gradients have shape \(rows.shape), but the vector has \(count) elements")
        }
        guard rows.shape[0] > 0 else { throw SolverError("\(name) needs at least one example") }
        guard rows.isFinite else { throw SolverError("a gradient of a single example is not finite") }
        return rows
    }

    /// The examples of a model, with their linear layers.
    func layers(for name: String) throws -> any LayeredExamples {
        guard let examples else {
            throw SolverError(
                """
                \(name) needs a model's layers with their inputs and output gradients, which this system does not \
                have; give H = curvature(model=…, data=…), or use it where a model is at hand: influence(…, \
                inverse=\(name)())
                """)
        }
        guard examples.parameters == count else {
            throw SolverError(
                "the model's examples have gradients of \(examples.parameters) numbers, but the vector has \(count)")
        }
        guard examples.count > 0 else { throw SolverError("\(name) needs at least one example") }
        return examples
    }

    /// Hears of examples that are done, and throws where the user asked to stop.
    func examplesProgress(_ done: Int, _ total: Int) throws {
        if !progress(SolverProgress(iteration: done, most: total)) { throw TensorError.interrupted }
    }
}

extension CurvatureSystem {
    /// The product with H + λI, checked and counted; `solver` is named in errors.
    func damped(_ damping: Double, for solver: String, counting products: Counter) throws -> (Tensor) throws -> Tensor {
        try source.products(for: solver, counting: products, damping: damping)
    }

    func gradients(atMost most: Int, for solver: String) throws -> Tensor {
        try source.gradients(atMost: most, for: solver)
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

extension CurvatureSystem {
    /// ‖(H + λI) x − v‖ / ‖v‖ by an exact product, and how many products that took; `nil` without products.
    public func measuredResidual(of x: Tensor, damping: Double, for solver: String) throws -> (Double, products: Int)? {
        let counter = Counter()
        return try residual(of: x.reshaped(vector.shape), damping: damping, for: solver, counting: counter).map {
            ($0, counter.count)
        }
    }

    /// An x that someone else found, with its residual where the system has products; damping counts as 0.
    public static func measured(_ x: Tensor, _ system: CurvatureSystem) throws -> InverseSolution {
        guard x.count == system.vector.count else {
            throw SolverError("the solver returned \(x.count) numbers for a vector of \(system.vector.count)")
        }
        let counter = Counter(), x = try x.reshaped(system.vector.shape)
        let residual = try system.residual(of: x, damping: 0, for: "a residual", counting: counter)
        return InverseSolution(
            solution: x, residual: residual, iterations: 1, products: counter.count, ending: .finished)
    }
}

/// Counts products across closures.
final class Counter {
    var count = 0
}
