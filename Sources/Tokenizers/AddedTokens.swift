// Tokens that are matched in the text before it is cut into words.

/// A token outside of the merges: an end of text, a chat mark, a run of spaces.
struct AddedToken: Sendable, Equatable {
    var id: Int
    var content: String
    /// A mark rather than text; left out of decoded text on request.
    var special: Bool
}

/// Finds added tokens in text: the leftmost first, the longest where several begin at the same place.
struct AddedTokens: Sendable {
    let tokens: [AddedToken]
    /// Candidates by their first byte, longest first.
    private let byFirstByte: [[(bytes: [UInt8], id: Int)]]
    /// Whether some token begins with a byte; most bytes of a text need no more than this.
    private let begins: [Bool]

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens
        var table = [[(bytes: [UInt8], id: Int)]](repeating: [], count: 256)
        for token in tokens {
            let bytes = Array(token.content.utf8)
            if let first = bytes.first { table[Int(first)].append((bytes, token.id)) }
        }
        byFirstByte = table.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
        begins = table.map { !$0.isEmpty }
    }

    /// Calls `text` with each stretch between added tokens, and `token` with each of them, in order.
    func split(
        _ bytes: UnsafeBufferPointer<UInt8>, text: (Range<Int>) throws -> Void, token: (Int) throws -> Void
    ) rethrows {
        var start = 0
        var position = 0
        while position < bytes.count {
            guard begins[Int(bytes[position])] else {
                position += 1
                continue
            }
            let match = byFirstByte[Int(bytes[position])].first { candidate in
                position + candidate.bytes.count <= bytes.count
                    && candidate.bytes.indices.allSatisfy { bytes[position + $0] == candidate.bytes[$0] }
            }
            guard let match else {
                position += 1
                continue
            }
            if start < position { try text(start..<position) }
            try token(match.id)
            position += match.bytes.count
            start = position
        }
        if start < bytes.count { try text(start..<bytes.count) }
    }
}
