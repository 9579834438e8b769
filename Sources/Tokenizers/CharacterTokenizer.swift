// One token a character: the simplest tokenizer, for lists of names and toy texts.

import Collections
import Files
/// A tokenizer with one token for each character (Unicode scalar) of a vocabulary.
///
/// Its `tokenizer.json` is a BPE model without merges, which splits text into characters, so that the Hugging Face
/// libraries read it as it is.
public final class CharacterTokenizer: Tokenizer {
    public let vocabularySize: Int
    public let endOfText: Int?
    public let specialTokens: Set<Int>
    private let tokens: [String?]
    private let ids: [Spelling: Int32]
    private let added: AddedTokens

    private init(tokens: [String?], added: [AddedToken], endOfText: Int?) {
        self.tokens = tokens
        self.added = AddedTokens(added)
        self.endOfText = endOfText
        vocabularySize = tokens.count
        specialTokens = Set(added.filter(\.special).map(\.id))
        ids = Dictionary(
            tokens.enumerated().compactMap { id, token in token.map { (Spelling($0), Int32(id)) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The characters of some texts in the order of their code points, after the special tokens.
    /// - Parameter special: marks that are not characters; the first ends a text.
    public convenience init(charactersOf texts: some Sequence<String>, special: [String] = ["<|endoftext|>"]) throws {
        guard Set(special.map(Spelling.init)).count == special.count,
            special.allSatisfy({ $0.unicodeScalars.count > 1 })
        else {
            throw TokenizerError("special tokens must be distinct and longer than one character")
        }
        let marks = AddedTokens(special.enumerated().map { AddedToken(id: $0, content: $1, special: true) })
        var seen = Set<Unicode.Scalar>()
        for text in texts {
            var text = text
            text.withUTF8 { bytes in
                marks.split(
                    bytes, text: { seen.formUnion(String(decoding: bytes[$0], as: UTF8.self).unicodeScalars) },
                    token: { _ in })
            }
        }
        guard !seen.isEmpty else { throw TokenizerError("there are no characters in the text; give at least one") }
        self.init(
            tokens: special + seen.sorted().map { String(Character($0)) }, added: marks.tokens,
            endOfText: special.isEmpty ? nil : 0)
    }

    public func token(_ id: Int) -> String? { tokens.indices.contains(id) ? tokens[id] : nil }
    public func id(_ token: String) -> Int? { ids[Spelling(token)].map { Int($0) } }

    public func encode(_ text: String, addingSpecial: Bool) throws -> [Int] {
        var text = text
        var result: [Int] = []
        try text.withUTF8 { bytes in
            try added.split(
                bytes,
                text: { range in
                    for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars {
                        guard let id = ids[Spelling(String(Character(scalar)))] else {
                            throw TokenizerError(
                                """
                                the character "\(Character(scalar))" is not in the tokenizer's vocabulary of \
                                \(vocabularySize) tokens; leave it out, or train on text that has it
                                """
                            )
                        }
                        result.append(Int(id))
                    }
                },
                token: { result.append($0) })
        }
        return result
    }

    public func decode(_ ids: [Int], skippingSpecial: Bool) -> String {
        ids.reduce(into: "") { text, id in
            if !(skippingSpecial && specialTokens.contains(id)) { text += token(id) ?? "" }
        }
    }
}

extension CharacterTokenizer {
    /// Whether a `tokenizer.json` describes such a tokenizer: BPE without merges, words or normalisation.
    public static func matches(_ root: JSONNode) -> Bool {
        BytePairEncoding.matches(root) && root.value["pre_tokenizer"]?.isNull ?? true
            && root.value["normalizer"]?.isNull ?? true
            && root.value["model"]?["merges"]?.array?.isEmpty ?? false && root.value["decoder"]?["type"] == "Fuse"
    }

    convenience init(_ root: JSONNode, endOfText: String?) throws {
        let added = try AddedTokens.read(root)
        let (tokens, ids) = try BytePairEncoding.vocabulary(try root["model"]["vocab"], added)
        self.init(tokens: tokens, added: added, endOfText: try BytePairEncoding.endOfText(endOfText, ids: ids, root))
    }

    public func fileContents() throws -> [UInt8] {
        let vocabulary = NamedValues(
            tokens.enumerated().compactMap { id, token in token.map { ($0, JSON.integer(id)) } })
        let json: JSON = [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": AddedTokens.json(added.tokens),
            "normalizer": nil, "pre_tokenizer": nil, "post_processor": nil, "decoder": ["type": "Fuse"],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocabulary), "merges": [],
            ],
        ]
        return Array(try json.text(.pretty).utf8)
    }
}
