/// The attention layer of a block.
import Autodiff

public struct SelfAttention: Sendable {
    public enum Input: Equatable, Sendable {
        case apart(query: Projection, key: Projection, value: Projection)
        /// One projection for all three.
        case packed(Projection, AttentionLayout)
    }
    public let input: Input
    public let output: Projection
    /// Query heads, key-value heads, and the width of a head.
    public let heads, groups, width: Int
    /// Norms of queries and keys that lie apart.
    public var queryNorm, keyNorm: HeadNorm?
    /// `nil` where positions come in another way.
    public var rotary: RotaryPositions?
    /// What scores are multiplied with; `nil` for 1/√width.
    public var scale: Float?
    /// Bounds scores, see ``AttentionShape``.
    public var softCap: Float?
    /// How many positions a query sees, its own among them; `nil` for all.
    public var window: Int?

    public init(_ input: Input, output: Projection, heads: Int, groups: Int, width: Int) {
        self.input = input
        self.output = output
        self.heads = heads
        self.groups = groups
        self.width = width
    }

    var inputProjections: [Projection] {
        switch input {
        case .apart(let query, let key, let value): [query, key, value]
        case .packed(let all, _): [all]
        }
    }

    var norms: [BlockParameter] { [queryNorm, keyNorm].compactMap { $0 }.flatMap(\.blockParameters) }

    /// Rows [rows, width] in layer `layer` of a run.
    func callAsFunction(_ x: Variable, _ weights: BlockWeights, _ pass: ForwardPass, layer: Int) throws -> Variable {
        func turned(_ x: Variable, _ heads: RotaryHeads = .all) throws -> Variable {
            guard let rotary else { return x }
            return try x.rotary(
                rotary.table(start: pass.start, time: pass.time), time: pass.time, start: pass.start, heads: heads)
        }
        let parts: [Variable], layout: AttentionLayout
        switch input {
        case .apart(let query, let key, let value):
            func normed(_ projection: Projection, _ norm: HeadNorm?) throws -> Variable {
                let rows = try projection(x, weights)
                return try turned(norm?(rows, weights) ?? rows)
            }
            let queries = try normed(query, queryNorm), keys = try normed(key, keyNorm)
            (parts, layout) = ([queries, keys, try value(x, weights)], .sideBySide)
        case .packed(let all, .sideBySide):
            let heads = RotaryHeads(period: heads + 2 * groups, turned: heads + groups)
            (parts, layout) = ([try turned(all(x, weights), heads)], .sideBySide)
        case .packed(let all, .interleaved):
            (parts, layout) = ([try turned(all(x, weights), RotaryHeads(period: 3, turned: 2))], .interleaved)
        }
        let attended = try pass.attention(
            layer: layer, parts, scale: scale, softCap: softCap, window: window, layout: layout)
        return try output(attended, weights)
    }
}
