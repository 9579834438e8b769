// Tokens outside of the model, as a tokenizer's files describe them.

import Files

/// A token outside of the model: an end of text, a chat mark, a run of spaces.
public struct AddedToken: Sendable, Equatable {
    public var id: Int
    public var content: String
    /// A mark rather than text; left out of decoded text on request.
    public var special = false
    /// Found only where no letter, digit or underscore stands next to it.
    public var singleWord = false
    /// Takes the white space before or behind it along.
    public var stripsLeft = false
    public var stripsRight = false
    /// Found in the text as the normalizer leaves it, and normalized itself.
    public var normalized = false
}

extension AddedToken {
    /// An object with the token's `content` and what is special about it.
    init(_ node: JSONNode, id: Int) throws(JSONError) {
        self.id = id
        content = try node["content"].string()
        special = try node.optional("special")?.bool() ?? false
        singleWord = try node.optional("single_word")?.bool() ?? false
        stripsLeft = try node.optional("lstrip")?.bool() ?? false
        stripsRight = try node.optional("rstrip")?.bool() ?? false
        normalized = try node.optional("normalized")?.bool() ?? false
    }

    /// As `tokenizer.json` has it.
    var json: JSON {
        [
            "id": .integer(id), "content": .string(content), "single_word": .bool(singleWord),
            "lstrip": .bool(stripsLeft), "rstrip": .bool(stripsRight), "normalized": .bool(normalized),
            "special": .bool(special),
        ]
    }

    /// Marks with the ids 0, 1, 2, ….
    static func special(_ marks: [String]) -> [AddedToken] {
        marks.enumerated().map { AddedToken(id: $0, content: $1, special: true) }
    }

    /// The `added_tokens` of a `tokenizer.json`, and further ones behind them, with the ids that the Hugging Face
    /// libraries give them: that of the model's token of that name, or the next free one.
    static func read(
        _ root: JSONNode, further: [AddedToken], _ vocabulary: TokenVocabulary
    ) throws(JSONError) -> [AddedToken] {
        var listed: [AddedToken] = []
        for node in try root.optional("added_tokens")?.elements() ?? [] {
            let token = try AddedToken(node, id: try node["id"].integer(in: 0...TokenVocabulary.idLimit))
            if token.content.isEmpty { throw try node["content"].error("is empty") }
            listed.append(token)
        }
        var seen = Set<Spelling>()
        var tokens: [AddedToken] = []
        var largest = -1
        for var token in listed + further where !token.content.isEmpty && seen.insert(Spelling(token.content)).inserted
        {
            token.id = vocabulary.id(token.content) ?? max(largest + 1, vocabulary.count)
            largest = max(largest, token.id)
            tokens.append(token)
        }
        return tokens
    }
}
