/// Looking into a model: hidden states and attention of a layer.
import Autodiff
import Tensors

/// What of a layer a forward pass is run for.
enum WantedLayer {
    /// What goes into block `layer`.
    case hidden(Int)
    case attention(Int)
}

extension LanguageModel {
    func pass(_ batch: TokenBatch) throws -> ForwardPass {
        try ForwardPass(
            Weights(layout, weights), ids: batch.ids(below: architecture.vocabulary), rows: batch.rows,
            time: batch.time, architecture: architecture, lengths: batch.paddedLengths)
    }

    /// Hidden states [rows, time, width], numbered as transformers' `hidden_states` are: 0 is what the first block gets
    /// (embeddings), `k` what the k-th block leaves, and the last one, `layers`, is after the last norm. Gauss-Newton
    /// products of a loss on them count the network as ending here.
    /// - Throws: `ModelError.noLayer` outside of 0...layers.
    public func hiddenStates(_ batch: TokenBatch, layer: Int) throws -> Variable {
        guard (0...architecture.layers).contains(layer) else {
            throw ModelError.noLayer(layer, allowed: 0...architecture.layers)
        }
        let pass = try pass(batch)
        if layer < architecture.layers { pass.wanted = .hidden(layer) }
        return try architecture.hidden(pass).reshaped([batch.rows, batch.time, architecture.width]).asNetworkOutput()
    }

    /// Attention probabilities [rows, heads, time, time] of a block, counted from 0 as transformers' `attentions` are:
    /// how much each position (third axis) looks at each (fourth).
    /// - Throws: `ModelError.noLayer` outside of 0..<layers.
    public func attention(_ batch: TokenBatch, layer: Int) throws -> Variable {
        guard (0..<architecture.layers).contains(layer) else {
            throw ModelError.noLayer(layer, allowed: 0...(architecture.layers - 1))
        }
        let pass = try pass(batch)
        pass.wanted = .attention(layer)
        _ = try architecture.hidden(pass)
        return try AttentionProbabilities(architecture, batch).computed(pass.attended)
    }
}

/// softmax(q kᵀ / √width) of one block, in differentiable operations.
private struct AttentionProbabilities {
    let rows, time, heads, groups, width: Int
    let lengths: [Int]

    init(_ architecture: any Architecture, _ batch: TokenBatch) {
        (rows, time, lengths) = (batch.rows, batch.time, batch.lengths)
        (heads, groups, width) = (architecture.heads, architecture.groups, architecture.headWidth)
    }

    /// - Parameter parts: packed queries, keys and values, or each apart.
    func computed(_ parts: [Variable]) throws -> Variable {
        let scale = 1 / Float(width).squareRoot()
        let isPacked = parts.count == 1
        var squares: [Variable] = []
        for row in 0..<rows {
            // What is masked counts e^-1e9, nothing in float32.
            let mask = Variable(
                try Tensor(shape: [time, time], on: parts[0].device) { mask in
                    for i in 0..<time {
                        for j in 0..<time { mask[i * time + j] = j <= i && j < lengths[row] ? 0 : -1e9 }
                    }
                })
            for head in 0..<heads {
                let group = head / (heads / groups)
                func part(_ index: Int, _ column: Int) throws -> Variable {
                    let source = parts[isPacked ? 0 : index], start = isPacked && index == 1 ? heads * width : 0
                    let matrix = try source.reshaped([rows * time, source.count / (rows * time)])
                    return try matrix.sliced([
                        row * time..<(row + 1) * time, start + column * width..<start + (column + 1) * width,
                    ])
                }
                let scores = try scale * part(0, head).linear(part(1, group), transposed: true) + mask
                squares.append(try scores.logSoftmax().apply(.exp).reshaped([1, time, time]))
            }
        }
        return try Variable.concatenated(squares).reshaped([rows, heads, time, time])
    }
}
