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
        let pass = try ForwardPass(
            Weights(of: self, weights), ids: batch.ids(below: architecture.vocabulary), rows: batch.rows,
            time: batch.time, architecture: architecture, lengths: batch.paddedLengths)
        pass.recomputes = recomputes
        return pass
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
        guard let (parts, shape) = pass.attended else { throw ModelError.noLayer(layer, allowed: 0...0) }
        return try shape.probabilities(parts)
    }
}

extension AttentionShape {
    /// The probabilities [batch, heads, time, time] of packed queries, keys and values, or of each apart, in
    /// differentiable operations.
    func probabilities(_ parts: [Variable]) throws -> Variable {
        let isPacked = parts.count == 1, rowCount = batch * time
        var squares: [Variable] = []
        for row in 0..<batch {
            let length = lengths?[row] ?? time
            // What is masked counts e^-1e9, nothing in float32.
            let mask = Variable(
                try Tensor(shape: [time, time], on: parts[0].device) { mask in
                    for i in 0..<time {
                        for j in 0..<time { mask[i * time + j] = sees(i, j, length: length) ? 0 : -1e9 }
                    }
                })
            for head in 0..<heads {
                func part(_ index: Int) throws -> Variable {
                    let source = parts[isPacked ? 0 : index], own = index == 0 ? head : head / (heads / groups)
                    let column = isPacked ? self.column(index, head: own) : own * width
                    return try source.reshaped([rowCount, source.count / rowCount])
                        .sliced([row * time..<(row + 1) * time, column..<column + width])
                }
                var scores = try scoreScale * part(0).linear(part(1), transposed: true)
                if let softCap { scores = try softCap * (1 / softCap * scores).apply(.tanh) }
                squares.append(try (scores + mask).logSoftmax().apply(.exp).reshaped([1, time, time]))
            }
        }
        return try Variable.concatenated(squares).reshaped([batch, heads, time, time])
    }
}
