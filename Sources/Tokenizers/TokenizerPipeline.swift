// A tokenizer put together from its steps.

import Files
import Synchronization

/// A tokenizer as the Hugging Face libraries have it: added tokens are found in the text; what is between them is
/// normalized, cut into pieces, and turned into tokens piece by piece; marks are put around all of it. A decoder makes
/// text of tokens.
public final class TokenizerPipeline: Tokenizer {
    public let endOfText: Int?
    public let specialTokens: Set<Int>
    public let beginning: [Int]
    public let configuration: TokenizerConfiguration?
    /// Marks behind every text.
    private let ending: [Int]
    /// Tokens outside of the model, by id, and their ids.
    private let addedTokens: [Int: AddedToken]
    /// The texts of those that the normalizer changes.
    private let normalizedContents: [Int: String]
    private let addedIds: [Spelling: Int]
    /// Texts of tokens that are marks.
    private let marks: Set<Spelling>
    /// Those found in the text as it stands, and those found behind the normalizer.
    private let added: AddedTokens
    private let normalizedAdded: AddedTokens
    private let normalizer: (any Normalizer)?
    private let preTokenizer: (any PreTokenizer)?
    private let model: any TokenModel
    private let decoder: (any TokenDecoder)?
    /// The file that it was read from or will be written as.
    private let contents: [UInt8]

    /// Pieces encoded before. The lock lets several threads use one tokenizer, one at a time.
    private let cache = Mutex(PieceCache())

    /// A tokenizer as a `tokenizer.json` describes it.
    /// - Parameters:
    ///   - contents: the file itself, kept so that a saved model has the tokenizer it was loaded with.
    ///   - configuration: what stood beside it: further special tokens, and which of them ends a text.
    ///   - steps: those that are known.
    /// - Throws: `JSONError` naming what is not supported.
    init(
        _ root: JSONNode, contents: [UInt8], configuration: TokenizerConfiguration?, endOfText: String?,
        among steps: TokenizerSteps
    ) throws {
        let kind = try steps.model(try root["model"])
        let normalizer = try root.optional("normalizer").map { try steps.normalizer($0) }
        preTokenizer = try root.optional("pre_tokenizer").map { try steps.preTokenizer($0) }
        model = try kind.init(root, pieces: preTokenizer?.spelling)
        decoder = try root.optional("decoder").map { try steps.decoder($0) }
        let postProcessor = try root.optional("post_processor").map { try steps.postProcessor($0) }

        let tokens = try AddedToken.read(root, further: configuration?.tokens() ?? [], model.vocabulary)
        let vocabulary = model.vocabulary
        guard vocabulary.size > 0 || !tokens.isEmpty else { throw try root["model"]["vocab"].error("is empty") }
        let addedIds = Dictionary(tokens.map { (Spelling($0.content), $0.id) }, uniquingKeysWith: { first, _ in first })
        addedTokens = Dictionary(tokens.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        added = AddedTokens(tokens.filter { !$0.normalized })
        normalizedAdded = AddedTokens(tokens.filter(\.normalized)) { normalizer?.normalized($0) ?? $0 }
        normalizedContents = Dictionary(
            tokens.filter(\.normalized).compactMap { token in
                normalizer.map { (token.id, $0.normalized(token.content)) }
            }, uniquingKeysWith: { first, _ in first })
        marks = Set(tokens.filter(\.special).map { Spelling($0.content) })
        specialTokens = Set(tokens.filter(\.special).map(\.id))

        func id(_ token: String) -> Int? { addedIds[Spelling(token)] ?? vocabulary.id(token) }
        (beginning, ending) = try TokenizerPipeline.marksAround(postProcessor, configuration, id)
        let named = try endOfText ?? configuration?.content("eos_token")
        self.endOfText = named.map(id) ?? TokenVocabulary.usualEnds.lazy.compactMap(id).first
        if let named, self.endOfText == nil {
            throw JSONError(
                origin: root.origin,
                message: "the end token \"\(named)\" that tokenizer_config.json names is not in the vocabulary")
        }
        self.normalizer = normalizer
        self.addedIds = addedIds
        self.configuration = configuration
        self.contents = contents
    }

    /// What stands before and behind every text: what the configuration says, or else the post-processor.
    private static func marksAround(
        _ postProcessor: (any PostProcessor)?, _ configuration: TokenizerConfiguration?, _ id: (String) -> Int?
    ) throws -> (beginning: [Int], ending: [Int]) {
        if let (beginning, end) = try configuration?.marks() {
            func mark(_ role: String, _ isWanted: Bool) throws -> [Int] {
                guard isWanted, let name = try configuration?.content(role), let id = id(name) else { return [] }
                return [id]
            }
            return (try mark("bos_token", beginning), try mark("eos_token", end))
        }
        // The place of a text among its marks: no id is negative.
        var ids = [-1]
        postProcessor?.process(&ids)
        guard let place = ids.firstIndex(of: -1) else { return ([], []) }
        return (Array(ids[..<place]), Array(ids[(place + 1)...]))
    }

    public var vocabularySize: Int { max(model.vocabulary.size, (addedTokens.keys.max() ?? -1) + 1) }
    public var textVocabularySize: Int { model.vocabulary.size }
    public func token(_ id: Int) -> String? { addedTokens[id]?.content ?? model.vocabulary.token(id) }
    public func id(_ token: String) -> Int? { addedIds[Spelling(token)] ?? model.vocabulary.id(token) }
    public func fileContents() -> [UInt8] { contents }

    public func encode(_ text: String, addingSpecial: Bool) throws -> [Int] {
        var text = text
        var result = addingSpecial ? beginning : []
        try text.withUTF8 { bytes in
            result.reserveCapacity(bytes.count / 3)
            try cache.withLock { cache in
                try added.split(
                    bytes,
                    text: { range in
                        let stretch = TextPiece(
                            UnsafeBufferPointer(rebasing: bytes[range]), beginsText: range.lowerBound == 0)
                        try encode(stretch, to: &result, cache: &cache)
                    },
                    token: { result.append($0) })
            }
        }
        return addingSpecial ? result + ending : result
    }

    /// A stretch without added tokens that stand in the text as they are.
    private func encode(_ stretch: TextPiece, to result: inout [Int], cache: inout PieceCache) throws {
        guard let normalizer else { return try encodeNormalized(stretch, to: &result, cache: &cache) }
        let original = String(decoding: stretch.bytes, as: UTF8.self)
        var text = normalizer.normalized(original)
        let beginsText = stretch.beginsText && normalizer.keepsBeginning(of: original)
        try text.withUTF8 {
            try encodeNormalized(TextPiece($0, beginsText: beginsText), to: &result, cache: &cache)
        }
    }

    private func encodeNormalized(_ stretch: TextPiece, to result: inout [Int], cache: inout PieceCache) throws {
        guard !normalizedAdded.isEmpty else { return try cut(stretch, to: &result, cache: &cache) }
        try normalizedAdded.split(
            stretch.bytes, text: { try cut(stretch[$0], to: &result, cache: &cache) },
            token: { result.append($0) })
    }

    private func cut(_ stretch: TextPiece, to result: inout [Int], cache: inout PieceCache) throws {
        guard !stretch.bytes.isEmpty else { return }
        guard let preTokenizer else { return try append(stretch.bytes, to: &result, cache: &cache) }
        try preTokenizer.cut(stretch) { try append($0.bytes, to: &result, cache: &cache) }
    }

    private func append(
        _ piece: UnsafeBufferPointer<UInt8>, to result: inout [Int], cache: inout PieceCache
    ) throws {
        guard !piece.isEmpty, !cache.append(piece, to: &result) else { return }
        let ids = try model.ids(of: piece)
        for id in ids { result.append(Int(id)) }
        cache.keep(ids, for: piece)
    }

    public func decode(_ ids: [Int], skippingSpecial: Bool) -> String {
        var tokens: [String] = []
        for id in ids {
            guard let token = normalizedContents[id] ?? token(id), !(skippingSpecial && marks.contains(Spelling(token)))
            else { continue }
            tokens.append(token)
        }
        return decoder.map { $0.decoded(tokens).joined() } ?? tokens.joined(separator: " ")
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
            "added_tokens": .array(AddedToken.special(special).map(\.json)),
            "normalizer": nil, "pre_tokenizer": preTokenizer, "post_processor": nil, "decoder": decoder,
            "model": BytePairEncoding.json(vocabulary: vocabulary, merges: merges),
        ]
        let contents = Array(try json.text(.pretty).utf8)
        let root = JSONNode(try JSON(parsing: contents), origin: "the tokenizer made here")
        try self.init(
            root, contents: contents, configuration: nil, endOfText: endOfText, among: TokenizerSteps())
    }
}
