// Tokens that are matched in the text before it is cut into words.

import Files

/// A token outside of the model: an end of text, a chat mark, a run of spaces.
public struct AddedToken: Sendable, Equatable {
    public var id: Int
    public var content: String
    /// A mark rather than text; left out of decoded text on request.
    public var special: Bool
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

extension AddedTokens {
    /// Marks with the ids 0, 1, 2, ….
    static func special(_ marks: [String]) -> [AddedToken] {
        marks.enumerated().map { AddedToken(id: $0, content: $1, special: true) }
    }

    /// The `added_tokens` of a `tokenizer.json`.
    /// - Parameter isNormalized: whether a normalizer changes the text in which they are found.
    static func read(_ root: JSONNode, isNormalized: Bool) throws(JSONError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for node in try root.optional("added_tokens")?.elements() ?? [] {
            let token = AddedToken(
                id: try node["id"].integer(in: 0...TokenVocabulary.idLimit), content: try node["content"].string(),
                special: try node.optional("special")?.bool() ?? false)
            let unsupported = ["single_word", "lstrip", "rstrip"] + (isNormalized ? ["normalized"] : [])
            for flag in unsupported where try node.optional(flag)?.bool() ?? false {
                throw try node[flag].error(
                    "of the token \"\(token.content)\" is true, which is not supported; set it to false")
            }
            if token.content.isEmpty { throw try node["content"].error("is empty") }
            tokens.append(token)
        }
        return tokens
    }

    /// The `added_tokens` of a `tokenizer.json`.
    static func json(_ tokens: [AddedToken]) -> JSON {
        .array(
            tokens.map {
                [
                    "id": .integer($0.id), "content": .string($0.content), "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": .bool($0.special),
                ]
            })
    }
}
