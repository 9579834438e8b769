/// The inverse-Hessian product of a widely used baseline exactly as its code has it, to repeat its results.
import Settings
import Tensors

public struct WoodFisherReleased: InverseSolver {
    public static let name = "woodfisher_released"
    public static let need = CurvatureNeed.gradients
    public static let summary = """
        The code that SOUL's influence baseline uses (Unlearn-Sparse, Wfisher.py), as released. It keeps one vector o, \
        the first example's gradient, where WoodFisher keeps a matrix: k -= (k.g)/(M + o.g) o, o -= (o.g)/(M + o.g) o \
        for each further g, k starting at v. o stays parallel to the first gradient, so k differs from v along that \
        one direction only: this is not the inverse Fisher product. Compare with woodfisher, which is.
        """

    /// Not in the released code, whose matrix starts at I.
    public var damping: Damping = 1
    /// The released code's M; its loop takes the first M + 2 examples.
    public var examples = 1000

    public static var settings: [Setting<Self>] {
        [
            .count(
                "examples", \.examples, "M of the formula; as the released loop does, it takes the first M + 2 examples"
            )
        ]
    }

    public init() {}

    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        _ = try system.finiteNorm(for: Self.name)
        let rows = try system.source.leadingGradients(atMost: examples + 2, for: Self.name), counter = Counter()
        let x = try solve(system.vector, count: rows.shape[0]) {
            rows.segment($0 * system.vector.count, shape: system.vector.shape)
        }
        let lambda = 1.0
        let residual =
            try system.residual(of: x, damping: lambda, for: Self.name, counting: counter)
            ?? EmpiricalFisher(rows).residual(of: x, vector: system.vector, damping: lambda)
        return InverseSolution(
            solution: x, residual: residual, history: [], iterations: rows.shape[0], products: counter.count,
            gradients: rows.shape[0], ending: .finished, damping: lambda, bytes: 4 * rows.count)
    }

    /// The same on gradients made one at a time, for models too large to keep them all; two vectors of memory.
    public func solve(_ vector: Tensor, count: Int, gradient: (Int) throws -> Tensor) throws -> Tensor {
        let k = try vector.copied()
        var first: Tensor?
        for index in 0..<count {
            try vector.device.cancellation.check()
            let g = try gradient(index)
            guard g.shape == vector.shape else {
                throw TensorError.shapesDoNotFit(operation: Self.name, left: vector.shape, right: g.shape)
            }
            if let o = first {
                let overlap = try o.dot(g), scale = Double(examples) + overlap
                k.accumulate(o, times: Float(-(try k.dot(g)) / scale))
                first = try o.combined(.multiply, scalar: Float(1 - overlap / scale))
            } else {
                first = try g.copied()
            }
            // Where the released loop returns.
            if index > examples { break }
        }
        return k
    }
}
