// GPT-2's words, whose bytes a model sees.

import Files

/// Cuts text by GPT-2's word pattern, and has its bytes encoded (Radford et al. 2019).
struct ByteLevelPreTokenizer: PreTokenizer {
    static let name = "ByteLevel"
    /// A space is put before text that does not begin with one.
    private let addsPrefixSpace: Bool
    /// Words are cut by GPT-2's pattern; otherwise merges may cross spaces.
    private let splitsWords: Bool
    /// Whether its pieces are bytes in the alphabet of GPT-2, written as text, for others to cut further; a model is
    /// given the bytes as they are.
    private var spellsBytes = false

    var spelling: PieceSpelling { spellsBytes ? .text : .bytes }
    var spellingBytes: (any PreTokenizer)? {
        var copy = self
        copy.spellsBytes = true
        return copy
    }

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        addsPrefixSpace = try node.optional("add_prefix_space")?.bool() ?? true
        splitsWords = try node.optional("use_regex")?.bool() ?? true
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        guard addsPrefixSpace, text.bytes.first != 0x20 else { return try words(text, emit) }
        try ([0x20] + text.bytes).withUnsafeBufferPointer {
            try words(TextPiece($0, beginsText: text.beginsText), emit)
        }
    }

    private func words(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        guard splitsWords else { return try give(text, emit) }
        try WordSplitter(bytes: text.bytes).words(in: text.bytes.indices) { try give(text[$0], emit) }
    }

    private func give(_ piece: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        guard spellsBytes else { return try emit(piece) }
        var spelled = ByteAlphabet.spelling(of: piece.bytes)
        try spelled.withUTF8 { try emit(TextPiece($0, beginsText: piece.beginsText)) }
    }
}
