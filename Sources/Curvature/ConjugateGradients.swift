/// Conjugate gradients (Hestenes & Stiefel, 1952) on products.
import Settings
import Tensors

public struct ConjugateGradients: IterativeSolver {
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

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let start = try begin(system), v = system.vector, lambda = start.damping, norm = start.norm
        let x = try Tensor.zeros(v.shape, on: v.device)
        var history = [norm == 0 ? 0.0 : 1.0], iterations = 0
        var ending = InverseSolution.Ending.limit
        func answer(_ residual: Double) -> InverseSolution {
            InverseSolution(
                solution: x, residual: residual, history: history, iterations: iterations,
                products: start.counter.count,
                gradients: 0, ending: ending, damping: lambda, bytes: 12 * v.count)
        }
        guard norm > 0 else {
            ending = .finished
            return answer(0)
        }

        var residual = try v.copied(), direction = residual
        var square = try residual.dot(residual), restart = 1.0
        while iterations < steps {
            guard let image = try start.productUnlessStopped(direction) else {
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
                guard let exact = try start.residualUnlessStopped(x) else {
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
        guard let measured = try start.residualUnlessStopped(x) else {
            ending = .stopped
            return answer(history[history.count - 1])
        }
        return answer(measured.norm() / norm)
    }
}
