/// A model's linear layers as a pass over data meets them: the rows that went in, and the gradients of what came out.
import Autodiff
import Tensors

/// y = W x (+ b) inside a model.
public struct LinearLayer: Equatable, Sendable {
    /// The name of its weight without ".weight": "transformer.h.0.mlp.c_fc".
    public let name: String
    /// Where weight and bias lie among the flat parameters.
    public let weight: Range<Int>
    public let bias: Range<Int>?
    /// Widths of x and y.
    public let inputs, outputs: Int
    /// Whether the weight is stored [out, in], as PyTorch's `Linear` has it; GPT-2's `Conv1D` is [in, out].
    public let isTransposed: Bool

    public init(
        name: String, weight: Range<Int>, bias: Range<Int>?, inputs: Int, outputs: Int, isTransposed: Bool
    ) {
        self.name = name
        self.weight = weight
        self.bias = bias
        self.inputs = inputs
        self.outputs = outputs
        self.isTransposed = isTransposed
    }
}

/// What went through one layer for some sequences at once. Padding is left out.
public struct LinearLayerPass {
    public let layer: LinearLayer
    /// x [rows, in].
    public let inputs: Tensor
    /// The same for layers of one group that share their x.
    public let inputIdentity: InputIdentity
    /// The gradient of the sum of the sequences' losses with respect to y, [rows, out].
    public let outputGradients: Tensor
    /// The rows of each sequence.
    public let rows: [Range<Int>]
    /// Which sequences these are.
    public let indices: [Int]
    /// Counts the groups in which sequences run through the model.
    public let group: Int

    public init(
        layer: LinearLayer, inputs: Tensor, inputIdentity: InputIdentity, outputGradients: Tensor,
        rows: [Range<Int>], indices: [Int], group: Int
    ) {
        self.layer = layer
        self.inputs = inputs
        self.inputIdentity = inputIdentity
        self.outputGradients = outputGradients
        self.rows = rows
        self.indices = indices
        self.group = group
    }
}

extension LanguageModel {
    /// Runs sequences through the model and back, some at a time, and shows each linear layer's part, last layer first.
    /// The layer that gives the logits is left out: one of its Kronecker factors would be as wide as the vocabulary,
    /// and it often is the embedding as well. Embeddings and norms are no linear layers.
    /// - Parameters:
    ///   - groups: which of the groups in which the sequences run (see `groups(of:)`); all by default.
    ///   - progress: hears how many sequences are done, and may throw to stop.
    public func passLinearLayers(
        _ sequences: [TokenBatch], labels: LabelSource, reduction: LossReduction, groups chosen: Range<Int>? = nil,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in },
        visit: (LinearLayerPass) throws -> Void
    ) throws {
        try checkMoves()
        var done = 0
        let head = layout.entries[architecture.headName]?.offset
        var names: [Int: String] = [:]
        for (name, entry) in layout.entries {
            names[entry.offset] = name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
        }
        for (number, group) in groups(of: sequences).enumerated() where chosen?.contains(number) ?? true {
            let batch = try TokenBatch.sideBySide(group.map { sequences[$0] })
            let leaf = Variable(weights.value, requiresGradient: true)
            let target = try with(weights: leaf).targetLosses(
                batch, group, labels: labels, reduction: reduction, apart: false)
            var compact: (identity: InputIdentity, tensor: Tensor)?
            try target.losses.sweepLinearMaps(seed: target.weights, from: leaf) { map in
                guard map.weight.lowerBound != head else { return }
                let count = map.inputs == 0 ? 0 : map.input.count / map.inputs
                guard let kept = batch.keptRows(of: count) else { return }
                if compact?.identity != map.inputIdentity {
                    compact = (map.inputIdentity, try map.input.keeping(kept, columns: map.inputs))
                }
                guard let compact else { return }
                var start = 0
                let layer = LinearLayer(
                    name: names[map.weight.lowerBound] ?? "weights \(map.weight)", weight: map.weight, bias: map.bias,
                    inputs: map.inputs, outputs: map.outputs, isTransposed: map.isTransposed)
                try visit(
                    LinearLayerPass(
                        layer: layer, inputs: compact.tensor, inputIdentity: map.inputIdentity,
                        outputGradients: map.outputGradient.keeping(kept, columns: map.outputs),
                        rows: kept.map { range in
                            defer { start += range.count }
                            return start..<(start + range.count)
                        }, indices: group, group: number))
            }
            done += group.count
            try progress(done, sequences.count)
        }
    }
}

extension TokenBatch {
    /// The rows of each sequence among a layer's: all its positions, or its predicting ones where only these are left;
    /// `nil` where the rows are something else.
    fileprivate func keptRows(of count: Int) -> [Range<Int>]? {
        if count == rows * time { return lengths.enumerated().map { $0 * time..<($0 * time + $1) } }
        let targets = targetCounts
        guard count == targets.reduce(0, +) else { return nil }
        var start = 0
        return targets.map { number in
            defer { start += number }
            return start..<(start + number)
        }
    }
}

extension Tensor {
    /// Some runs of rows, one after the other: this tensor itself where these are all.
    fileprivate func keeping(_ ranges: [Range<Int>], columns: Int) throws -> Tensor {
        let count = ranges.reduce(0) { $0 + $1.count }
        if count * columns == self.count { return try reshaped([count, columns]) }
        return try Tensor(shape: [count, columns], on: device) { target in
            withElements { source in
                var start = 0
                for range in ranges {
                    for position in 0..<(range.count * columns) {
                        target[start + position] = source[range.lowerBound * columns + position]
                    }
                    start += range.count * columns
                }
            }
        }
    }
}
