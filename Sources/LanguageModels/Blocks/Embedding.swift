/// Both ends of a transformer: from tokens to the residual stream, and from there to logits.
import Autodiff
import Tensors

/// Token embeddings, with what makes the residual stream of them.
public struct Embedding: Sendable {
    /// The table of tokens [vocabulary, width].
    public let name: String
    /// The width of its rows.
    public let width: Int
    /// A table of learned positions [offset + context, width], if there is one; its first rows stand before the first
    /// position's.
    public var positions: (name: String, offset: Int)?
    /// From the embeddings' width to the residual stream's (OPT-350M).
    public var projection: Projection?
    /// What embeddings are multiplied with (Gemma).
    public var scale: Float?

    public init(_ name: String, width: Int) {
        self.name = name
        self.width = width
    }

    /// The residual stream [rows · time, width].
    func callAsFunction(_ pass: ForwardPass) throws -> Variable {
        let weights = pass.weights
        guard let positions else {
            let rows = try project(weights.rows(of: name, pass.ids), weights)
            return try scale.map { try $0 * rows } ?? rows
        }
        let leading = [pass.rows, pass.time]
        var x = try weights.rows(
            of: name, pass.ids, leading: projection == nil ? leading : [pass.rows * pass.time])
        if let projection {
            x = try project(x, weights).reshaped(leading + [projection.outputs])
        }
        if let scale { x = try scale * x }
        x = try x + pass.positions(of: weights[positions.name], offset: positions.offset)
        return try x.reshaped([pass.rows * pass.time, projection?.outputs ?? width])
    }

    private func project(_ x: Variable, _ weights: Weights) throws -> Variable {
        try projection?(x, BlockWeights(weights: weights, prefix: "")) ?? x
    }
}

/// From hidden states to logits.
public struct Head: Sendable {
    /// The weight [vocabulary, width]: the token embeddings' own where they are tied.
    public let name: String
    /// From the residual stream's width to the embeddings' (OPT-350M).
    public var projection: Projection?
    public var bias: String?
    /// Logits l become cap · tanh(l / cap) (Gemma 2).
    public var softCap: Float?

    public init(_ name: String) { self.name = name }

    /// What logits are formed of; nil where an adapter adds to the matrix.
    func formation(_ hidden: Variable, _ weights: Weights) throws -> HeadLogits? {
        guard let matrix = try weights.headMatrix(name) else { return nil }
        return HeadLogits(
            try states(hidden, weights), matrix, bias: try bias.map { try weights[$0] }, cap: softCap)
    }

    /// Logits [positions, vocabulary].
    func callAsFunction(_ hidden: Variable, _ weights: Weights) throws -> Variable {
        try weights.linear(states(hidden, weights), name, bias: bias, transposed: true).softCapped(softCap ?? 0)
    }

    private func states(_ hidden: Variable, _ weights: Weights) throws -> Variable {
        try projection?(hidden, BlockWeights(weights: weights, prefix: "")) ?? hidden
    }
}
