/// Influence scores of training examples on queries (Koh & Liang, arXiv 1703.04730).
///
/// score(q, t) = ∇m(q)ᵀ (H + λI)⁻¹ ∇ℓ(t) for the losses m(q) of a query and ℓ(t) of a training example. By the implicit
/// function theorem a little more weight ε on t lowers m(q) by ε · score: *positive means that training on t helps q*.
/// Leaving t out of N examples raises m(q) by about score / N.
import Autodiff
import LanguageModels
import Tensors

public enum InfluenceScores {
    /// (H + λI)⁻¹ ∇m(q) for some queries, as rows [Q, P].
    /// - Parameters:
    ///   - ranges: parameters that take part; all, if `nil`.
    ///   - inverse: x for a v, both [P].
    public static func preconditioned(
        _ queries: ModelExamples, within ranges: [Range<Int>]?, inverse: (Tensor) throws -> Tensor,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Tensor {
        let width = queries.parameters
        let result = try Tensor(uninitialized: [queries.count, width], on: queries.model.device)
        var done = 0
        try queries.eachGradient(labels: .data, progress: { _, _ in }) { indices, rows in
            for (row, index) in indices.enumerated() {
                let gradient = try rows.rows(row..<(row + 1)).reshaped([width])
                let x = try inverse(ranges.map { try gradient.keeping($0) } ?? gradient.copied())
                guard x.count == width else {
                    throw SolverError("the inverse returned \(x.count) numbers for a gradient of \(width)")
                }
                let kept = try ranges.map { try x.reshaped([width]).keeping($0) } ?? x
                result.withWritable { target in
                    kept.withElements { source in
                        for place in 0..<width { target[index * width + place] = source[place] }
                    }
                }
                done += 1
                try progress(done, queries.count)
            }
        }
        return result
    }

    /// Products of the rows [Q, P] with the gradients of training examples: one list of Q × N numbers (query by query)
    /// for each of `parts`, which are sets of parameters.
    public static func pairwise(
        _ rows: Tensor, _ training: ModelExamples, parts: [[Range<Int>]],
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> [[Double]] {
        let queries = rows.shape[0], count = training.count
        var scores = parts.map { _ in [Double](repeating: 0, count: queries * count) }
        try training.eachGradient(labels: .data, progress: progress) { indices, gradients in
            for (part, ranges) in parts.enumerated() {
                for range in ranges {
                    let products = try rows.rowProducts(with: gradients, columns: range)
                    for query in 0..<queries {
                        for (place, index) in indices.enumerated() {
                            scores[part][query * count + index] += products[query * indices.count + place]
                        }
                    }
                }
            }
        }
        return scores
    }

    /// score(t, t) of each training example: how much of its loss hangs on itself. Never negative for a positive
    /// definite H + λI; large for what is memorised.
    public static func selfInfluence(
        _ training: ModelExamples, within ranges: [Range<Int>]?, inverse: (Tensor) throws -> Tensor,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> [Double] {
        let width = training.parameters
        var scores = [Double](repeating: 0, count: training.count), done = 0
        try training.eachGradient(labels: .data, progress: { _, _ in }) { indices, rows in
            for (row, index) in indices.enumerated() {
                let whole = try rows.rows(row..<(row + 1)).reshaped([width])
                let gradient = try ranges.map { try whole.keeping($0) } ?? whole.copied()
                scores[index] = try gradient.dot(inverse(gradient).reshaped([width]))
                done += 1
                try progress(done, training.count)
            }
        }
        return scores
    }

    /// Scores of single tokens of the training examples: for each row of [Q, P] and each example the derivative of its
    /// targets' losses along that row, by one forward sweep. They add up to the example's score.
    public static func tokens(
        _ rows: Tensor, _ training: ModelExamples, reduction: LossReduction, differentiator: Differentiator,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> [[[Double]]] {
        let model = training.model, sequences = training.sequences
        let none = [[Double]](repeating: [], count: sequences.count)
        return try (0..<rows.shape[0]).map { query in
            let direction = Variable(try rows.rows(query..<(query + 1)).reshaped([training.parameters]))
            var scores = none
            for group in model.groups(of: sequences) {
                try model.device.cancellation.check()
                let batch = try TokenBatch.sideBySide(group.map { sequences[$0] }), counts = batch.targetCounts
                let slopes = try differentiator.directional([model.weights], [direction]) {
                    try model.with(weights: $0[0]).tokenNLL(batch)
                }.value.elements
                var start = 0
                for (index, count) in zip(group, counts) {
                    let weight = reduction == .sum ? 1 : 1 / Double(max(1, count))
                    scores[index] = slopes[start..<(start + count)].map { Double($0) * weight }
                    start += count
                }
            }
            try progress(query + 1, rows.shape[0])
            return scores
        }
    }
}
