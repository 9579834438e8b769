/// Labels that a model draws itself, and how the losses of a sequence's tokens become one.
import Tensors

/// Where the labels of a gradient come from.
public enum LabelSource: Sendable {
    /// The data's own: squares of such gradients make the *empirical* Fisher.
    case data
    /// Drawn from the model's own distribution, for each sequence from a stream of its own: such gradients make the
    /// *true* Fisher, which for a softmax is the Gauss-Newton matrix.
    case sampled(RandomGenerator)
}

/// The loss of one sequence out of its tokens' NLL.
public enum LossReduction: String, CaseIterable, Sendable {
    case sum, mean
}

extension Tensor {
    /// One label for each row of logits [rows, vocabulary], drawn from its softmax; `uniform` gives each row's number
    /// in [0, 1), in order.
    public func sampledLabels(_ uniform: (_ row: Int) -> Double) throws -> [Int32] {
        guard rank == 2, shape[1] > 0 else {
            throw TensorError.invalid("labels are drawn from rows of logits, not from a tensor of shape \(shape)")
        }
        let probabilities = try logSoftmax().map(.exp), n = shape[1]
        return probabilities.withElements { p in
            (0..<shape[0]).map { row in
                var draw = Float(uniform(row))
                for label in 0..<n {
                    draw -= p[row * n + label]
                    if draw < 0 { return Int32(label) }
                }
                return Int32(n - 1)
            }
        }
    }
}

import Autodiff

extension LanguageModel {
    /// The NLL of each target of a batch, with what each counts for.
    struct TargetLosses {
        /// [targets].
        let losses: Variable
        /// [targets]: 1, or 1 over the number of its sequence's targets.
        let weights: Tensor
        let counts: [Int]
    }

    /// - Parameters:
    ///   - indices: which sequences the rows are: labels depend on these, not on who stands beside them.
    ///   - apart: whether gradients of single sequences are to be told apart.
    func targetLosses(
        _ batch: TokenBatch, _ indices: [Int], labels: LabelSource, reduction: LossReduction, apart: Bool
    ) throws -> TargetLosses {
        let (positions, targets) = batch.targets, counts = batch.targetCounts
        guard !counts.contains(0) else { throw ModelError.nothingToPredict }
        let predictions = try predictions(batch, positions, apart: apart)
        var drawn = targets
        if case .sampled(let generator) = labels {
            var draws: [Double] = []
            draws.reserveCapacity(targets.count)
            for (index, count) in zip(indices, counts) {
                var own = generator.stream(UInt64(index))
                for _ in 0..<count { draws.append(own.uniform()) }
            }
            drawn = try predictions.sampledLabels { draws[$0] }
        }
        let weights = counts.flatMap {
            [Float](repeating: reduction == .sum ? 1 : 1 / Float(max(1, $0)), count: $0)
        }
        return TargetLosses(
            losses: try predictions.crossEntropy(drawn),
            weights: try Tensor(weights, shape: [weights.count], on: device),
            counts: counts)
    }
}
