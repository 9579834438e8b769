// Byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019), byte by byte or character by character.

import Files

/// The characters of a piece, or its bytes, are tokens, and pairs of tokens merge in the order of a table. Without
/// merges, and with nothing that cuts the text, its characters are the tokens.
public struct BytePairEncoding: TokenModel {
    public static let name = "BPE"

    public let vocabulary: TokenVocabulary
    private let merges: BytePairMerges
    private let options: BytePairOptions
    /// What a piece consists of before anything merges.
    private let symbols: BytePairSymbols
    private let spelling: PieceSpelling
    /// The id of each byte, where pieces are bytes, all of them are tokens, and none is spelled otherwise in a place.
    private let byteIds: [Int32]?

    public init(_ root: JSONNode, pieces: PieceSpelling?) throws {
        let node = try root["model"]
        options = try BytePairOptions(node)
        spelling = pieces ?? .text
        vocabulary = try TokenVocabulary(try node["vocab"])
        let affix = options.continuingPrefix.utf8.count
        merges = try BytePairMerges(try node["merges"], vocabulary, prefixLength: affix)
        symbols = try BytePairSymbols(vocabulary, options, node)
        let tokens = vocabulary.ids
        let ids = (0..<256).map { tokens[Spelling(ByteAlphabet.spelling(UInt8($0)))] ?? -1 }
        byteIds = spelling == .bytes && !options.hasAffixes && !ids.contains(-1) ? ids : nil
    }

    public func ids(of piece: UnsafeBufferPointer<UInt8>) throws -> [Int32] {
        if let byteIds, !options.ignoresMerges { return merges.apply(to: piece.map { byteIds[Int($0)] }) }
        let text: String =
            switch spelling {
            case .bytes: ByteAlphabet.spelling(of: piece)
            case .text: String(decoding: piece, as: UTF8.self)
            }
        if options.ignoresMerges, let id = vocabulary.ids[Spelling(text)] { return [id] }
        if let byteIds { return merges.apply(to: piece.map { byteIds[Int($0)] }) }
        return merges.apply(to: try symbols.ids(of: text, isBytes: spelling == .bytes))
    }
}
