// What a tokenizer is made of: the steps that a `tokenizer.json` may name, and how they are found by name.

import Files

/// A step of a tokenizer, as an object of a `tokenizer.json` describes it by its `type`. Adding one is a file that
/// conforms to ``Normalizer``, ``PreTokenizer``, ``TokenModel``, ``PostProcessor`` or ``TokenDecoder``, and a line in
/// that protocol's list.
public protocol TokenizerStep: Sendable {
    /// Its `type` in a `tokenizer.json`.
    static var name: String { get }
}

/// A step that its own object describes in full; only a model needs to know of the others.
public protocol DescribedStep: TokenizerStep {
    /// Reads the step.
    /// - Parameter steps: those that are known, for a step that is made of others.
    /// - Throws: `JSONError` naming what in it is not supported.
    init(_ node: JSONNode, among steps: TokenizerSteps) throws
}

/// How the pieces that a model encodes, and the tokens that it makes of them, stand for text.
public enum PieceSpelling: Sendable {
    /// As they are.
    case text
    /// Byte by byte in the alphabet of GPT-2, in which a space is `Ġ`; any text can be encoded so.
    case bytes
}

/// The steps that are known.
public struct TokenizerSteps: Sendable {
    public var normalizers: [any Normalizer.Type] = Normalizers.all
    public var preTokenizers: [any PreTokenizer.Type] = PreTokenizers.all
    public var models: [any TokenModel.Type] = TokenModels.all
    public var postProcessors: [any PostProcessor.Type] = PostProcessors.all
    public var decoders: [any TokenDecoder.Type] = TokenDecoders.all

    public init() {}

    public func normalizer(_ node: JSONNode) throws -> any Normalizer {
        try known(node, normalizers, Normalizers.advice) { $0.name }.init(node, among: self)
    }

    public func preTokenizer(_ node: JSONNode) throws -> any PreTokenizer {
        try known(node, preTokenizers, PreTokenizers.advice) { $0.name }.init(node, among: self)
    }

    public func postProcessor(_ node: JSONNode) throws -> any PostProcessor {
        try known(node, postProcessors, PostProcessors.advice) { $0.name }.init(node, among: self)
    }

    public func decoder(_ node: JSONNode) throws -> any TokenDecoder {
        try known(node, decoders, TokenDecoders.advice) { $0.name }.init(node, among: self)
    }

    /// The kind of model; files from before kinds had names hold byte pairs.
    func model(_ node: JSONNode) throws -> any TokenModel.Type {
        let name = try node.optional("type")?.string() ?? BytePairEncoding.name
        guard let kind = models.first(where: { $0.name == name }) else {
            throw try node["type"].error("is \(name); \(TokenModels.advice)")
        }
        return kind
    }

    private func known<Kind>(
        _ node: JSONNode, _ kinds: [Kind], _ advice: String, name: (Kind) -> String
    ) throws -> Kind {
        let type = try node["type"].string()
        guard let kind = kinds.first(where: { name($0) == type }) else {
            throw TokenizerSteps.unsupported(node, type, advice)
        }
        return kind
    }

    /// What is said of a step that is not known, or not in this place.
    static func unsupported(_ node: JSONNode, _ type: String, _ advice: String) -> JSONError {
        node.error("is \(type), which is not supported; \(advice)")
    }
}
