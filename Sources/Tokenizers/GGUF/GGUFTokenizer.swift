// The tokenizer of a GGUF file, read as the `tokenizer.json` that says the same.

import Files

/// What `tokenizer.ggml.…` of a GGUF file says: tokens with their kinds, and merges or scores.
public struct GGUFTokenizer {
    static let prefix = "tokenizer.ggml."
    /// Characters of a token that is put together from others; real ones have a few dozen.
    private static let longest = 1024

    /// Kinds of tokens, as llama.cpp numbers them.
    enum Kind {
        static let normal: Int32 = 1, unknown: Int32 = 2, control: Int32 = 3, userDefined: Int32 = 4
        static let unused: Int32 = 5, byte: Int32 = 6
    }

    let origin: String
    let metadata: NamedValues<GGUFValue>
    /// What is worth saying, though the tokenizer can be read.
    public private(set) var remarks: [String] = []
    /// nil for a file without a tokenizer.
    public private(set) var tokenizer: (any Tokenizer)?
    /// The ids of the tokens that begin, end and pad texts; of ends the first is that of texts, others those of answers.
    public private(set) var beginning: Int?
    public private(set) var ends: [Int] = []
    public private(set) var padding: Int?

    private var tokens: [String] = []
    private var kinds: [Int32] = []
    private var unknown: Int?

    /// - Parameters:
    ///   - origin: the file, for messages.
    ///   - steps: the steps of tokenizers that are known.
    /// - Throws: `FileError` or `JSONError` naming the key, and what in it is not supported.
    public init(
        _ metadata: NamedValues<GGUFValue>, origin: String, among steps: TokenizerSteps = TokenizerSteps()
    ) throws {
        self.metadata = metadata
        self.origin = origin
        guard let model = try text("model") else { return }
        if model == "no_vocab" || model == "none" { return }
        guard let list = metadata[Self.prefix + "tokens"] else { throw wrong("tokens", "is missing") }
        guard let texts = list.array?.strings else { throw wrong("tokens", "must be an array of texts") }
        tokens = texts
        guard !tokens.isEmpty, tokens.count <= TokenVocabulary.idLimit else {
            throw wrong("tokens", "holds \(tokens.count) tokens")
        }
        try readKinds()
        try readIds(isSentencePiece: model == "llama")
        let root: JSON
        switch model {
        case "gpt2": root = try byteLevel()
        case "llama": root = try sentencePiece()
        default:
            throw wrong(
                "model",
                """
                is \(model), a kind of tokenizer that is not supported; gpt2 (byte pairs) and llama (SentencePiece's \
                pairs) are: load the model's Hugging Face folder instead
                """)
        }
        let contents = Array(try root.text().utf8)
        tokenizer = try TokenizerPipeline(
            JSONNode(root, origin: origin), contents: contents, configuration: try configuration(), endOfText: nil,
            among: steps)
    }

    private func wrong(_ key: String, _ message: String) -> FileError {
        FileError(path: origin, message: "the metadata value `\(Self.prefix)\(key)` \(message)")
    }

    private func text(_ key: String) throws -> String? {
        guard let value = metadata[Self.prefix + key] else { return nil }
        guard let text = value.string else { throw wrong(key, "must be a text, but is \(value.phrase)") }
        return text
    }

    private func flag(_ key: String) throws -> Bool? {
        guard let value = metadata[Self.prefix + key] else { return nil }
        guard let flag = value.bool else { throw wrong(key, "must be true or false, but is \(value.phrase)") }
        return flag
    }

    private func id(_ key: String) throws -> Int? {
        guard let value = metadata[Self.prefix + key] else { return nil }
        // -1, in whatever width, is written for none.
        if let id = value.integer, id == -1 || id == Int(UInt32.max) { return nil }
        guard let id = value.integer, tokens.indices.contains(id) else {
            throw wrong(key, "must be the id of one of \(tokens.count) tokens, but is \(value.phrase)")
        }
        return id
    }

    private mutating func readKinds() throws {
        guard let value = metadata[Self.prefix + "token_type"] else {
            kinds = Array(repeating: Kind.normal, count: tokens.count)
            return
        }
        guard let list = value.array?.integers, list.count == tokens.count else {
            throw wrong("token_type", "must hold a whole number for each of the \(tokens.count) tokens")
        }
        kinds = list.map { Int32(clamping: $0) }
        // Embeddings are often padded with tokens that nothing means.
        while let last = tokens.indices.last, kinds[last] == Kind.unused, tokens[last] == Self.filler(last) {
            tokens.removeLast()
            kinds.removeLast()
        }
        if tokens.isEmpty { throw wrong("token_type", "marks all tokens as unused") }
    }

    /// What stands for an id without a token.
    static func filler(_ id: Int) -> String { "[PAD\(id)]" }

    private mutating func readIds(isSentencePiece: Bool) throws {
        func standard(_ id: Int) -> Int? { isSentencePiece && tokens.indices.contains(id) ? id : nil }
        beginning = try id("bos_token_id") ?? standard(1)
        ends = [try id("eos_token_id") ?? standard(2)].compactMap { $0 }
        unknown = try id("unknown_token_id") ?? kinds.firstIndex(of: Kind.unknown) ?? standard(0)
        padding = try id("padding_token_id")
        for key in ["eot_token_id", "eom_token_id"] {
            if let end = try id(key), !ends.contains(end) { ends.append(end) }
        }
    }

    // MARK: As a tokenizer.json

    private func json(
        normalizer: JSON, preTokenizer: JSON, decoder: JSON, model: JSON, begins: Bool
    ) throws -> JSON {
        var added: [AddedToken] = []
        for (id, token) in tokens.enumerated() where !token.isEmpty {
            let kind = kinds[id]
            let isMark = kind == Kind.control || kind == Kind.unknown
            guard isMark || kind == Kind.userDefined else { continue }
            added.append(AddedToken(id: id, content: token, special: isMark))
        }
        added = blanksTaken(added)
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added.map(\.json)),
            "normalizer": normalizer, "pre_tokenizer": preTokenizer,
            "post_processor": try postProcessor(begins: begins), "decoder": decoder, "model": model,
        ]
    }

    /// Phi-3's marks take the blanks behind them along, which the format has no place for; llama.cpp, too, knows it by
    /// the model's name.
    private func blanksTaken(_ added: [AddedToken]) -> [AddedToken] {
        let name = (metadata["general.name"]?.string ?? "").lowercased()
        guard name.contains("phi-3") || name.contains("phi3") else { return added }
        return added.map {
            var token = $0
            token.stripsRight = !["<unk>", "<s>", "<|endoftext|>"].contains($0.content)
            return token
        }
    }

    private func postProcessor(begins: Bool) throws -> JSON {
        let first = try flag("add_bos_token") ?? begins, last = try flag("add_eos_token") ?? false
        if first, beginning == nil { throw wrong("add_bos_token", "is true, but there is no bos_token_id") }
        if last, ends.isEmpty { throw wrong("add_eos_token", "is true, but there is no eos_token_id") }
        let marks = [first ? beginning : nil, last ? ends.first : nil]
        func mark(_ id: Int) -> JSON { ["SpecialToken": ["id": .string(tokens[id]), "type_id": 0]] }
        let text: JSON = ["Sequence": ["id": "A", "type_id": 0]]
        let second: JSON = ["Sequence": ["id": "B", "type_id": 1]]
        let special = marks.compactMap { $0 }.map { id -> (String, JSON) in
            (tokens[id], ["id": .string(tokens[id]), "ids": [.integer(id)], "tokens": [.string(tokens[id])]])
        }
        return [
            "type": "TemplateProcessing",
            "single": .array([marks[0].map(mark), text, marks[1].map(mark)].compactMap { $0 }),
            "pair": .array([text, second]), "special_tokens": .object(NamedValues(special)),
        ]
    }

    /// Tokens with their ids; where two are spelled alike, neither can be meant.
    private func vocabulary() throws -> JSON {
        var members: NamedValues<JSON> = [:]
        for (id, token) in tokens.enumerated() {
            guard let other = members[token] else {
                members[token] = .integer(id)
                continue
            }
            guard kinds[id] == Kind.unused else {
                throw wrong(
                    "tokens",
                    "holds \"\(token)\" twice, at \((try? other.text()) ?? "") and \(id); download or convert it again")
            }
        }
        return .object(members)
    }

    private func model(_ merges: [JSON], isBytes: Bool, ignoresMerges: Bool) throws -> JSON {
        [
            "type": "BPE", "dropout": nil,
            "unk_token": isBytes ? nil : unknown.map { .string(tokens[$0]) } ?? nil,
            "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": .bool(!isBytes),
            "byte_fallback": .bool(!isBytes), "ignore_merges": .bool(ignoresMerges), "vocab": try vocabulary(),
            "merges": .array(merges),
        ]
    }

    private mutating func byteLevel() throws -> JSON {
        let given = try text("pre"), name = given.flatMap { $0.isEmpty ? nil : $0 } ?? GGUFPreTokenizer.standard
        if given == nil {
            remarks.append(
                """
                the file does not say how its tokenizer cuts text (tokenizer.ggml.pre is missing); as in llama.cpp, \
                the default is taken, and texts may be cut otherwise than the model was taught
                """)
        }
        guard let cuts = GGUFPreTokenizer.named(name) else {
            throw wrong(
                "pre",
                """
                is \(name), a pre-tokenizer that is not supported; these are: \
                \(GGUFPreTokenizer.all.compactMap(\.names.first).joined(separator: ", ")) and their likes. Load the \
                model's Hugging Face folder instead
                """)
        }
        guard let list = metadata[Self.prefix + "merges"] else { throw wrong("merges", "is missing") }
        guard let merges = list.array?.strings else { throw wrong("merges", "must be an array of texts") }
        let decoder: JSON = [
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
        ]
        return try json(
            normalizer: cuts.normalizer, preTokenizer: cuts.json, decoder: decoder,
            model: model(merges.map { .string($0) }, isBytes: true, ignoresMerges: cuts.ignoresMerges),
            begins: cuts.begins)
    }

    private func sentencePiece() throws -> JSON {
        guard let list = metadata[Self.prefix + "scores"] else { throw wrong("scores", "is missing") }
        guard let scores = list.array?.numbers, scores.count >= tokens.count else {
            throw wrong("scores", "must hold a number for each of the \(tokens.count) tokens")
        }
        if let odd = scores.firstIndex(where: { $0.isNaN }) { throw wrong("scores", "holds NaN at \(odd)") }
        if let id = tokens.firstIndex(where: { $0.unicodeScalars.count > Self.longest }) {
            throw wrong("tokens", "holds a token of more than \(Self.longest) characters at \(id)")
        }
        let prefixes = try flag("add_space_prefix") ?? true
        let space: JSON = ["type": "Replace", "pattern": ["String": " "], "content": "▁"]
        var decoders: [JSON] = [
            ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
            ["type": "Fuse"],
        ]
        if prefixes { decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
        let merges = ScoredMerges(tokens, scores: scores) { kinds[$0] }.pairs
        return try json(
            normalizer: prefixes
                ? ["type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "▁"], space]] : space,
            preTokenizer: nil, decoder: ["type": "Sequence", "decoders": .array(decoders)],
            model: model(
                merges.map { [.string(tokens[Int($0.left)]), .string(tokens[Int($0.right)])] }, isBytes: false,
                ignoresMerges: false), begins: true)
    }

    // MARK: As a tokenizer_config.json

    private func configuration() throws -> TokenizerConfiguration {
        func token(_ id: Int?) -> JSON { id.map { .string(tokens[$0]) } ?? nil }
        var members: NamedValues<JSON> = [
            "bos_token": token(beginning), "clean_up_tokenization_spaces": false, "eos_token": token(ends.first),
            "pad_token": token(padding), "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": token(unknown),
        ]
        if let value = metadata["tokenizer.chat_template"] {
            guard let program = value.string else {
                throw FileError(
                    path: origin,
                    message: "the metadata value `tokenizer.chat_template` must be a text, but is \(value.phrase)")
            }
            members["chat_template"] = .string(program)
        }
        return try TokenizerConfiguration(JSONNode(.object(members), origin: origin))
    }
}
