// Byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019), as GPT-2's and Llama 3's tokenizers do it.

import Files

/// A word's bytes are tokens, and pairs of tokens merge in the order of a table. Any text can be encoded if all 256
/// bytes are in the vocabulary. Without merges, and with nothing that cuts the text, its characters are the tokens.
public struct BytePairEncoding: TokenModel {
    public static let name = "BPE"

    public let vocabulary: TokenVocabulary
    private let merges: BytePairMerges
    /// A word that is a token itself is not put together from merges.
    private let ignoresMerges: Bool
    /// What a piece consists of before anything merges.
    private let symbols: Symbols

    private enum Symbols {
        /// The id of each byte, or -1.
        case bytes([Int32])
        case characters([Unicode.Scalar: Int32])
    }

    public init(_ root: JSONNode, pieces: PieceSpelling?, added: [AddedToken]) throws {
        let node = try root["model"]
        try BytePairEncoding.refuseWhatDiffers(node)
        let isCharacterLevel = pieces == nil && BytePairEncoding.isCharacterLevel(root)
        guard pieces == .bytes || isCharacterLevel else { throw try BytePairEncoding.needsBytes(root) }
        let vocabulary = try TokenVocabulary(try node["vocab"], added: added)
        self.vocabulary = vocabulary
        merges = try BytePairMerges(try node["merges"], vocabulary)
        ignoresMerges = try node.optional("ignore_merges")?.bool() ?? false
        symbols =
            isCharacterLevel
            ? .characters(BytePairEncoding.characters(of: vocabulary))
            : .bytes((0..<256).map { vocabulary.ids[Spelling(ByteAlphabet.spelling(UInt8($0)))] ?? -1 })
    }

    /// The tokens of one character.
    private static func characters(of vocabulary: TokenVocabulary) -> [Unicode.Scalar: Int32] {
        vocabulary.ids.reduce(into: [:]) { characters, entry in
            let scalars = entry.key.text.unicodeScalars
            if scalars.count == 1, let scalar = scalars.first { characters[scalar] = entry.value }
        }
    }

    public func ids(of piece: UnsafeBufferPointer<UInt8>) throws -> [Int32] {
        switch symbols {
        case .characters(let ids): return try characters(of: piece, ids)
        case .bytes(let ids):
            if ignoresMerges, let id = vocabulary.ids[Spelling(spelling(of: piece))] { return [id] }
            return merges.apply(to: try bytes(of: piece, ids))
        }
    }

    private func spelling(of piece: UnsafeBufferPointer<UInt8>) -> String {
        piece.reduce(into: "") { $0 += ByteAlphabet.spelling($1) }
    }

    private func bytes(of piece: UnsafeBufferPointer<UInt8>, _ ids: [Int32]) throws -> [Int32] {
        try piece.map { byte in
            let id = ids[Int(byte)]
            guard id >= 0 else {
                throw TokenizerError(
                    """
                    the tokenizer has no token for the byte \(byte) of "\(String(decoding: piece, as: UTF8.self))", so \
                    it cannot encode this text; leave the character out
                    """
                )
            }
            return id
        }
    }

    private func characters(
        of piece: UnsafeBufferPointer<UInt8>, _ ids: [Unicode.Scalar: Int32]
    ) throws -> [Int32] {
        try String(decoding: piece, as: UTF8.self).unicodeScalars.map { scalar in
            guard let id = ids[scalar] else {
                throw TokenizerError(
                    """
                    the character "\(Character(scalar))" is not in the tokenizer's vocabulary of \(vocabulary.size) \
                    tokens; leave it out, or train on text that has it
                    """
                )
            }
            return id
        }
    }
}
