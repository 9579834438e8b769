// A tokenizer put together from its steps.

import Files
import Synchronization

/// A tokenizer as the Hugging Face libraries have it: added tokens are found in the text; what is between them is
/// normalized, cut into pieces, and turned into tokens piece by piece; marks are put around all of it. A decoder makes
/// text of tokens.
public final class TokenizerPipeline: Tokenizer {
    public let endOfText: Int?
    public let specialTokens: Set<Int>
    private let added: AddedTokens
    private let normalizer: (any Normalizer)?
    private let preTokenizer: (any PreTokenizer)?
    private let model: any TokenModel
    private let postProcessor: (any PostProcessor)?
    private let decoder: any TokenDecoder
    /// The file that it was read from or will be written as.
    private let contents: [UInt8]

    /// Pieces encoded before. The lock lets several threads use one tokenizer, one at a time.
    private let cache = Mutex<[Spelling: [Int32]]>([:])
    private static let cacheLimit = 50_000
    /// Longer pieces, in bytes, hardly come again.
    private static let cachedLength = 256

    /// A tokenizer as a `tokenizer.json` describes it.
    /// - Parameters:
    ///   - contents: the file itself, kept so that a saved model has the tokenizer it was loaded with.
    ///   - endOfText: the token that ends a text, where a `tokenizer_config.json` names one.
    ///   - steps: those that are known.
    /// - Throws: `JSONError` naming what is not supported.
    init(_ root: JSONNode, contents: [UInt8], endOfText: String?, among steps: TokenizerSteps) throws {
        let kind = try steps.model(try root["model"])
        normalizer = try root.optional("normalizer").map { try steps.normalizer($0) }
        preTokenizer = try root.optional("pre_tokenizer").map { try steps.preTokenizer($0) }
        let spelling = preTokenizer?.spelling
        let tokens = try AddedTokens.read(root, isNormalized: normalizer != nil)
        model = try kind.init(root, pieces: spelling, added: tokens)
        decoder =
            try root.optional("decoder").map { try steps.decoder($0, of: spelling ?? .text) }
            ?? TokenDecoders.usual(spelling ?? .text)
        postProcessor = try root.optional("post_processor").map { try steps.postProcessor($0) }
        added = AddedTokens(tokens)
        self.endOfText = try model.vocabulary.endOfText(endOfText, root)
        specialTokens = Set(tokens.filter(\.special).map(\.id))
        self.contents = contents
    }

    public var vocabularySize: Int { model.vocabulary.size }
    public func token(_ id: Int) -> String? { model.vocabulary.token(id) }
    public func id(_ token: String) -> Int? { model.vocabulary.id(token) }
    public func fileContents() -> [UInt8] { contents }

    public func encode(_ text: String, addingSpecial: Bool) throws -> [Int] {
        var text = text
        var result: [Int] = []
        try text.withUTF8 { bytes in
            try cache.withLock { cache in
                try added.split(
                    bytes,
                    text: { range in
                        try cut(UnsafeBufferPointer(rebasing: bytes[range])) {
                            try append($0, to: &result, cache: &cache)
                        }
                    },
                    token: { result.append($0) })
            }
        }
        if addingSpecial { postProcessor?.process(&result) }
        return result
    }

    /// The pieces of a stretch without added tokens.
    private func cut(
        _ stretch: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        guard let normalizer else { return try cutNormalized(stretch, emit) }
        var text = normalizer.normalized(String(decoding: stretch, as: UTF8.self))
        try text.withUTF8 { if !$0.isEmpty { try cutNormalized($0, emit) } }
    }

    private func cutNormalized(
        _ stretch: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        guard let preTokenizer else { return try emit(stretch) }
        try preTokenizer.cut(stretch, emit)
    }

    private func append(
        _ piece: UnsafeBufferPointer<UInt8>, to result: inout [Int], cache: inout [Spelling: [Int32]]
    ) throws {
        guard piece.count <= TokenizerPipeline.cachedLength else {
            for id in try model.ids(of: piece) { result.append(Int(id)) }
            return
        }
        let key = Spelling(bytes: piece)
        if let known = cache[key] {
            for id in known { result.append(Int(id)) }
            return
        }
        let ids = try model.ids(of: piece)
        for id in ids { result.append(Int(id)) }
        // A full cache starts afresh, so that memory stays bounded.
        if cache.count >= TokenizerPipeline.cacheLimit { cache.removeAll(keepingCapacity: true) }
        cache[key] = ids
    }

    public func decode(_ ids: [Int], skippingSpecial: Bool) -> String {
        decoder.text(
            of: ids.compactMap { skippingSpecial && specialTokens.contains($0) ? nil : model.vocabulary.token($0) })
    }
}

extension TokenizerPipeline {
    /// The tokenizer of a `tokenizer.json` made here: a BPE model, special tokens first, no marks around texts.
    convenience init(
        vocabulary: [String], merges: [(left: String, right: String)], special: [String], preTokenizer: JSON,
        decoder: JSON, endOfText: String?
    ) throws {
        let json: JSON = [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": AddedTokens.json(AddedTokens.special(special)),
            "normalizer": nil, "pre_tokenizer": preTokenizer, "post_processor": nil, "decoder": decoder,
            "model": BytePairEncoding.json(vocabulary: vocabulary, merges: merges),
        ]
        let contents = Array(try json.text(.pretty).utf8)
        let root = JSONNode(try JSON(parsing: contents), origin: "the tokenizer made here")
        try self.init(root, contents: contents, endOfText: endOfText, among: TokenizerSteps())
    }
}
