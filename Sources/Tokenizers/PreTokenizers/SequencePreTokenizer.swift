// Pre-tokenizers one after the other, each cutting the pieces of the one before.

import Files

struct SequencePreTokenizer: PreTokenizer {
    static let name = "Sequence"
    private var parts: [any PreTokenizer]
    var spelling: PieceSpelling { parts.last?.spelling ?? .text }
    var spellingBytes: (any PreTokenizer)? {
        guard let last = parts.last?.spellingBytes else { return nil }
        var copy = self
        copy.parts[parts.count - 1] = last
        return copy
    }

    init(_ node: JSONNode, among steps: TokenizerSteps) throws {
        parts = try node["pretokenizers"].elements().map { try steps.preTokenizer($0) }
        for index in parts.indices.dropLast() {
            if let part = parts[index].spellingBytes { parts[index] = part }
        }
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try cut(text, from: 0, emit)
    }

    private func cut(_ text: TextPiece, from index: Int, _ emit: (TextPiece) throws -> Void) throws {
        guard index < parts.count else { return try emit(text) }
        try parts[index].cut(text) { piece in
            if !piece.bytes.isEmpty { try cut(piece, from: index + 1, emit) }
        }
    }
}
