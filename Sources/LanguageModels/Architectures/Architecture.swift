/// What makes a kind of language model: its parameters, and how tokens become hidden states.
import Autodiff
import Tensors

/// One architecture with its sizes. Nearly all are a ``Transformer`` made of building blocks, see ``TransformerFamily``;
/// one that is not conforms to this itself, with a ``ModelConfiguration`` that reads its `config.json`.
public protocol Architecture: Sendable {
    /// "gpt2", "llama": the `model_type` of a Hugging Face configuration.
    var kind: String { get }
    var vocabulary: Int { get }
    /// Positions at most.
    var context: Int { get }
    var layers: Int { get }
    var width: Int { get }
    var heads: Int { get }
    /// Key-value heads.
    var groups: Int { get }
    /// Width of one head.
    var headWidth: Int { get }
    /// Parameters by their checkpoint names, in checkpoint order.
    var parameterShapes: [(name: String, shape: [Int])] { get }
    /// The weight [vocabulary, width] that turns hidden states into logits.
    var headName: String { get }
    /// Standard deviation of a fresh parameter's normal distribution, or `nil` for a constant.
    func initialization(_ name: String) -> ParameterInitialization
    /// Hidden states [tokens, width] after the last norm. Before each block it asks `pass.stops(before: layer)`, and
    /// returns what it has where it does. What goes into each block, and what the last one leaves, passes through
    /// `pass.residual(_:before:)`, so that it can be seen and replaced.
    func hidden(_ pass: ForwardPass) throws -> Variable
    /// Logits [rows, vocabulary] of hidden states [rows, width], as `hidden` leaves them.
    func logits(_ hidden: Variable, _ weights: Weights) throws -> Variable
    /// The same before they are formed, so that losses need not hold them all; `nil` where they come in another way than
    /// from a matrix, a bias and a cap.
    func headLogits(_ hidden: Variable, _ weights: Weights) throws -> HeadLogits?
    /// The longest text whose positions do not depend on its length; `nil` where none does. Rotary frequencies that
    /// stretch with a text let no two lengths share a batch beyond it.
    var fixedPositions: Int? { get }
    /// The longest text whose keys still hold when it grows: one that passes this length while it is generated is read
    /// anew from its beginning. `nil` where keys always hold, or are kept even if their positions would now be others.
    var cachedPositions: Int? { get }
    /// Its `config.json`, with the ids that begin, end and pad texts.
    /// - Throws: `ModelError` for an architecture that has none, whose models cannot be saved.
    func configuration(special: SpecialIds) throws -> any ModelConfiguration
}

extension Architecture {
    public func logits(_ hidden: Variable, _ weights: Weights) throws -> Variable {
        try weights.linear(hidden, headName, transposed: true)
    }

    public func headLogits(_ hidden: Variable, _ weights: Weights) throws -> HeadLogits? { nil }

    public var fixedPositions: Int? { nil }

    public var cachedPositions: Int? { nil }

    public func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        throw ModelError.invalidArchitecture(
            "a model of the architecture \(kind) cannot be saved: it has no config.json")
    }
}

public enum ParameterInitialization: Equatable, Sendable {
    case constant(Float)
    /// By its standard deviation.
    case normal(Float)
    /// Between the negative of a number and that number.
    case uniform(Float)
}

/// One run of tokens through a model: all positions at once, or continuing from a cache.
public final class ForwardPass {
    public let weights: Weights
    /// Token ids, row by row, `time` for each row.
    public let ids: [Int32]
    public let rows, time: Int
    /// Position of the first token.
    public let start: Int
    private let lengths: [Int]?
    /// Whether gradients of single sequences will be asked for.
    private let apart: Bool
    private let cache: KeyValueCache?
    /// What of a layer is wanted instead of the last hidden states.
    var wanted: WantedLayer?
    /// Queries, keys and values of the layer whose attention is wanted, and what becomes of their scores.
    private(set) var attended: (parts: [Variable], shape: AttentionShape)?
    /// What is to stand in the place of the residual stream before a block, see ``residual(_:before:)``.
    var patch: (layer: Int, states: Variable)?
    /// The residual stream before each block and behind the last, where it is wanted.
    var stream: [Variable]?
    /// Whether the architecture showed the layer that is patched.
    private(set) var isPatched = false
    private let sizes: (heads: Int, groups: Int, width: Int)
    /// Whether what is computed inside of blocks is thrown away, and computed again for derivatives.
    var recomputes = false

    /// The same run with other weights.
    private init(_ other: ForwardPass, _ weights: Weights) {
        self.weights = weights
        (ids, rows, time, start, lengths) = (other.ids, other.rows, other.time, other.start, other.lengths)
        (apart, sizes, cache) = (other.apart, other.sizes, nil)
    }

    /// What `block` makes of a residual stream: a function of the stream and of the weights of the pass that it is given.
    /// Where activations are recomputed, only its result stays.
    public func block(
        _ states: Variable, _ block: @escaping (Variable, ForwardPass) throws -> Variable
    ) throws -> Variable {
        guard recomputes, cache == nil, wanted == nil else { return try block(states, self) }
        return try Variable.recomputed([states, weights.flat]) { inputs in
            try block(inputs[0], ForwardPass(self, self.weights.of(inputs[1])))
        }
    }

    init(
        _ weights: Weights, ids: [Int32], rows: Int, time: Int, architecture: any Architecture, lengths: [Int]? = nil,
        cache: KeyValueCache? = nil, apart: Bool = false
    ) throws {
        let start = cache?.length ?? 0
        guard start + time <= architecture.context else {
            throw ModelError.tooLong(length: start + time, context: architecture.context)
        }
        if let wrong = ids.first(where: { $0 < 0 || Int($0) >= architecture.vocabulary }) {
            throw ModelError.tokenOutside(id: Int(wrong), vocabulary: architecture.vocabulary)
        }
        self.weights = weights
        self.ids = ids
        self.rows = rows
        self.time = time
        self.start = start
        self.lengths = lengths
        self.apart = apart
        self.cache = cache
        sizes = (architecture.heads, architecture.groups, architecture.headWidth)
    }

    /// The rows of a table of positions for this run's: [time, width], which all sequences share, or [rows, time,
    /// width] where their gradients are to be told apart.
    /// - Parameter offset: how many rows stand before that of the first position. The last of them is that of padding
    ///   (OPT).
    public func positions(of table: Variable, offset: Int = 0) throws -> Variable {
        let own = (start..<(start + time)).map { Int32($0 + offset) }
        if offset > 0, let lengths {
            let all = lengths.flatMap { length in own.indices.map { $0 < length ? own[$0] : Int32(offset - 1) } }
            return try table.gather(all, leading: [rows, time])
        }
        if !apart { return try table.gather(own) }
        return try table.gather((0..<rows).flatMap { _ in own }, leading: [rows, time])
    }

    /// The residual stream [tokens, width] that goes into block `layer`, or, for the number of blocks, that the last one
    /// leaves: the one given, or what takes its place.
    public func residual(_ states: Variable, before layer: Int) -> Variable {
        stream?.append(states)
        guard let patch, patch.layer == layer else { return states }
        isPatched = true
        return patch.states
    }

    /// Whether the run ends before block `layer` (counted from 0), with what it has come to: see `wanted`.
    public func stops(before layer: Int) -> Bool {
        switch wanted {
        case .hidden(layer): true
        case .attention: attended != nil
        default: false
        }
    }

    /// Causal attention in layer `layer` over one packed variable or queries, keys and values apart; the options are
    /// those of ``AttentionShape``.
    public func attention(
        layer: Int, _ parts: [Variable], scale: Float? = nil, softCap: Float? = nil, window: Int? = nil,
        layout: AttentionLayout = .sideBySide
    ) throws -> Variable {
        let shape = AttentionShape(
            batch: rows, time: time, heads: sizes.heads, groups: sizes.groups, width: sizes.width, lengths: lengths,
            scale: scale, softCap: softCap, window: window, layout: layout)
        if case .attention(layer) = wanted { attended = (parts, shape) }
        if let cache { return Variable(try cache.attend(layer: layer, parts.map(\.value), shape)) }
        return parts.count == 1
            ? try parts[0].causalAttention(shape)
            : try Variable.causalAttention(queries: parts[0], keys: parts[1], values: parts[2], shape)
    }
}
