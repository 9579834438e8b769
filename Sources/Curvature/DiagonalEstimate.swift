/// Estimates of the diagonal of a curvature matrix from what a loss can compute.
import Tensors

public enum DiagonalEstimate {
    /// The mean of u ⊙ (H u) over random probes u (Hutchinson 1990; Bekas et al. 2007), shaped like `vector`. Unbiased;
    /// with probes of ±1 the error comes from elements off the diagonal alone. Stops early, with the mean of what it
    /// has, when `progress` says so.
    public static func hutchinson(
        like vector: Tensor, samples: Int, _ distribution: ProbeDistribution, from generator: inout RandomGenerator,
        progress: (SolverProgress) -> Bool = { _ in true }, product: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let sum = try Tensor.zeros(vector.shape, on: vector.device)
        var taken = 0
        for sample in 0..<max(1, samples) {
            try vector.device.cancellation.check()
            let probe = try Tensor.probe(vector.shape, distribution, from: &generator, on: vector.device)
            let image = try product(probe)
            guard image.shape == vector.shape else {
                throw TensorError.shapesDoNotFit(operation: "hutchinson", left: vector.shape, right: image.shape)
            }
            sum.accumulate(try probe * image)
            taken += 1
            if !progress(SolverProgress(iteration: sample + 1, most: samples, residual: nil)) { break }
        }
        return try sum.combined(.multiply, scalar: 1 / Float(taken))
    }

    /// Gauss-Newton-Bartlett (Liu et al., arXiv 2305.14342): the mean of B·ĝ⊙ĝ, where each call of `gradient` draws
    /// labels from the model at B positions and gives the gradient ĝ of their mean negative log-likelihood. Unbiased
    /// for the diagonal of the Gauss-Newton matrix of the mean loss.
    public static func gaussNewtonBartlett(
        positions: Int, samples: Int = 1, gradient: () throws -> Tensor
    ) throws -> Tensor {
        var sum: Tensor?
        for _ in 0..<max(1, samples) {
            let square = try gradient().map(.square)
            sum = try sum.map { try $0 + square } ?? square
        }
        guard let sum else { throw SolverError("a diagonal needs at least one sample") }
        return try sum.combined(.multiply, scalar: Float(Double(positions) / Double(max(1, samples))))
    }

    /// The diagonal of the empirical Fisher: the mean of g⊙g over the rows of `gradients` [M, P].
    public static func empiricalFisher(_ gradients: Tensor) throws -> Tensor {
        guard gradients.rank == 2, gradients.shape[0] > 0 else {
            throw SolverError(
                "per-example gradients must be rows of a matrix, not a tensor of shape \(gradients.shape)")
        }
        return try EmpiricalFisher(gradients).diagonal()
    }
}
