/// Norms as building blocks: their kinds, their places around a layer, and norms of queries and keys.
import Autodiff
import Tensors

/// Layer norm (Ba et al., arXiv 1607.06450) or RMS norm (Zhang & Sennrich, arXiv 1910.07467) of rows.
public struct Norm: Equatable, Sendable {
    public enum Kind: Sendable { case layer, rms }
    /// Its own parameters.
    public enum Parameters: Sendable {
        case none, weight, weightAndBias
        /// A weight that counts from 1 (Gemma).
        case weightFromOne
    }
    /// Counted from the block's own name.
    public let name: String
    public let width: Int
    public let kind: Kind
    public let parameters: Parameters
    public let epsilon: Float

    public static func layer(
        _ name: String, _ width: Int, epsilon: Double, parameters: Parameters = .weightAndBias
    ) -> Norm {
        Norm(name: name, width: width, kind: .layer, parameters: parameters, epsilon: Float(epsilon))
    }

    public static func rms(_ name: String, _ width: Int, epsilon: Double, parameters: Parameters = .weight) -> Norm {
        Norm(name: name, width: width, kind: .rms, parameters: parameters, epsilon: Float(epsilon))
    }

    var blockParameters: [BlockParameter] {
        func parameter(_ suffix: String, _ value: Float) -> BlockParameter {
            BlockParameter(name: name + suffix, shape: [width], initialization: .constant(value))
        }
        return switch parameters {
        case .none: []
        case .weight: [parameter(".weight", 1)]
        case .weightFromOne: [parameter(".weight", 0)]
        case .weightAndBias: [parameter(".weight", 1), parameter(".bias", 0)]
        }
    }

    /// Rows of x, or each of `parts` of a row by itself.
    func callAsFunction(_ x: Variable, _ weights: BlockWeights, parts: Int = 1) throws -> Variable {
        let weight =
            parameters == .none
            ? Variable(try Tensor(repeating: 1, shape: [width], on: x.device)) : try weights[name + ".weight"]
        switch kind {
        case .rms:
            return try x.rmsNorm(
                weight, epsilon: epsilon, offset: parameters == .weightFromOne ? 1 : 0, parts: parts)
        case .layer:
            let bias = parameters == .weightAndBias ? try weights[name + ".bias"] : nil
            return try x.layerNorm(weight, bias, epsilon: epsilon, parts: parts)
        }
    }
}

/// Where norms stand around a layer f that is added to the residual stream x.
public struct NormPlaces: Equatable, Sendable {
    /// f(norm(x)), f's result normed, the sum normed.
    public let before, after, outside: Norm?

    public init(before: Norm? = nil, after: Norm? = nil, outside: Norm? = nil) {
        self.before = before
        self.after = after
        self.outside = outside
    }

    var all: [Norm] { [before, after, outside].compactMap { $0 } }
}

/// A norm of queries or keys.
public struct HeadNorm: Equatable, Sendable {
    public enum Scope: Sendable {
        /// All heads together (OLMo 2).
        case whole
        /// Each head by itself, with one weight (Qwen 3, Phi).
        case sharedByHeads
        /// Each head by itself, with a weight of its own, `name.norms.0` and so on (StableLM).
        case ownOfEachHead
    }
    public let norm: Norm
    public let scope: Scope
    /// How many heads there are.
    public let heads: Int

    public init(_ norm: Norm, _ scope: Scope, heads: Int) {
        self.norm = norm
        self.scope = scope
        self.heads = heads
    }

    private func own(_ head: Int) -> Norm {
        Norm(
            name: "\(norm.name).norms.\(head)", width: norm.width, kind: norm.kind, parameters: norm.parameters,
            epsilon: norm.epsilon)
    }

    var blockParameters: [BlockParameter] {
        scope == .ownOfEachHead ? (0..<heads).flatMap { own($0).blockParameters } : norm.blockParameters
    }

    /// Rows [rows, heads · width].
    func callAsFunction(_ x: Variable, _ weights: BlockWeights) throws -> Variable {
        switch scope {
        case .whole: return try norm(x, weights)
        case .sharedByHeads: return try norm(x, weights, parts: heads)
        case .ownOfEachHead:
            let rows = x.count / (heads * norm.width)
            let parts = try (0..<heads).map { head in
                try own(head)(x.sliced([0..<rows, head * norm.width..<(head + 1) * norm.width]), weights).transposed()
            }
            return try Variable.concatenated(parts).transposed()
        }
    }
}
