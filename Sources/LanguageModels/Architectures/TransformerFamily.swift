/// What a family of checkpoints has in common: the keys of its `config.json`, with transformers' defaults, and the blocks
/// its models are made of.
import Files
import Tensors

/// A family with the sizes of one of its models. Adding a family is a file that conforms, and a line in
/// ``ArchitectureList/all``.
public protocol TransformerFamily: ModelConfiguration, Equatable {
    /// The class of transformers that reads it: "LlamaForCausalLM".
    static var className: String { get }
    /// One sentence for help: what is special about it, and the paper.
    static var summary: String { get }
    /// What its token embeddings are called.
    static var embeddingName: String { get }
    /// The keys of its `config.json`, in addition to `model_type`, `architectures`, special ids and the weights' format.
    static var keys: [ConfigurationKey<Self>] { get }
    /// With transformers' defaults.
    init()
    var sizes: TransformerSizes { get set }
    var tied: Bool { get set }
    var special: SpecialIds { get set }
    /// Rotary positions, for families that have them.
    var rotary: RotaryParameters? { get }
    /// See ``Architecture/cachedPositions``; transformers' families differ in it.
    var cachedPositions: Int? { get }
    /// What remains to be checked, or to be settled, when all keys are read.
    mutating func settle(_ root: JSONNode) throws
    /// Its blocks.
    func transformer(on device: Device) throws -> Transformer
}

/// The sizes that every family has. What is `nil` follows from the others.
public struct TransformerSizes: Equatable, Sendable {
    public var vocabulary, context, width, layers, heads: Int
    /// Key-value heads; as many as heads if `nil`.
    public var groups: Int?
    /// The width divided by the heads if `nil`.
    public var headWidth: Int?
    /// Width of the feed-forward layer; 4 times the width if `nil`.
    public var inner: Int?

    public init(
        vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, groups: Int? = nil, headWidth: Int? = nil,
        inner: Int? = nil
    ) {
        self.vocabulary = vocabulary
        self.context = context
        self.width = width
        self.layers = layers
        self.heads = heads
        self.groups = groups
        self.headWidth = headWidth
        self.inner = inner
    }
}

extension TransformerFamily {
    public var vocabulary: Int { sizes.vocabulary }
    public var context: Int { sizes.context }
    public var width: Int { sizes.width }
    public var layers: Int { sizes.layers }
    public var heads: Int { sizes.heads }
    public var groups: Int { sizes.groups ?? heads }
    public var headWidth: Int { sizes.headWidth ?? width / max(1, heads) }
    public var inner: Int { sizes.inner ?? 4 * width }
    public var rotary: RotaryParameters? { nil }
    public var cachedPositions: Int? { nil }
    /// The longest text that is read: beyond the context where rotary frequencies are scaled for it.
    public var longest: Int { rotary?.reach(context) ?? context }

    public mutating func settle(_ root: JSONNode) throws {}

    public init(_ root: JSONNode) throws {
        self.init()
        for key in Self.keys { try key.read(root, &self) }
        special = try SpecialIds(root, defaults: special)
        try settle(root)
        try check(root)
    }

    public var members: NamedValues<JSON> {
        var members: NamedValues<JSON> = [
            "architectures": [.string(Self.className)], "initializer_range": 0.02,
            "model_type": .string(Self.modelType), "use_cache": true,
        ]
        for key in Self.keys {
            for (name, value) in key.write(self) { members[name] = value }
        }
        return members
    }

    public func architecture(on device: Device) throws -> any Architecture { try transformer(on: device) }

    public static var embeddingName: String { "model.embed_tokens.weight" }
    public var tiedEmbedding: String? { tied ? Self.embeddingName : nil }
    public func withOwnHead() -> (any ModelConfiguration)? {
        var own = self
        own.tied = false
        return own
    }

    /// That the sizes of a model that is to be made fit each other.
    /// - Throws: `ModelError`.
    func checkSizes() throws {
        guard vocabulary > 0, context > 0, width > 0, layers > 0, heads > 0, inner > 0, groups > 0 else {
            throw ModelError.invalidArchitecture(
                "a model needs at least one token, position, layer, head and unit of width")
        }
        guard heads % groups == 0 else {
            throw ModelError.invalidArchitecture("\(heads) heads cannot share \(groups) key-value heads")
        }
        guard sizes.headWidth != nil || width % heads == 0 else {
            throw ModelError.invalidArchitecture("a width of \(width) cannot be split among \(heads) heads")
        }
        if let rotary, headWidth % 2 == 1, rotary.dimensions(width: headWidth) == headWidth {
            throw ModelError.invalidArchitecture(
                "rotary positions need heads of even width; these have \(headWidth)")
        }
    }

    /// That heads share the width and the key-value heads, and that what is turned comes in pairs.
    private func check(_ root: JSONNode) throws {
        func wrong(_ message: String) -> JSONError { JSONError(origin: root.origin, message: message) }
        let names = Self.sizeNames
        guard sizes.headWidth != nil || width % heads == 0 else {
            throw wrong(
                "\"\(names.width)\" is \(width), which cannot be split among \(heads) heads (\(names.heads))")
        }
        guard heads % groups == 0 else {
            throw wrong(
                "\"num_key_value_heads\" is \(groups), which does not divide the \(heads) heads (\(names.heads))")
        }
        if let rotary {
            let turned = rotary.dimensions(width: headWidth)
            guard headWidth % 2 == 0 || turned < headWidth else {
                throw wrong(
                    """
                    a head's width of \(headWidth) is odd; rotary positions need an even one (head_dim, or \
                    hidden_size / num_attention_heads)
                    """)
            }
            if case .dynamic = rotary.scaling, turned <= 2 {
                throw wrong("rotary positions of the kind dynamic need more than \(turned) numbers of a head to turn")
            }
            if case .longrope(let rope) = rotary.scaling {
                for (key, list) in [("short_factor", rope.short), ("long_factor", rope.long)]
                where list.count != (turned + 1) / 2 {
                    throw wrong(
                        """
                        "\(key)" of the rotary positions has \(list.count) numbers; heads that turn \(turned) of their \
                        numbers need \((turned + 1) / 2)
                        """)
                }
            }
        }
    }

    /// How its file calls the width and the heads.
    static var sizeNames: (width: String, heads: String) {
        let all = Self.keys.map(\.name)
        return (
            all.contains("n_embd") ? "n_embd" : "hidden_size", all.contains("n_head") ? "n_head" : "num_attention_heads"
        )
    }

    /// Rotary positions of this model, where it has some that turn anything.
    func rotaryPositions(on device: Device) -> RotaryPositions? {
        guard let rotary, rotary.dimensions(width: headWidth) > 0 else { return nil }
        return RotaryPositions(rotary, width: headWidth, context: context, on: device)
    }
}
