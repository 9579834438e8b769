/// Estimates of the diagonal of a curvature matrix from what a loss can compute, with their standard errors.
import LanguageModels
import Tensors

/// A mean over samples, and how far it may be off.
public struct EstimatedDiagonal: Sendable {
    public let mean: Tensor
    /// The standard error of each element: the samples' deviation over the root of their number; `nil` for one sample.
    public let error: Tensor?
    public let samples: Int
}

/// A running mean and deviation of tensors (Welford 1962).
struct RunningMean {
    private var mean: Tensor
    private var squares: Tensor
    private(set) var count = 0

    init(like tensor: Tensor) throws {
        mean = try Tensor.zeros(tensor.shape, on: tensor.device)
        squares = try Tensor.zeros(tensor.shape, on: tensor.device)
    }

    mutating func add(_ sample: Tensor) throws {
        count += 1
        let before = try sample.combined(1, mean, -1)
        mean = try mean.combined(1, before, 1 / Float(count))
        squares = try squares + before * sample.combined(1, mean, -1)
    }

    /// Everything times `scale`.
    func finished(scale: Double = 1) throws -> EstimatedDiagonal {
        let error: Tensor? =
            count < 2
            ? nil
            : try squares.map(.relu).map(.sqrt).combined(
                .multiply, scalar: Float(scale / (Double(count) * Double(count - 1)).squareRoot()))
        return EstimatedDiagonal(
            mean: scale == 1 ? mean : try mean.combined(.multiply, scalar: Float(scale)), error: error, samples: count)
    }
}

public enum DiagonalEstimate {
    /// The mean of u ⊙ (H u) over random probes u (Hutchinson 1990; Bekas et al. 2007), shaped like `vector`. Unbiased;
    /// with probes of ±1 the error comes from elements off the diagonal alone. Stops early, with the mean of what it
    /// has, when `progress` says so.
    public static func hutchinson(
        like vector: Tensor, samples: Int, _ distribution: ProbeDistribution, from generator: inout RandomGenerator,
        progress: (SolverProgress) -> Bool = { _ in true }, product: (Tensor) throws -> Tensor
    ) throws -> EstimatedDiagonal {
        var running = try RunningMean(like: vector)
        for sample in 0..<max(1, samples) {
            try vector.device.cancellation.check()
            let probe = try Tensor.probe(vector.shape, distribution, from: &generator, on: vector.device)
            let image = try product(probe)
            guard image.shape == vector.shape else {
                throw TensorError.shapesDoNotFit(operation: "hutchinson", left: vector.shape, right: image.shape)
            }
            try running.add(probe * image)
            if !progress(SolverProgress(iteration: sample + 1, most: samples, residual: nil)) { break }
        }
        return try running.finished()
    }

    /// Gauss-Newton-Bartlett (Liu et al., arXiv 2305.14342): the mean of B·ĝ⊙ĝ, where each call of `gradient` draws
    /// labels from the model at B positions and gives the gradient ĝ of their mean negative log-likelihood. Unbiased
    /// for the diagonal of the Gauss-Newton matrix of the mean loss.
    public static func gaussNewtonBartlett(
        positions: Int, samples: Int = 1, gradient: () throws -> Tensor
    ) throws -> EstimatedDiagonal {
        try gaussNewtonBartlett(scale: Double(positions), samples: samples) { _ in try gradient() }
    }

    /// The same with another factor than B, for sums instead of means; `gradient` is told which sample it is.
    static func gaussNewtonBartlett(
        scale: Double, samples: Int, gradient: (_ sample: Int) throws -> Tensor
    ) throws -> EstimatedDiagonal {
        var running: RunningMean?
        for sample in 0..<max(1, samples) {
            let square = try gradient(sample).map(.square)
            if running == nil { running = try RunningMean(like: square) }
            try running?.add(square)
        }
        guard let running else { throw SolverError("a diagonal needs at least one sample") }
        return try running.finished(scale: scale)
    }

    /// The diagonal of the empirical Fisher: the mean of g⊙g over the rows of `gradients` [M, P].
    public static func empiricalFisher(_ gradients: Tensor) throws -> Tensor {
        guard gradients.rank == 2, gradients.shape[0] > 0 else {
            throw SolverError(
                "per-example gradients must be rows of a matrix, not a tensor of shape \(gradients.shape)")
        }
        return try EmpiricalFisher(gradients).diagonal()
    }

    /// The diagonal of F = scale Σ g gᵀ of a model's examples, one gradient in memory at a time.
    static func fisher(
        _ examples: any LayeredExamples, labels: LabelSource, _ source: CurvatureSource, for name: String
    ) throws -> EstimatedDiagonal {
        var running = try RunningMean(like: Tensor.zeros([examples.parameters], on: source.device))
        try examples.eachGradient(labels: labels, progress: source.examplesProgress) { indices, rows in
            for row in indices.indices {
                try running.add(rows.rows(row..<(row + 1)).reshaped([examples.parameters]).map(.square))
            }
        }
        let diagonal = try running.finished(scale: examples.exampleScale * Double(running.count))
        guard diagonal.mean.isFinite else { throw SolverError("\(name) met a gradient that is not finite") }
        return diagonal
    }
}
