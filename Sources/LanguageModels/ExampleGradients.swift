/// Gradients of single sequences, many at a time.
import Autodiff
import Tensors

extension LanguageModel {
    /// The gradient of each sequence's mean token NLL, as rows [M, P] in the order given.
    ///
    /// Sequences of similar length run through the model together, and each weight's gradient is formed per sequence
    /// from its own rows. Every sequence stands in a batch of its own and has something to predict. `progress` hears
    /// how many are done, and may throw to stop.
    public func exampleGradients(
        _ sequences: [TokenBatch], progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Tensor {
        let count = layout.count
        let matrix = try Tensor(uninitialized: [sequences.count, count], on: device)
        func row(_ index: Int) -> Tensor { matrix.segment(index * count, shape: [count]) }
        var done = 0, apart = true
        for group in groups(of: sequences) {
            if apart {
                do {
                    try gradients(group.map { sequences[$0] }, into: group.map(row))
                } catch is InseparableExamples {
                    apart = false
                }
            }
            for index in apart ? [] : group {
                let leaf = Variable(weights.value, requiresGradient: true)
                let loss = try with(weights: leaf).nll(sequences[index])
                if let gradient = try loss.sweep(.gradient, to: [leaf])[0].gradient { row(index).copy(from: gradient) }
                try progress(done + 1, sequences.count)
                done += 1
            }
            if apart {
                done += group.count
                try progress(done, sequences.count)
            }
        }
        return matrix
    }

    /// One pass over sequences of nearly one length.
    private func gradients(_ sequences: [TokenBatch], into gradients: [Tensor]) throws {
        let batch = try TokenBatch(
            sequences.map { $0.ids.map(Int.init) }, labels: sequences.map { $0.labels.map(Int.init) })
        let counts = batch.targetCounts
        guard !counts.contains(0) else { throw ModelError.nothingToPredict }
        let leaf = Variable(weights.value, requiresGradient: true)
        let losses = try with(weights: leaf).tokenNLL(batch, apart: true)
        let seed = try Tensor(
            counts.flatMap { [Float](repeating: 1 / Float(max(1, $0)), count: $0) }, shape: losses.shape, on: device)
        try losses.sweepExamples(
            ExampleRows(time: batch.time, lengths: batch.lengths, targets: counts), seed: seed, to: leaf,
            into: gradients)
    }

    /// Sequences by length, in groups of so many tokens that products of matrices are large and logits stay small. The
    /// groups depend on the lengths alone.
    private func groups(of sequences: [TokenBatch]) -> [[Int]] {
        let most = max(256, min(2048, (1 << 24) / architecture.vocabulary))
        let order = sequences.indices.sorted { (sequences[$0].time, $0) < (sequences[$1].time, $1) }
        var groups: [[Int]] = []
        for index in order {
            if let size = groups.last?.count, (size + 1) * sequences[index].time <= most {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
        return groups
    }
}
