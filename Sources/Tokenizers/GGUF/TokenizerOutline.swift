// What a tokenizer does, apart from how its file spells it.

import Files

/// The parts of a tokenizer in a form in which two that treat every text alike mostly are equal: what is left out or
/// said otherwise in one file is the same here.
struct TokenizerOutline {
    /// By id, with all tokens that are outside of the model.
    var tokens: [Int: String] = [:]
    /// Tokens that are found before the text is cut.
    var added: [AddedToken] = []
    var merges: [JSON] = []
    var normalizers: [JSON] = []
    var preTokenizers: [JSON] = []
    var decoders: [JSON] = []
    /// What the model does with what it does not know.
    var unknown: String?
    var fusesUnknown = false, fallsBackToBytes = false, ignoresMerges = false
    /// What none of the tokenizers has that are compared.
    var isPlainBPE = true

    init(_ tokenizer: any Tokenizer) throws {
        let root = JSONNode(try JSON(parsing: tokenizer.fileContents()), origin: "the tokenizer")
        try self.init(root, beside: tokenizer.configuration)
    }

    /// - Parameters:
    ///   - root: a `tokenizer.json`.
    ///   - configuration: what stands beside it.
    init(_ root: JSONNode, beside configuration: TokenizerConfiguration? = nil) throws {
        let model = try root["model"]
        isPlainBPE = try (model.optional("type")?.string() ?? BytePairEncoding.name) == BytePairEncoding.name
        let vocabulary = try TokenVocabulary(try model["vocab"])
        added = try AddedToken.read(
            root, further: configuration?.tokens() ?? [], vocabulary
        ).sorted { $0.id < $1.id }
        for (id, token) in vocabulary.tokens.enumerated() { tokens[id] = token }
        for token in added { tokens[token.id] = token.content }
        let options = try BytePairOptions(model)
        (unknown, fusesUnknown) = (options.unknown, options.fusesUnknown)
        (fallsBackToBytes, ignoresMerges) = (options.fallsBackToBytes, options.ignoresMerges)
        if options.hasAffixes { isPlainBPE = false }
        merges = (model.value["merges"]?.array ?? []).compactMap(Self.merge)
        normalizers = try Self.flat(root.optional("normalizer"), "normalizers")
        preTokenizers = try Self.flat(root.optional("pre_tokenizer"), "pretokenizers")
        decoders = try Self.flat(root.optional("decoder"), "decoders")
        // Marks that the normalizer cannot touch are found all the same.
        if normalizers.isEmpty { for index in added.indices { added[index].normalized = false } }
    }

    /// A pair as two texts, whichever way it was written.
    private static func merge(_ merge: JSON) -> JSON? {
        guard let text = merge.string else { return merge }
        if text.hasPrefix("#version") { return nil }
        let parts = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        return .array(parts.map { .string($0) })
    }

    /// Steps one after the other, with their defaults written out and without what changes no ids.
    private static func flat(_ node: JSONNode?, _ list: String) throws -> [JSON] {
        guard let node else { return [] }
        let type = try node["type"].string()
        if type == "Sequence" { return try node[list].elements().flatMap { try flat($0, list) } }
        var members: NamedValues<JSON> = ["type": .string(type)]
        func keep(_ key: String, _ missing: JSON) { members[key] = node.value[key] ?? missing }
        switch type {
        case "ByteLevel":
            if list == "pretokenizers" {
                keep("add_prefix_space", true)
                keep("use_regex", true)
            }
        case "Split":
            keep("pattern", nil)
            keep("behavior", nil)
            keep("invert", false)
        case "Digits": keep("individual_digits", false)
        default: return [node.value]
        }
        return [.object(members)]
    }
}
