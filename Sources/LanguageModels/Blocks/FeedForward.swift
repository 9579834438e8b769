/// The feed-forward layer of a block.
import Autodiff

public struct FeedForward: Equatable, Sendable {
    public enum Form: Equatable, Sendable {
        /// down(act(up x))
        case plain(up: Projection, down: Projection)
        /// down(act(gate x) · up x) (Shazeer, arXiv 2002.05202)
        case gated(gate: Projection, up: Projection, down: Projection)
        /// The same with both in one projection, the gate first (Phi-3).
        case fused(gateUp: Projection, down: Projection)
    }
    public let form: Form
    public let activation: Activation

    public init(_ form: Form, _ activation: Activation) {
        self.form = form
        self.activation = activation
    }

    /// What goes in, and what comes out into the residual stream.
    var projections: (inner: [Projection], output: Projection) {
        switch form {
        case .plain(let up, let down): ([up], down)
        case .gated(let gate, let up, let down): ([gate, up], down)
        case .fused(let both, let down): ([both], down)
        }
    }

    /// Rows [rows, width].
    func callAsFunction(_ x: Variable, _ weights: BlockWeights) throws -> Variable {
        switch form {
        case .plain(let up, let down): return try down(activation(up(x, weights)), weights)
        case .gated(let gate, let up, let down):
            return try down(activation(gate: gate(x, weights), up(x, weights)), weights)
        case .fused(let both, let down):
            let parts = try both(x, weights), rows = 0..<parts.count / both.outputs, half = both.outputs / 2
            return try down(
                activation(gate: parts.sliced([rows, 0..<half]), parts.sliced([rows, half..<2 * half])), weights)
        }
    }
}
