/// One block of a transformer: attention and feed-forward around the residual stream.
import Autodiff

public struct Block: Sendable {
    public enum Order: Sendable {
        /// x ← x + attention(x); x ← x + feedForward(x)
        case sequential
        /// x ← x + attention(x) + feedForward(x). Without a norm of its own the feed-forward reads what the attention
        /// reads (Phi).
        case parallel
    }
    /// What its parameters' names begin with: "model.layers.3.".
    public let prefix: String
    public let attention: SelfAttention
    public let attentionNorms: NormPlaces
    public let feedForward: FeedForward
    public let feedForwardNorms: NormPlaces
    public let order: Order
    /// Whether a checkpoint lists the norms after the layers; else each stands with its layer.
    let listsNormsLast: Bool

    public init(
        _ prefix: String, _ attention: SelfAttention, norms attentionNorms: NormPlaces, _ feedForward: FeedForward,
        norms feedForwardNorms: NormPlaces, order: Order = .sequential, listsNormsLast: Bool = true
    ) {
        self.prefix = prefix
        self.attention = attention
        self.attentionNorms = attentionNorms
        self.feedForward = feedForward
        self.feedForwardNorms = feedForwardNorms
        self.order = order
        self.listsNormsLast = listsNormsLast
    }

    /// - Parameter layers: how many blocks the model has: what goes into the residual stream begins smaller, the more
    ///   there are (Radford et al. 2019).
    func parameters(layers: Int) -> [BlockParameter] {
        let small = ParameterInitialization.normal(0.02 / Float(2 * layers).squareRoot())
        let attending =
            attention.inputProjections.flatMap { $0.parameters(.normal(0.02)) } + attention.output.parameters(small)
        let feeding =
            feedForward.projections.inner.flatMap { $0.parameters(.normal(0.02)) }
            + feedForward.projections.output.parameters(small)
        func norms(_ places: NormPlaces, _ body: [BlockParameter]) -> [BlockParameter] {
            (places.before?.blockParameters ?? []) + body
                + [places.after, places.outside].compactMap { $0 }.flatMap(\.blockParameters)
        }
        let all =
            listsNormsLast
            ? attending + attention.norms + feeding + norms(attentionNorms, []) + norms(feedForwardNorms, [])
            : norms(attentionNorms, attending + attention.norms) + norms(feedForwardNorms, feeding)
        return all.map { $0.inside(prefix) }
    }

    /// The residual stream [rows, width] behind the block.
    func callAsFunction(_ x: Variable, _ pass: ForwardPass, layer: Int) throws -> Variable {
        let weights = BlockWeights(weights: pass.weights, prefix: prefix)
        func norm(_ norm: Norm?, _ x: Variable) throws -> Variable { try norm?(x, weights) ?? x }
        let seen = try norm(attentionNorms.before, x)
        let attended = try norm(attentionNorms.after, attention(seen, weights, pass, layer: layer))
        switch order {
        case .sequential:
            let middle = try norm(attentionNorms.outside, x + attended)
            let fed = try norm(
                feedForwardNorms.after, feedForward(norm(feedForwardNorms.before, middle), weights))
            return try norm(feedForwardNorms.outside, middle + fed)
        case .parallel:
            let fed = try feedForward(feedForwardNorms.before.map { try $0(x, weights) } ?? seen, weights)
            return try x + attended + norm(feedForwardNorms.after, fed)
        }
    }
}
