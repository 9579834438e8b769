// Byte-pair encoding in a `tokenizer.json`: its merges, and what is written.

import Files

extension BytePairEncoding {
    /// The model in a `tokenizer.json` made here.
    static func json(
        vocabulary: [String], merges: [(left: String, right: String)]
    ) -> JSON {
        [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
            "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": .object(NamedValues(vocabulary.enumerated().map { ($1, JSON.integer($0)) })),
            "merges": .array(merges.map { [.string($0.left), .string($0.right)] }),
        ]
    }
}

extension BytePairMerges {
    /// Reads the `merges` of a model: pairs of tokens, or lines with a space between the two.
    /// - Parameter prefixLength: bytes that mark the second token as not the first of its word, and go when it merges.
    init(_ node: JSONNode, _ vocabulary: TokenVocabulary, prefixLength: Int) throws(JSONError) {
        guard let lines = node.value.array else { throw node.error("must be an array, but is \(node.value.kind)") }
        self.init(capacity: lines.count)
        for (rank, line) in lines.enumerated() {
            func wrong(_ message: String) -> JSONError {
                JSONNode(line, origin: node.origin, path: "\(node.path)[\(rank)]").error(message)
            }
            let left: String, right: String
            switch line {
            case .string(let text):
                // "a b"; a version line may come first, as in merges.txt.
                if rank == 0, text.hasPrefix("#version") { continue }
                let parts = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else {
                    throw wrong("must be two tokens with a space between, but is \"\(text)\"")
                }
                (left, right) = (parts[0], parts[1])
            case .array(let pair):
                guard pair.count == 2, let first = pair[0].string, let second = pair[1].string else {
                    throw wrong("must be a pair of tokens")
                }
                (left, right) = (first, second)
            default: throw wrong("must be a pair of tokens, but is \(line.kind)")
            }
            let joined =
                prefixLength == 0
                ? left + right : left + String(decoding: right.utf8.dropFirst(prefixLength), as: UTF8.self)
            guard let first = vocabulary.ids[Spelling(left)], let second = vocabulary.ids[Spelling(right)],
                let whole = vocabulary.ids[Spelling(joined)]
            else {
                throw wrong(
                    """
                    merges "\(left)" and "\(right)", and one of them or "\(joined)" is not in the vocabulary
                    """
                )
            }
            add(first, second, rank: rank, into: whole)
        }
    }
}
