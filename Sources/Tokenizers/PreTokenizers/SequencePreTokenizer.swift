// Pre-tokenizers one after the other, each cutting the pieces of the one before.

import Files

struct SequencePreTokenizer: PreTokenizer {
    static let name = "Sequence"
    private let parts: [any PreTokenizer]
    var spelling: PieceSpelling { parts.last?.spelling ?? .text }

    init(_ node: JSONNode, among steps: TokenizerSteps) throws {
        let nodes = try node["pretokenizers"].elements()
        guard !nodes.isEmpty else { throw node.error("is an empty Sequence; it needs a ByteLevel part") }
        parts = try nodes.map { try steps.preTokenizer($0) }
        if let early = parts.dropLast().firstIndex(where: { $0.spelling == .bytes }) {
            let type = try nodes[early]["type"].string()
            throw TokenizerSteps.unsupported(nodes[early], type, PreTokenizers.advice)
        }
    }

    func cut(_ text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        try cut(text, from: 0, emit)
    }

    private func cut(
        _ text: UnsafeBufferPointer<UInt8>, from index: Int, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        guard index < parts.count else { return try emit(text) }
        try parts[index].cut(text) { try cut($0, from: index + 1, emit) }
    }
}
