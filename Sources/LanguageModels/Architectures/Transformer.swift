/// A decoder-only transformer made of building blocks: what all architectures that come with Lethe are.
import Autodiff
import Tensors

/// Embedding, blocks, last norm and head, with the names that its family's checkpoints give their parameters.
public struct Transformer: Architecture {
    /// The family it belongs to, with its sizes: its `config.json`.
    public let family: any TransformerFamily
    public let embedding: Embedding
    public let blocks: [Block]
    public let lastNorm: Norm?
    public let head: Head
    public let parameterShapes: [(name: String, shape: [Int])]
    private let initializations: [String: ParameterInitialization]

    public init(
        _ family: any TransformerFamily, _ embedding: Embedding, _ blocks: [Block], lastNorm: Norm?, head: Head
    ) {
        self.family = family
        self.embedding = embedding
        self.blocks = blocks
        self.lastNorm = lastNorm
        self.head = head
        let width = family.width
        func table(_ name: String, _ shape: [Int]) -> BlockParameter {
            BlockParameter(name: name, shape: shape, initialization: .normal(0.02))
        }
        var parameters = [table(embedding.name, [family.vocabulary, embedding.width])]
        if let (name, offset) = embedding.positions {
            parameters.append(table(name, [offset + family.context, width]))
        }
        parameters += [head.projection, embedding.projection].compactMap { $0 }.flatMap { $0.parameters(.normal(0.02)) }
        parameters += blocks.flatMap { $0.parameters(layers: blocks.count) }
        parameters += lastNorm?.blockParameters ?? []
        if head.name != embedding.name {
            parameters.append(table(head.name, [family.vocabulary, head.projection?.outputs ?? width]))
        }
        if let bias = head.bias {
            parameters.append(
                BlockParameter(name: bias, shape: [family.vocabulary], initialization: .constant(0)))
        }
        parameterShapes = parameters.map { ($0.name, $0.shape) }
        initializations = Dictionary(parameters.map { ($0.name, $0.initialization) }) { first, _ in first }
    }

    public var kind: String { type(of: family).modelType }
    public var vocabulary: Int { family.vocabulary }
    public var context: Int { family.longest }
    public var layers: Int { family.layers }
    public var width: Int { family.width }
    public var heads: Int { family.heads }
    public var groups: Int { family.groups }
    public var headWidth: Int { family.headWidth }
    public var headName: String { head.name }
    public var fixedPositions: Int? { family.rotary?.fixed(family.context) }
    public var cachedPositions: Int? { family.cachedPositions }

    public func initialization(_ name: String) -> ParameterInitialization { initializations[name] ?? .normal(0.02) }

    public func hidden(_ pass: ForwardPass) throws -> Variable {
        var x = try embedding(pass)
        for (layer, block) in blocks.enumerated() {
            if pass.stops(before: layer) { return x }
            x = try pass.block(pass.residual(x, before: layer)) { try block($0, $1, layer: layer) }
        }
        x = pass.residual(x, before: layers)
        return try lastNorm?(x, BlockWeights(weights: pass.weights, prefix: "")) ?? x
    }

    public func logits(_ hidden: Variable, _ weights: Weights) throws -> Variable {
        try head(hidden, weights)
    }
    public func headLogits(_ hidden: Variable, _ weights: Weights) throws -> HeadLogits? {
        try head.formation(hidden, weights)
    }

    public func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        var family = family
        family.special = special
        return family
    }
}
