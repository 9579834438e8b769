// Byte-pair encoding in a `tokenizer.json`: what is read, what is refused, and what is written.

import Files

extension BytePairEncoding {
    /// Refuses what would change the ids and is not done here.
    static func refuseWhatDiffers(_ node: JSONNode) throws(JSONError) {
        if let dropout = try node.optional("dropout"), try dropout.number() > 0 {
            throw dropout.error("is \(try dropout.number()): random merges are not supported; set it to null")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = try node.optional(key), try !affix.string().isEmpty {
                throw affix.error("is not supported in a byte-level tokenizer; set it to null")
            }
        }
    }

    /// Whether text that nothing cuts falls into its characters: there are no merges, and tokens are put together as
    /// they are.
    static func isCharacterLevel(_ root: JSONNode) -> Bool {
        root.value["model"]?["merges"]?.array?.isEmpty ?? false
            && root.value["decoder"]?["type"]?.string == FuseDecoder.name
    }

    /// What is said of a file whose pre-tokenizer does not give bytes, where characters would be other tokens.
    static func needsBytes(_ root: JSONNode) throws -> JSONError {
        guard var node = try root.optional("pre_tokenizer") else {
            return JSONError(
                origin: root.origin,
                message: """
                    there is no "pre_tokenizer"; only byte-level BPE tokenizers (ByteLevel, as of GPT-2) and \
                    character-level ones are read here
                    """
            )
        }
        while try node["type"].string() == SequencePreTokenizer.name,
            let last = try node["pretokenizers"].elements().last
        {
            node = last
        }
        return TokenizerSteps.unsupported(node, try node["type"].string(), PreTokenizers.advice)
    }

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
    init(_ node: JSONNode, _ vocabulary: TokenVocabulary) throws(JSONError) {
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
            guard let first = vocabulary.ids[Spelling(left)], let second = vocabulary.ids[Spelling(right)],
                let whole = vocabulary.ids[Spelling(left + right)]
            else {
                throw wrong(
                    """
                    merges "\(left)" and "\(right)", and one of them or "\(left + right)" is not in the vocabulary
                    """
                )
            }
            add(first, second, rank: rank, into: whole)
        }
    }
}
