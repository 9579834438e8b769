// Tokens and their ids.

import Files

/// The tokens of a model by id, and ids by token; every id at most once.
public struct TokenVocabulary: Sendable {
    /// Largest token id that is accepted; real vocabularies stay far below.
    static let idLimit = 10_000_000

    /// Tokens by id as the vocabulary spells them; nil where an id is not used.
    public let tokens: [String?]
    let ids: [Spelling: Int32]

    /// One more than the largest id.
    public var size: Int { tokens.count }
    /// The token of an id, or nil.
    public func token(_ id: Int) -> String? { tokens.indices.contains(id) ? tokens[id] : nil }
    /// The id of a token, or nil.
    public func id(_ token: String) -> Int? { ids[Spelling(token)].map { Int($0) } }

    /// Tokens with the ids 0, 1, 2, …; of equal ones the first is found by name.
    public init(_ tokens: [String]) {
        self.tokens = tokens
        ids = Dictionary(
            tokens.enumerated().map { (Spelling($1), Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads the `vocab` of a model, an object from token to id.
    /// - Throws: `JSONError` where it is not one, or gives two tokens one id.
    public init(_ node: JSONNode) throws(JSONError) {
        guard let members = node.value.object else { throw node.error("must be an object, but is \(node.value.kind)") }
        var ids: [Spelling: Int32] = [:]
        ids.reserveCapacity(members.count)
        for (token, id) in members {
            // The path is put together only when something is wrong: vocabularies are long.
            guard let id = id.integer, (0...TokenVocabulary.idLimit).contains(id) else {
                throw node.error(
                    "must give \"\(token)\" a whole number from 0 to \(TokenVocabulary.idLimit) as its id")
            }
            ids[Spelling(token)] = Int32(id)
        }
        var tokens = [String?](repeating: nil, count: Int(ids.values.max() ?? -1) + 1)
        for (token, id) in ids {
            if let other = tokens[Int(id)] {
                throw node.error(
                    "gives the id \(id) to both \"\(min(other, token.text))\" and \"\(max(other, token.text))\"")
            }
            tokens[Int(id)] = token.text
        }
        self.tokens = tokens
        self.ids = ids
    }

    /// How many tokens there are.
    var count: Int { ids.count }

    /// Usual names of the token that ends a text.
    static let usualEnds = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eot_id|>", "<|im_end|>"]
}
