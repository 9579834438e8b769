/// Adapters of low rank (Hu et al., arXiv 2106.09685): y = x Wᵀ + s (x Aᵀ) Bᵀ beside a frozen W.

/// What is added to one linear layer.
public struct Adapter: Equatable, Sendable {
    /// The linear layer's name in a checkpoint: "model.layers.0.self_attn.q_proj".
    public let module: String
    /// The name that its weight has in the architecture.
    public let weight: String
    public let inputs, outputs: Int
    /// Whether the layer's weight is stored [out, in]; GPT-2's `Conv1D` is [in, out].
    public let isTransposed: Bool
    public let rank: Int
    public let alpha: Double
    /// s: alpha / rank, or alpha / √rank.
    public let scale: Float

    /// A [rank, in], named as in peft's files.
    public var a: String { Self.prefix + module + ".lora_A.weight" }
    /// B [out, rank].
    public var b: String { Self.prefix + module + ".lora_B.weight" }

    /// What peft calls the layer's own weight, and its bias, beside the adapter.
    var copy: String { Self.prefix + module + ".base_layer.weight" }
    var copyOfBias: String { Self.prefix + module + ".base_layer.bias" }

    /// What peft's files put before the names of a model's modules.
    static let prefix = "base_model.model."

    var shapes: [(name: String, shape: [Int])] { [(a, [rank, inputs]), (b, [outputs, rank])] }

    init(_ module: LinearModule, rank: Int, alpha: Double, isRankStabilized: Bool) {
        self.module = module.name
        weight = module.weight
        inputs = module.inputs
        outputs = module.outputs
        isTransposed = module.isTransposed
        self.rank = rank
        self.alpha = alpha
        scale = Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
    }
}
