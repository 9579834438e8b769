/// Conjugate gradients (Hestenes & Stiefel, 1952) on products.
import Settings
import Tensors

public struct ConjugateGradients: IterativeSolver {
    public static let name = "cg"
    public static let summary = """
        Conjugate gradients (Hestenes & Stiefel 1952; Martens 2010 on networks): exact products with H, one an \
        iteration, and no matrix. H + damping must be positive definite; a Hessian of a network often is not. When a \
        direction of negative curvature is met the solver stops, says so, and returns the last iterate (0 if it is the \
        first direction); so it does where the matrix is singular along v, which a model with more weights than tokens \
        always is without damping. Where the residual has grown the best iterate is returned, never one worse than 0, \
        and the damping named that would cure the system, by Lanczos' iteration from v. Gauss-Newton products are \
        never negative.
        """

    public var damping: Damping = 0
    public var steps = 50
    public var tolerance = 1e-5

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let start = try begin(system), v = system.vector, lambda = start.damping, norm = start.norm
        var x = try Tensor.zeros(v.shape, on: v.device)
        var history = [norm == 0 ? 0.0 : 1.0], iterations = 0
        var ending = InverseSolution.Ending.limit, curing: Double?
        func answer(_ residual: Double) -> InverseSolution {
            InverseSolution(
                solution: x, residual: residual, history: history, iterations: iterations,
                products: start.counter.count, ending: ending, damping: lambda, curing: curing, bytes: 24 * v.count)
        }
        guard norm > 0 else {
            ending = .finished
            return answer(0)
        }

        var residual = v, direction = residual
        var square = try residual.dot(residual), restart = 1.0
        // The largest eigenvalue that was met; the iterates combined for the least residual by the recurrence (minimal
        // residual smoothing, Schönauer 1987, which gives those of minres), and the best by measure.
        var size = 0.0, smooth = (x: x, residual: v, relative: 1.0), best = try BestIterate(start)
        // v's image, by which the second direction shows whether the matrix is symmetric.
        var first: Tensor?
        iteration: while iterations < steps {
            guard let image = try start.productUnlessStopped(direction) else {
                ending = .stopped
                break
            }
            if iterations == 1, let known = first {
                try start.requireSymmetric(v, known, direction, image, for: Self.name)
            }
            first = iterations == 0 ? image : nil
            let curvature = try direction.dot(image), length = try direction.dot(direction)
            guard curvature > 0 else {
                ending = .negativeCurvature(curvature / length)
                break
            }
            size = max(size, curvature / length)
            if curvature <= Self.least * size * length {
                ending = .singular
                break
            }
            // Scalars in float64: they decide convergence.
            let step = square / curvature
            x = try x.combined(1, direction, Float(step))
            residual = try residual.combined(1, image, Float(-step))
            let next = try residual.dot(residual)
            iterations += 1
            var relative = next.squareRoot() / norm
            if !x.isFinite || !relative.isFinite || relative > 1e4 * smooth.relative {
                history.append(relative)
                ending = .singular
                break
            }
            let change = try residual.combined(1, smooth.residual, -1), length2 = try change.dot(change)
            if length2 > 1e-10 * smooth.relative * smooth.relative * norm * norm {
                let share = -(try smooth.residual.dot(change)) / length2
                smooth.x = try smooth.x.combined(Float(1 - share), x, Float(share))
                smooth.residual = try smooth.residual.combined(1, change, Float(share))
                smooth.relative = smooth.residual.norm() / norm
            }
            let converged = relative <= tolerance
            if converged || iterations % SolverStart.interval == 0 {
                guard let exact = try start.residualUnlessStopped(x) else {
                    history.append(relative)
                    ending = .stopped
                    break
                }
                let measured = exact.norm() / norm
                best.offer(x, measured)
                // The recurrence drifts from v − (H + λI) x in float32: start again from the true one while that helps.
                if converged || SolverStart.disagrees(measured, relative, tolerance: tolerance) {
                    relative = measured
                    history.append(relative)
                    if relative <= tolerance || relative > restart / 2 {
                        ending = relative <= tolerance ? .finished : .precision
                        _ = system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative))
                        break iteration
                    }
                    restart = relative
                    (residual, direction) = (exact, exact)
                    square = try exact.dot(exact)
                    if system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative)) {
                        continue
                    }
                    ending = .stopped
                    break
                }
            }
            history.append(relative)
            direction = try residual.combined(1, direction, Float(next / square))
            square = next
            if !system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative)) {
                ending = .stopped
                break
            }
        }
        // A stop is obeyed at once.
        if ending == .stopped { return answer(history[history.count - 1]) }
        // What the user is told is measured, not what the recurrence believes. The last iterate has the least energy
        // xᵀ(H + λI)x / 2 − vᵀx of all; only where its residual has grown, as it does where the matrix is singular along
        // v and x runs away, is a combination of the iterates better.
        var last = iterations == 0 ? 1 : best.residual
        if iterations > 0, ending != .finished {
            guard let measured = try start.residualUnlessStopped(x) else {
                ending = .stopped
                return answer(history[history.count - 1])
            }
            last = measured.norm() / norm
            best.offer(x, last)
        }
        let grown = !(last <= 1 && last <= 10 * smooth.relative)
        if grown, let exact = try start.residualUnlessStopped(smooth.x) {
            best.offer(smooth.x, exact.norm() / norm)
            (x, last) = (best.x, best.residual)
        }
        switch ending {
        case .limit where grown, .precision where grown || last > Self.solved: ending = .singular
        default: break
        }
        switch ending {
        case .singular, .negativeCurvature:
            // As far as a solve that obeys the advice would go, which is not to cost much more than this one might have.
            curing = try start.edges(steps: max(iterations + 10, min(steps, 60))).curing(lambda)
        default: break
        }
        return answer(last)
    }

    /// A share of the largest eigenvalue that products in float32 cannot tell from 0.
    private static let least = 1e-7
    /// A residual that float32 may leave of a system that has a solution.
    private static let solved = 1e-2
}
