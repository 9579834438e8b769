/// Activation patching: a model run with the residual stream of another one from some block on.
import Autodiff

extension LanguageModel {
    /// The residual stream [rows · time, width] before each block and behind the last: layers + 1 of them.
    /// - Throws: `ModelError.noResidualStream` for an architecture that does not show it.
    public func residualStream(_ batch: TokenBatch) throws -> [Variable] {
        let pass = try pass(batch)
        pass.stream = []
        _ = try architecture.hidden(pass)
        guard let stream = pass.stream, stream.count == architecture.layers + 1 else {
            throw ModelError.noResidualStream(architecture.kind)
        }
        return stream
    }

    /// Logits [positions, vocabulary] at chosen positions (row · time + t), where `states` [rows · time, width] take the
    /// place of the residual stream before block `layer` (behind the last one for `layer` = layers).
    /// - Throws: `ModelError.noLayer` outside of 0...layers, and `ModelError.noResidualStream`.
    public func targetLogits(
        _ batch: TokenBatch, _ positions: [Int32], patching layer: Int, with states: Variable
    ) throws -> Variable {
        guard (0...architecture.layers).contains(layer) else {
            throw ModelError.noLayer(layer, allowed: 0...architecture.layers)
        }
        guard states.shape == [batch.rows * batch.time, architecture.width] else {
            throw ModelError.differentModels(
                "states of shape \(states.shape) do not fit a residual stream of \(architecture.width) numbers a token")
        }
        let pass = try pass(batch)
        pass.patch = (layer, states)
        let hidden = try architecture.hidden(pass).gather(positions)
        guard pass.isPatched else { throw ModelError.noResidualStream(architecture.kind) }
        return try architecture.logits(hidden, Weights(of: self, weights))
    }
}
