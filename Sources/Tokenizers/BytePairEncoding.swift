// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019), as GPT-2's and Llama 3's tokenizers do it.

import Files
import Synchronization

/// A byte-level BPE tokenizer: text is cut into words, a word's bytes are tokens, and pairs of tokens merge in the
/// order of a table. Any text can be encoded if all 256 bytes are in the vocabulary.
public final class BytePairEncoding: Tokenizer {
    /// How a tokenizer prepares text, as its `tokenizer.json` says.
    struct Options: Sendable, Equatable {
        /// A space is put before text that does not begin with one.
        var addPrefixSpace = false
        /// Words are cut by GPT-2's pattern; otherwise merges may cross spaces.
        var splitsWords = true
        /// Numbers are cut off the text around them: nil for no, false for runs of digits, true for every digit alone.
        var individualDigits: Bool?
        /// A word that is a token itself is not put together from merges.
        var ignoresMerges = false
        /// Ids put before and after every text.
        var prefix: [Int] = []
        var suffix: [Int] = []
    }

    public let vocabularySize: Int
    public let endOfText: Int?
    public let specialTokens: Set<Int>
    let options: Options
    let added: AddedTokens
    let merges: BytePairMerges
    /// Tokens by id as the vocabulary spells them; nil where an id is not used.
    let tokens: [String?]
    private let ids: [Spelling: Int32]
    /// The id of each byte, or -1.
    private let byteIds: [Int32]
    /// What the tokenizer was read from or will be written as.
    private let contents: [UInt8]

    /// Words encoded before. The lock lets several threads use one tokenizer, one at a time.
    private let cache = Mutex<[Spelling: [Int32]]>([:])
    private static let cacheLimit = 50_000

    init(
        tokens: [String?], ids: [Spelling: Int32], merges: BytePairMerges, added: [AddedToken], options: Options,
        endOfText: Int?, contents: [UInt8]
    ) {
        self.tokens = tokens
        self.ids = ids
        self.merges = merges
        self.added = AddedTokens(added)
        self.options = options
        self.endOfText = endOfText
        self.contents = contents
        vocabularySize = tokens.count
        specialTokens = Set(added.filter(\.special).map(\.id))
        byteIds = (0..<256).map { ids[Spelling(ByteAlphabet.spelling(UInt8($0)))] ?? -1 }
    }

    public func token(_ id: Int) -> String? { tokens.indices.contains(id) ? tokens[id] : nil }
    public func id(_ token: String) -> Int? { ids[Spelling(token)].map { Int($0) } }
    public func fileContents() -> [UInt8] { contents }

    public func encode(_ text: String, addingSpecial: Bool) throws -> [Int] {
        var text = text
        var result = addingSpecial ? options.prefix : []
        try text.withUTF8 { bytes in
            try cache.withLock { cache in
                try added.split(
                    bytes,
                    text: { try encode(bytes, $0, into: &result, cache: &cache) },
                    token: { result.append($0) })
            }
        }
        return addingSpecial ? result + options.suffix : result
    }

    /// Encodes a stretch without added tokens.
    private func encode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into result: inout [Int],
        cache: inout [Spelling: [Int32]]
    ) throws {
        guard let individually = options.individualDigits else {
            return try encodePiece(bytes, range, into: &result, cache: &cache)
        }
        try WordSplitter(bytes: bytes).cutDigits(in: range, individually: individually) {
            try encodePiece(bytes, $0, into: &result, cache: &cache)
        }
    }

    private func encodePiece(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into result: inout [Int],
        cache: inout [Spelling: [Int32]]
    ) throws {
        if options.addPrefixSpace, bytes[range.lowerBound] != 0x20 {
            let spaced = [0x20] + bytes[range]
            return try spaced.withUnsafeBufferPointer {
                try encodeWords($0, 0..<spaced.count, into: &result, cache: &cache)
            }
        }
        try encodeWords(bytes, range, into: &result, cache: &cache)
    }

    private func encodeWords(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into result: inout [Int],
        cache: inout [Spelling: [Int32]]
    ) throws {
        guard options.splitsWords else { return try encodeWord(bytes, range, into: &result, cache: &cache) }
        try WordSplitter(bytes: bytes).words(in: range) {
            try encodeWord(bytes, $0, into: &result, cache: &cache)
        }
    }

    private func encodeWord(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into result: inout [Int],
        cache: inout [Spelling: [Int32]]
    ) throws {
        let word = UnsafeBufferPointer(rebasing: bytes[range])
        let key = Spelling(bytes: word)
        if let known = cache[key] {
            for id in known { result.append(Int(id)) }
            return
        }
        let encoded = try encode(word: word)
        for id in encoded { result.append(Int(id)) }
        // Long words hardly come again; a full cache starts afresh, so that memory stays bounded.
        if word.count <= 256 {
            if cache.count >= BytePairEncoding.cacheLimit { cache.removeAll(keepingCapacity: true) }
            cache[key] = encoded
        }
    }

    private func encode(word: UnsafeBufferPointer<UInt8>) throws -> [Int32] {
        if options.ignoresMerges, let id = ids[Spelling(word.reduce(into: "") { $0 += ByteAlphabet.spelling($1) })] {
            return [id]
        }
        let start = try word.map { byte in
            let id = byteIds[Int(byte)]
            guard id >= 0 else {
                throw TokenizerError(
                    """
                    the tokenizer has no token for the byte \(byte) of "\(String(decoding: word, as: UTF8.self))", so \
                    it cannot encode this text; leave the character out
                    """
                )
            }
            return id
        }
        return merges.apply(to: start)
    }

    public func decode(_ ids: [Int], skippingSpecial: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids where !(skippingSpecial && specialTokens.contains(id)) {
            guard let token = token(id) else { continue }
            bytes.append(contentsOf: ByteAlphabet.bytes(of: token) ?? Array(token.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
