// GPT-2's words, whose bytes a model sees.

import Files

/// Cuts text by GPT-2's word pattern, and has its bytes encoded (Radford et al. 2019).
struct ByteLevelPreTokenizer: PreTokenizer {
    static let name = "ByteLevel"
    /// A space is put before text that does not begin with one.
    private let addsPrefixSpace: Bool
    /// Words are cut by GPT-2's pattern; otherwise merges may cross spaces.
    private let splitsWords: Bool
    var spelling: PieceSpelling { .bytes }

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        addsPrefixSpace = try node.optional("add_prefix_space")?.bool() ?? true
        splitsWords = try node.optional("use_regex")?.bool() ?? true
    }

    func cut(_ text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        guard addsPrefixSpace, text.first != 0x20 else { return try words(text, emit) }
        try ([0x20] + text).withUnsafeBufferPointer { try words($0, emit) }
    }

    private func words(
        _ text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        guard splitsWords else { return try emit(text) }
        try WordSplitter(bytes: text).words(in: text.indices) {
            try emit(UnsafeBufferPointer(rebasing: text[$0]))
        }
    }
}
