/// MINRES (Paige & Saunders 1975): the least residual on products, for matrices that may be indefinite.
import Settings
import Tensors

public struct MinimalResidual: IterativeSolver {
    public static let name = "minres"
    public static let summary = """
        Minimal residuals (Paige & Saunders, SIAM J. Numer. Anal. 12, 1975): exact products with a symmetric H, one an \
        iteration, and no matrix. Each iterate has the least residual of all combinations of the products so far, \
        whether or not H + damping is positive definite: the solver for exact Hessians of networks, at which cg stops. \
        At negative curvature x points uphill along it, to where the gradient vanishes, as Newton's method does. Of a \
        singular system that has no solution it gives the x with the least residual, and names the damping that would \
        cure it; a residual is measured every ten iterations, and the best x that was measured is returned.
        """

    public var damping: Damping = 0
    public var steps = 50
    public var tolerance = 1e-5

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let start = try begin(system), v = system.vector, lambda = start.damping, norm = start.norm
        var x = try Tensor.zeros(v.shape, on: v.device), history = [norm == 0 ? 0.0 : 1.0], iterations = 0
        var ending = norm == 0 ? InverseSolution.Ending.finished : .limit
        var best = try BestIterate(start), edges = SpectrumEdges()

        // Lanczos vectors, unnormalised: this one, the last, and the next.
        var before = v, current = v, beta = norm, betaBefore = 0.0
        // The last two columns of what QR leaves of the tridiagonal matrix, and the two directions they belong to.
        var (cosine, sine, diagonalBar, corner, rest) = (-1.0, 0.0, 0.0, 0.0, norm)
        var direction = x, directionBefore = x
        // The first vector and its image, by which the second shows whether the matrix is symmetric.
        var first: (unit: Tensor, image: Tensor)?
        while norm > 0, iterations < steps {
            let unit = try current.combined(.multiply, scalar: Float(1 / beta))
            guard var image = try start.productUnlessStopped(unit) else {
                ending = .stopped
                break
            }
            if let known = first, iterations == 1 {
                try start.requireSymmetric(known.unit, known.image, unit, image, for: Self.name)
            }
            first = iterations == 0 ? (unit, image) : nil
            if iterations > 0 { image = try image.combined(1, before, Float(-beta / betaBefore)) }
            let alpha = try unit.dot(image)
            image = try image.combined(1, current, Float(-alpha / beta))
            (before, current) = (current, image)
            (betaBefore, beta) = (beta, image.norm())
            edges.append(alpha, beta)

            let cornerBefore = corner
            let delta = cosine * diagonalBar + sine * alpha, bar = sine * diagonalBar - cosine * alpha
            corner = sine * beta
            diagonalBar = -cosine * beta
            // ‖(H + λI) r‖ / ‖r‖ of the residual r so far. Nothing to float32: x has the least residual there is, and
            // another step would only run along what the matrix does not see (Choi, Paige & Saunders 2011).
            let slope = (bar * bar + diagonalBar * diagonalBar).squareRoot()
            let gamma = (bar * bar + beta * beta).squareRoot()
            if slope <= Self.least * edges.size || gamma <= Self.least * edges.size {
                ending = .singular
                break
            }
            (cosine, sine) = (bar / gamma, beta / gamma)
            let step = cosine * rest, last = x
            rest *= sine
            let next = try unit.combined(1, directionBefore, Float(-cornerBefore)).combined(
                Float(1 / gamma), direction, Float(-delta / gamma))
            (directionBefore, direction) = (direction, next)
            x = try x.combined(1, next, Float(step))
            iterations += 1
            let relative = abs(rest) / norm
            history.append(relative)
            // Where x is so long that its rounding alone is more, the recurrence cannot know its residual.
            let doubtful = 1e-7 * edges.size * x.norm() > 0.1 * abs(rest)
            if iterations % SolverStart.interval == 0 || (doubtful && relative > tolerance) {
                guard x.isFinite, let exact = try start.residualUnlessStopped(x) else {
                    ending = x.isFinite ? .stopped : .singular
                    if ending == .singular { x = last }
                    break
                }
                let measured = exact.norm() / norm
                best.offer(x, measured)
                if SolverStart.disagrees(measured, relative, tolerance: tolerance) {
                    // The one before may have been better than what was measured last.
                    if measured > best.residual, let exact = try start.residualUnlessStopped(last) {
                        best.offer(last, exact.norm() / norm)
                    }
                    ending = best.residual <= Self.solved ? .precision : .singular
                    x = best.x
                    break
                }
            }
            let goesOn = system.progress(SolverProgress(iteration: iterations, most: steps, residual: relative))
            if relative <= tolerance || beta <= 1e-7 * abs(alpha) {
                ending = relative <= tolerance ? .finished : .precision
                break
            }
            if !goesOn {
                ending = .stopped
                break
            }
        }
        var residual = history[history.count - 1]
        // What the user is told is measured, not what the recurrence believes; a stop is obeyed at once.
        if ending != .stopped, norm > 0 {
            if let measured = try start.residualUnlessStopped(x) {
                best.offer(x, measured.norm() / norm)
                (x, residual) = (best.x, best.residual)
                if ending == .finished, residual > 10 * tolerance { ending = .precision }
                if ending == .precision, residual > Self.solved { ending = .singular }
            } else {
                ending = .stopped
            }
        }
        return InverseSolution(
            solution: x, residual: residual, history: history, iterations: iterations, products: start.counter.count,
            ending: ending, damping: lambda, curing: ending == .singular ? edges.curing(lambda) : nil,
            bytes: 28 * v.count)
    }

    /// A share of the largest eigenvalue that products in float32 cannot tell from 0.
    private static let least = 1e-6
    /// A residual that float32 may leave of a system that has a solution.
    private static let solved = 1e-2
}
