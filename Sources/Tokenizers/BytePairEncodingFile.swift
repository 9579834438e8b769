// Byte-level BPE from and to a Hugging Face tokenizer.json.

import Collections
import Files
extension BytePairEncoding {
    /// Largest token id that is accepted; real vocabularies stay far below.
    static let idLimit = 10_000_000

    /// A tokenizer as a `tokenizer.json` describes it.
    /// - Parameter contents: the file itself, kept so that a saved model has the tokenizer it was loaded with.
    convenience init(_ root: JSONNode, contents: [UInt8], endOfText: String?) throws {
        let model = try root["model"]
        var options = try Options(root)
        options.ignoresMerges = try model.optional("ignore_merges")?.bool() ?? false
        if let dropout = try model.optional("dropout"), try dropout.number() > 0 {
            throw dropout.error("is \(try dropout.number()): random merges are not supported; set it to null")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = try model.optional(key), try !affix.string().isEmpty {
                throw affix.error("is not supported in a byte-level tokenizer; set it to null")
            }
        }

        let added = try AddedTokens.read(root)
        let (tokens, ids) = try BytePairEncoding.vocabulary(try model["vocab"], added)
        self.init(
            tokens: tokens, ids: ids, merges: try BytePairEncoding.merges(try model["merges"], ids: ids), added: added,
            options: options, endOfText: try BytePairEncoding.endOfText(endOfText, ids: ids, root), contents: contents)
    }

    /// Tokens by id, and ids by token; every id at most once.
    static func vocabulary(
        _ node: JSONNode, _ added: [AddedToken]
    ) throws(JSONError) -> (tokens: [String?], ids: [Spelling: Int32]) {
        guard let members = node.value.object else { throw node.error("must be an object, but is \(node.value.kind)") }
        var ids: [Spelling: Int32] = [:]
        ids.reserveCapacity(members.count + added.count)
        for (token, id) in members {
            // The path is put together only when something is wrong: vocabularies are long.
            guard let id = id.integer, (0...idLimit).contains(id) else {
                throw node.error("must give \"\(token)\" a whole number from 0 to \(idLimit) as its id")
            }
            ids[Spelling(token)] = Int32(id)
        }
        for token in added { ids[Spelling(token.content)] = Int32(token.id) }
        var tokens = [String?](repeating: nil, count: Int(ids.values.max() ?? -1) + 1)
        for (token, id) in ids {
            if let other = tokens[Int(id)] {
                throw node.error(
                    "gives the id \(id) to both \"\(min(other, token.text))\" and \"\(max(other, token.text))\"")
            }
            tokens[Int(id)] = token.text
        }
        guard !tokens.isEmpty else { throw node.error("is empty") }
        return (tokens, ids)
    }

    private static func merges(_ node: JSONNode, ids: [Spelling: Int32]) throws(JSONError) -> BytePairMerges {
        guard let lines = node.value.array else { throw node.error("must be an array, but is \(node.value.kind)") }
        var merges = BytePairMerges(capacity: lines.count)
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
                (left, right) = (String(parts[0]), String(parts[1]))
            case .array(let pair):
                guard pair.count == 2, let first = pair[0].string, let second = pair[1].string else {
                    throw wrong("must be a pair of tokens")
                }
                (left, right) = (first, second)
            default: throw wrong("must be a pair of tokens, but is \(line.kind)")
            }
            guard let first = ids[Spelling(left)], let second = ids[Spelling(right)],
                let whole = ids[Spelling(left + right)]
            else {
                throw wrong(
                    """
                    merges "\(left)" and "\(right)", and one of them or "\(left + right)" is not in the vocabulary
                    """
                )
            }
            merges.add(first, second, rank: rank, into: whole)
        }
        return merges
    }

    /// The token that ends a text: the one a configuration names, or the first of the usual names.
    static func endOfText(
        _ named: String?, ids: [Spelling: Int32], _ root: JSONNode
    ) throws(JSONError) -> Int? {
        if let named {
            if let id = ids[Spelling(named)] { return Int(id) }
            throw JSONError(
                origin: root.origin,
                message: "the end token \"\(named)\" that tokenizer_config.json names is not in the vocabulary")
        }
        let usual = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eot_id|>", "<|im_end|>"]
        return usual.lazy.compactMap { ids[Spelling($0)] }.first.map { Int($0) }
    }
}

extension BytePairEncoding.Options {
    /// Reads how text is prepared; refuses by name what would change the ids and is not supported.
    fileprivate init(_ root: JSONNode) throws(JSONError) {
        self.init()
        if let normalizer = try root.optional("normalizer") {
            let parts = try normalizer.optional("normalizers")?.elements()
            guard parts?.isEmpty ?? false else {
                throw normalizer.error(
                    """
                    is \(try normalizer["type"].string()), which is not supported; byte-level tokenizers such as \
                    GPT-2's need none
                    """
                )
            }
        }
        guard let preTokenizer = try root.optional("pre_tokenizer") else {
            throw JSONError(
                origin: root.origin,
                message: """
                    there is no "pre_tokenizer"; only byte-level BPE tokenizers (ByteLevel, as of GPT-2) and \
                    character-level ones are read here
                    """
            )
        }
        try read(preTokenizer: preTokenizer, isLast: true)
        if let decoder = try root.optional("decoder"), try decoder["type"].string() != "ByteLevel" {
            throw decoder.error(
                """
                is \(try decoder["type"].string()), which is not supported; a byte-level tokenizer has a ByteLevel \
                decoder
                """
            )
        }
        if let processor = try root.optional("post_processor") { try read(postProcessor: processor) }
    }

    private mutating func read(preTokenizer node: JSONNode, isLast: Bool) throws(JSONError) {
        switch try node["type"].string() {
        case "ByteLevel" where isLast:
            addPrefixSpace = try node.optional("add_prefix_space")?.bool() ?? true
            splitsWords = try node.optional("use_regex")?.bool() ?? true
        case "Digits" where !isLast:
            individualDigits = try node.optional("individual_digits")?.bool() ?? false
        case "Sequence" where isLast:
            let parts = try node["pretokenizers"].elements()
            guard !parts.isEmpty else { throw node.error("is an empty Sequence; it needs a ByteLevel part") }
            for (index, part) in parts.enumerated() {
                try read(preTokenizer: part, isLast: index == parts.count - 1)
            }
        case let kind:
            throw node.error(
                """
                is \(kind), which is not supported; ByteLevel (GPT-2's word pattern) is, and Digits before it. Load a \
                model with such a tokenizer, or give token ids instead of text
                """
            )
        }
    }

    private mutating func read(postProcessor node: JSONNode) throws(JSONError) {
        switch try node["type"].string() {
        case "ByteLevel": return
        case "Sequence":
            for part in try node["processors"].elements() { try read(postProcessor: part) }
        case "TemplateProcessing":
            var afterText = false
            for part in try node["single"].elements() {
                if try part.optional("Sequence") != nil {
                    afterText = true
                } else {
                    let name = try part["SpecialToken"]["id"].string()
                    for id in try node["special_tokens"][name]["ids"].elements() {
                        let id = try id.integer(in: 0...BytePairEncoding.idLimit)
                        if afterText { suffix.append(id) } else { prefix.append(id) }
                    }
                }
            }
        case let kind:
            throw node.error("is \(kind), which is not supported; ByteLevel and TemplateProcessing are")
        }
    }
}

extension BytePairEncoding {
    /// The `tokenizer.json` of a tokenizer made here: GPT-2's word pattern, no marks around texts.
    static func file(
        vocabulary: [String], merges: [(left: String, right: String)], special: [String]
    ) throws(JSONError) -> [UInt8] {
        let byteLevel: JSON = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
        let vocab = NamedValues(
            vocabulary.enumerated().map { ($1, JSON.integer($0)) })
        let json: JSON = [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": AddedTokens.json(
                special.enumerated().map { AddedToken(id: $0, content: $1, special: true) }),
            "normalizer": nil, "pre_tokenizer": byteLevel, "post_processor": nil, "decoder": byteLevel,
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocab), "merges": .array(merges.map { [.string($0.left), .string($0.right)] }),
            ],
        ]
        return Array(try json.text(.pretty).utf8)
    }
}

extension AddedTokens {
    /// The `added_tokens` of a `tokenizer.json`.
    static func read(_ root: JSONNode) throws(JSONError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for node in try root.optional("added_tokens")?.elements() ?? [] {
            let token = AddedToken(
                id: try node["id"].integer(in: 0...BytePairEncoding.idLimit), content: try node["content"].string(),
                special: try node.optional("special")?.bool() ?? false)
            for flag in ["single_word", "lstrip", "rstrip"] where try node.optional(flag)?.bool() ?? false {
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
