/// Gradients of single sequences, many at a time.
import Autodiff
import Tensors

extension LanguageModel {
    /// The gradient of each sequence's loss, as rows [M, P] in the order given: of its mean token NLL, unless
    /// `reduction` says otherwise.
    ///
    /// Sequences of similar length run through the model together, and each weight's gradient is formed per sequence
    /// from its own rows. Every sequence stands in a batch of its own and has something to predict. `progress` hears
    /// how many are done, and may throw to stop.
    public func exampleGradients(
        _ sequences: [TokenBatch], labels: LabelSource = .data, reduction: LossReduction = .mean,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Tensor {
        try checkMoves()
        let count = layout.count
        let matrix = try Tensor(uninitialized: [sequences.count, count], on: device)
        let groups = groups(of: sequences), shares = device.ranks.sharesWork
        func rows(_ group: [Int]) -> [Tensor] { group.map { matrix.segment($0 * count, shape: [count]) } }
        let whole = ExampleWork(model: self, sequences: sequences, labels: labels, reduction: reduction)
        var work = whole
        try device.ranks.fill("gradients of examples", of: groups.count, parts: { rows(groups[$0]) }) { index in
            // What one group has shown of the model must not change another, which may be a different rank's.
            if shares { work = whole }
            try work.gradients(groups[index], into: rows(groups[index]), progress: progress)
        }
        return matrix
    }

    /// The same a few sequences at a time, for what needs each gradient once: `visit` is given the sequences' indices
    /// and their gradients as rows, whose memory is used again after it returns.
    public func eachExampleGradient(
        _ sequences: [TokenBatch], labels: LabelSource = .data, reduction: LossReduction = .mean,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in },
        visit: (_ indices: [Int], _ rows: Tensor) throws -> Void
    ) throws {
        try checkMoves()
        let count = layout.count
        // Rows of a quarter of a gigabyte.
        let most = max(1, min(64, (1 << 26) / max(1, count)))
        let chunks = groups(of: sequences).flatMap { group in
            stride(from: 0, to: group.count, by: most).map { Array(group[$0..<min($0 + most, group.count)]) }
        }
        guard let largest = chunks.map(\.count).max() else { return }
        let memory = try Tensor(uninitialized: [largest, count], on: device)
        var work = ExampleWork(model: self, sequences: sequences, labels: labels, reduction: reduction)
        for chunk in chunks {
            let rows = try memory.rows(0..<chunk.count)
            try work.gradients(
                chunk, into: chunk.indices.map { rows.segment($0 * count, shape: [count]) }, progress: progress)
            try visit(chunk, rows)
        }
    }

    /// Σ over sequences of their losses' gradients, [P].
    public func summedGradient(
        _ sequences: [TokenBatch], labels: LabelSource, reduction: LossReduction
    ) throws -> Tensor {
        try checkMoves()
        let groups = groups(of: sequences), sum = try Tensor.zeros([layout.count], on: device)
        let sums = try device.ranks.sums("gradient of examples", of: groups.count, on: device) { index in
            let leaf = Variable(weights.value, requiresGradient: true), group = groups[index]
            let target = try with(weights: leaf).targetLosses(
                .sideBySide(group.map { sequences[$0] }), group, labels: labels, reduction: reduction, apart: false)
            return Summand(
                tensors: [try target.losses.sweep(.gradient, to: [leaf], seed: target.weights)[0].gradient])
        }.tensors
        if let found = sums.first ?? nil { sum.accumulate(found) }
        return sum
    }

    /// Σ over a batch's sequences of their losses, to be differentiated.
    public func weightedLoss(_ batch: TokenBatch, _ reduction: LossReduction) throws -> Variable {
        let tokens = try tokenNLL(batch)
        guard reduction == .mean else { return try tokens.sum() }
        let weights = batch.targetCounts.flatMap { [Float](repeating: 1 / Float(max(1, $0)), count: $0) }
        return try tokens.dot(Variable(Tensor(weights, shape: [weights.count], on: device)))
    }

    /// Sequences by length, in groups of so many tokens that products of matrices are large and logits stay small; of
    /// fewer where ranks share them out. The groups depend on the lengths alone.
    public func groups(of sequences: [TokenBatch]) -> [[Int]] {
        let most = max(256, min(device.ranks.sharesWork ? 512 : 2048, (1 << 24) / architecture.vocabulary))
        let fixed = architecture.fixedPositions ?? .max
        let order = sequences.indices.sorted { (sequences[$0].time, $0) < (sequences[$1].time, $1) }
        var groups: [[Int]] = []
        for index in order {
            let time = sequences[index].time
            // Where positions depend on a text's length, only equal lengths go together.
            let fits = groups.last.map { time <= fixed || sequences[$0[0]].time == time } ?? false
            if let size = groups.last?.count, fits, (size + 1) * time <= most {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
        return groups
    }
}

/// Gradients of some of many sequences.
private struct ExampleWork {
    let model: LanguageModel
    let sequences: [TokenBatch]
    let labels: LabelSource
    let reduction: LossReduction
    private var done = 0
    /// Whether this model's gradients can be kept apart in one pass.
    private var separates = true

    init(model: LanguageModel, sequences: [TokenBatch], labels: LabelSource, reduction: LossReduction) {
        self.model = model
        self.sequences = sequences
        self.labels = labels
        self.reduction = reduction
    }

    mutating func gradients(
        _ group: [Int], into rows: [Tensor], progress: (_ done: Int, _ total: Int) throws -> Void
    ) throws {
        if separates {
            do {
                try together(group, into: rows)
                done += group.count
                try progress(done, sequences.count)
            } catch is InseparableExamples {
                separates = false
            }
        }
        for (index, row) in zip(group, rows) where !separates {
            let (leaf, target) = try losses([index], apart: false)
            let result = try target.losses.sweep(.gradient, to: [leaf], seed: target.weights)[0]
            if let gradient = result.gradient { row.copy(from: gradient) }
            done += 1
            try progress(done, sequences.count)
        }
    }

    /// One pass over sequences of nearly one length.
    private func together(_ group: [Int], into gradients: [Tensor]) throws {
        let (leaf, target) = try losses(group, apart: true), members = group.map { sequences[$0] }
        try target.losses.sweepExamples(
            ExampleRows(
                time: members.map(\.time).max() ?? 0, lengths: members.flatMap(\.lengths), targets: target.counts),
            seed: target.weights, to: leaf, into: gradients)
    }

    private func losses(_ group: [Int], apart: Bool) throws -> (leaf: Variable, LanguageModel.TargetLosses) {
        let leaf = Variable(model.weights.value, requiresGradient: true)
        let losses = try model.with(weights: leaf).targetLosses(
            TokenBatch.sideBySide(group.map { sequences[$0] }), group, labels: labels, reduction: reduction,
            apart: apart)
        return (leaf, losses)
    }
}

extension TokenBatch {
    /// Single sequences as rows of one batch.
    public static func sideBySide(_ sequences: [TokenBatch]) throws -> TokenBatch {
        try TokenBatch(sequences.map { $0.ids.map(Int.init) }, labels: sequences.map { $0.labels.map(Int.init) })
    }
}
