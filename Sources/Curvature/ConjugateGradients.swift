/// Conjugate gradients (Hestenes & Stiefel, 1952) on products.
import Settings
import Tensors

public struct ConjugateGradients: InverseSolver {
    public static let name = "cg"
    public static let summary = """
        Conjugate gradients: exact products with H, one an iteration, and no matrix. H + damping must be positive \
        definite; a Hessian of a network often is not. When a direction of negative curvature is met the solver stops, \
        says so, and returns the last iterate (0 if it is the first direction): raise the damping above its amount, or \
        use Gauss-Newton products, which are never negative.
        """

    public var damping: Damping = 0
    public var steps = 50
    public var tolerance = 1e-5

    public static var settings: [Setting<Self>] {
        [
            .number(
                "damping", \.damping, "lambda, added to the diagonal of H; \"auto\": a tenth of its mean eigenvalue"),
            .count("steps", \.steps, "the most iterations"),
            .number("tolerance", \.tolerance, "relative residual at which to stop"),
        ]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let counter = Counter(), v = system.vector
        let lambda = try damping.resolved(for: Self.name) {
            try system.source.meanEigenvalue(for: Self.name, counting: counter)
        }
        let product = try system.damped(lambda, for: Self.name, counting: counter)
        let norm = try system.finiteNorm(for: Self.name)
        let x = try Tensor.zeros(v.shape, on: v.device)
        var history = [norm == 0 ? 0.0 : 1.0], iterations = 0
        var ending = InverseSolution.Ending.limit
        func answer(_ residual: Double) -> InverseSolution {
            InverseSolution(
                solution: x, residual: residual, history: history, iterations: iterations, products: counter.count,
                gradients: 0, ending: ending, damping: lambda, bytes: 12 * v.count)
        }
        guard norm > 0 else {
            ending = .finished
            return answer(0)
        }

        var residual = try v.copied(), direction = residual
        var square = try residual.dot(residual), restart = 1.0
        while iterations < steps {
            // A user who stops a product gets what the products before it came to.
            let image: Tensor
            do { image = try product(direction) } catch TensorError.interrupted {
                ending = .stopped
                break
            }
            let curvature = try direction.dot(image)
            guard curvature > 0 else {
                ending = .negativeCurvature(curvature / (try direction.dot(direction)))
                break
            }
            // Scalars in float64: they decide convergence.
            let step = square / curvature
            x.accumulate(direction, times: Float(step))
            residual = try residual.combined(1, image, Float(-step))
            let next = try residual.dot(residual)
            iterations += 1
            var relative = next.squareRoot() / norm
            if relative <= tolerance {
                // The recurrence drifts from v − (H + λI) x in float32: start again from the true one while that helps.
                let exact: Tensor
                do { exact = try v.combined(1, product(x), -1) } catch TensorError.interrupted {
                    history.append(relative)
                    ending = .stopped
                    break
                }
                relative = exact.norm() / norm
                history.append(relative)
                if relative <= tolerance || relative > restart / 2 {
                    ending = relative <= tolerance ? .finished : .precision
                    _ = system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative))
                    return answer(relative)
                }
                restart = relative
                residual = exact
                direction = exact
                square = try exact.dot(exact)
            } else {
                history.append(relative)
                direction = try residual.combined(1, direction, Float(next / square))
                square = next
            }
            if !system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative)) {
                ending = .stopped
                break
            }
        }
        // What the user is told is measured, not what the recurrence believes; a stop is obeyed at once.
        if ending == .stopped || iterations == 0 { return answer(history[history.count - 1]) }
        do { return answer(try v.combined(1, product(x), -1).norm() / norm) } catch TensorError.interrupted {
            ending = .stopped
            return answer(history[history.count - 1])
        }
    }
}
