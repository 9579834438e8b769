/// A truncated Neumann series on minibatch products.
import Settings
import Tensors

public struct LiSSA: IterativeSolver {
    public static let name = "lissa"
    public static let exampleSettings = "damping=0, scale=5, steps=500"
    public static let summary = """
        x <- v + (I - (H + damping)/scale) x, and x/scale in the end (Agarwal et al., arXiv 1602.03943; Koh & Liang, \
        2017). Each step may use another minibatch's product; where the matrix is that of a model's examples, all take \
        that of at most so many of them as examples says, and the residual tells how far it is from the whole. \
        Converges when scale exceeds half the largest eigenvalue and H + damping is positive definite; scale 0 means \
        1.2 times the largest, from ten products of power iteration.
        """

    public var damping = Damping.auto
    public var scale = 0.0
    public var steps = 100
    public var tolerance = 1e-5
    public var examples = 64

    public static var settings: [Setting<Self>] {
        [
            dampingSetting, .number("scale", \.scale, "divisor of H; 0 finds one"), stepsSetting,
            .number("tolerance", \.tolerance, "relative change of x at which to stop"),
            .count(
                "examples", \.examples, "the most examples that products are taken with, spread evenly over the data"),
        ]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        let start = try begin(CurvatureSystem(system.source.of(atMost: examples), vector: system.vector)),
            v = system.vector, lambda = start.damping, norm = start.norm
        var x = try v.copied(), history = [Double](), iterations = 0
        var ending = norm == 0 ? InverseSolution.Ending.finished : .limit
        let c = scale > 0 ? scale : 1.2 * (try largestEigenvalue(v, start.product))
        while norm > 0, iterations < steps {
            // v − (H + λI) x / c is both the residual, seen from x/c, and the next change of x.
            guard let image = try start.productUnlessStopped(x) else {
                ending = .stopped
                break
            }
            let change = try v.combined(1, image, Float(-1 / c))
            x = try x.combined(1, change, 1)
            iterations += 1
            let residual = change.norm() / norm
            history.append(residual)
            guard x.isFinite, residual < 1e6 else { throw try diverging(start, scale: c) }
            if residual <= tolerance {
                ending = .finished
                break
            }
            if !system.progress(SolverProgress(iteration: iterations, most: steps, residual: residual)) {
                ending = .stopped
                break
            }
        }
        // Where H + damping is singular along v, what is left of v there stays, however long it goes on.
        var curing: Double?
        if ending == .limit, iterations >= 20, let last = history.last, last > 10 * tolerance,
            last > 0.999 * history[iterations / 2]
        {
            ending = .singular
            curing = try start.edges(steps: 30).curing(lambda)
        }
        let solution = try x.combined(.multiply, scalar: Float(norm == 0 ? 0 : 1 / c))
        let residual =
            ending == .stopped
            ? history.last : try system.residual(of: solution, damping: lambda, for: Self.name, counting: start.counter)
        return InverseSolution(
            solution: solution, residual: residual, history: history, iterations: iterations,
            products: start.counter.count,
            gradients: 0, ending: ending, damping: lambda, curing: curing, bytes: 8 * v.count)
    }

    /// Which of the two conditions fails, and the scale or damping with which it holds.
    private func diverging(_ start: SolverStart, scale c: Double) throws -> SolverError {
        let lambda = start.damping
        guard let edges = try start.edges(steps: 30).values else {
            return SolverError("lissa diverges with scale \(c); raise scale or damping")
        }
        let (least, most) = (edges.least, edges.most + edges.mostError)
        if least >= -1e-6 * max(most, -least) {
            return SolverError(
                """
                lissa diverges with scale \(c): H + damping has an eigenvalue near \(SpectrumEdges.rounded(most)), \
                above twice the scale; scale=\(SpectrumEdges.rounded(most)) would cure it
                """)
        }
        let cure =
            SpectrumEdges.curing(least: least - edges.leastError, most: most, damping: lambda) ?? lambda
        let above = most + cure - lambda
        return SolverError(
            """
            lissa diverges: H + damping has an eigenvalue near \(SpectrumEdges.rounded(least)), below 0; \
            damping=\(cure) would cure it\(2 * c <= above ? ", with scale=\(SpectrumEdges.rounded(above)) or more" : "")
            """)
    }

    /// The largest amount of an eigenvalue, by power iteration from v; a little below it.
    private func largestEigenvalue(_ vector: Tensor, _ product: (Tensor) throws -> Tensor) throws -> Double {
        var direction = vector, value = 0.0
        for _ in 0..<10 {
            let norm = direction.norm()
            guard norm > 0 else { break }
            direction = try product(direction.combined(.multiply, scalar: Float(1 / norm)))
            value = direction.norm()
        }
        return value > 0 ? value : 1
    }
}
