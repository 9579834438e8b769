/// MINRES (Paige & Saunders 1975): the least residual on products, for matrices that may be indefinite.
import Settings
import Tensors

public struct MinimalResidual: IterativeSolver {
    public static let name = "minres"
    public static let summary = """
        Minimal residuals (Paige & Saunders, SIAM J. Numer. Anal. 12, 1975): exact products with a symmetric H, one an \
        iteration, and no matrix. Each iterate has the least residual of all combinations of the products so far, \
        whether or not H + damping is positive definite: the solver for exact Hessians of networks, at which cg stops. \
        At negative curvature x points uphill along it, to where the gradient vanishes, as Newton's method does.
        """

    public var damping: Damping = 0
    public var steps = 50
    public var tolerance = 1e-5

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let start = try begin(system), v = system.vector, lambda = start.damping, norm = start.norm
        var x = try Tensor.zeros(v.shape, on: v.device), history = [norm == 0 ? 0.0 : 1.0], iterations = 0
        var ending = norm == 0 ? InverseSolution.Ending.finished : .limit

        // Lanczos vectors, unnormalised: this one, the last, and the next.
        var before = v, current = v, beta = norm, betaBefore = 0.0
        // The last two columns of what QR leaves of the tridiagonal matrix, and the two directions they belong to.
        var (cosine, sine, diagonalBar, corner, rest) = (-1.0, 0.0, 0.0, 0.0, norm)
        var direction = x, directionBefore = x
        while norm > 0, iterations < steps {
            let unit = try current.combined(.multiply, scalar: Float(1 / beta))
            guard var image = try start.productUnlessStopped(unit) else {
                ending = .stopped
                break
            }
            if iterations > 0 { image = try image.combined(1, before, Float(-beta / betaBefore)) }
            let alpha = try unit.dot(image)
            image = try image.combined(1, current, Float(-alpha / beta))
            (before, current) = (current, image)
            (betaBefore, beta) = (beta, image.norm())

            let cornerBefore = corner
            let delta = cosine * diagonalBar + sine * alpha, bar = sine * diagonalBar - cosine * alpha
            corner = sine * beta
            diagonalBar = -cosine * beta
            let gamma = max((bar * bar + beta * beta).squareRoot(), 1e-30 * norm)
            (cosine, sine) = (bar / gamma, beta / gamma)
            let step = cosine * rest
            rest *= sine
            let next = try unit.combined(1, directionBefore, Float(-cornerBefore)).combined(
                Float(1 / gamma), direction, Float(-delta / gamma))
            (directionBefore, direction) = (direction, next)
            x = try x.combined(1, next, Float(step))
            iterations += 1
            let relative = abs(rest) / norm
            history.append(relative)
            guard x.isFinite else {
                throw SolverError("minres diverges: H + \(lambda) I is singular along v; raise the damping")
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
                residual = measured.norm() / norm
                if ending == .finished, residual > 10 * tolerance { ending = .precision }
            } else {
                ending = .stopped
            }
        }
        return InverseSolution(
            solution: x, residual: residual, history: history, iterations: iterations, products: start.counter.count,
            ending: ending, damping: lambda, bytes: 24 * v.count)
    }
}
