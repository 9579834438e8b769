// Writes a tokenizer as llama.cpp reads it, or says why it cannot be written.

import Files

/// That a tokenizer has no form in GGUF, and why; what is said is a part of a sentence.
public struct GGUFTokenizerRefusal: Error, Sendable {
    public let reason: String
}

extension GGUFTokenizer {
    /// The keys `tokenizer.…` of a tokenizer.
    /// - Parameters:
    ///   - vocabulary: how many token embeddings the model has; ids without a token get fillers.
    ///   - beginning: the id at which the model's texts begin, where the tokenizer names none.
    ///   - ends: those at which its answers end, likewise.
    /// - Throws: `GGUFTokenizerRefusal` for one that llama.cpp would not read alike.
    public static func metadata(
        of tokenizer: any Tokenizer, vocabulary: Int, beginning: Int?, ends: [Int], padding: Int?
    ) throws -> [(key: String, value: GGUFValue)] {
        func refuse(_ reason: String) -> GGUFTokenizerRefusal { GGUFTokenizerRefusal(reason: reason) }
        let outline = try TokenizerOutline(tokenizer)
        guard outline.isPlainBPE else { throw refuse("its tokenizer is no plain byte-pair encoding") }
        guard let largest = outline.tokens.keys.max(), largest < vocabulary else {
            throw refuse(
                """
                its tokenizer has the token \(outline.tokens.keys.max() ?? 0) \
                (`\(outline.tokens[outline.tokens.keys.max() ?? 0] ?? "")`), but the model only \(vocabulary) embeddings
                """)
        }
        let isBytes = outline.preTokenizers.last?["type"]?.string == ByteLevelPreTokenizer.name
        var values: [(key: String, value: GGUFValue)] = []
        func set(_ key: String, _ value: GGUFValue) { values.append((prefix + key, value)) }

        var tokens: [String] = [], kinds: [Int32] = []
        let added = Dictionary(outline.added.map { ($0.id, $0) }) { first, _ in first }
        let unknown = outline.unknown.flatMap { tokenizer.id($0) }
        for id in 0..<vocabulary {
            guard let token = outline.tokens[id] else {
                tokens.append(filler(id))
                kinds.append(Kind.unused)
                continue
            }
            tokens.append(token)
            if !isBytes, id == unknown {
                kinds.append(Kind.unknown)
            } else if let mark = added[id] {
                kinds.append(mark.special ? Kind.control : Kind.userDefined)
            } else {
                kinds.append(!isBytes && ByteFallbackDecoder.byte(token) != nil ? Kind.byte : Kind.normal)
            }
        }
        if isBytes {
            let name = try byteLevelName(outline)
            set("model", .string("gpt2"))
            set("pre", .string(name))
            set("merges", .array(GGUFArray(try outline.merges.map { try line($0) })))
        } else {
            set("model", .string("llama"))
            set("pre", .string("default"))
            set("add_space_prefix", .bool(try prefixesSpace(outline)))
            set("scores", .array(GGUFArray(try scores(outline, tokens, kinds))))
        }
        set("tokens", .array(GGUFArray(tokens)))
        set("token_type", .array(GGUFArray(kinds)))

        // The marks around texts.
        let around = try tokenizer.encode(""), before = tokenizer.beginning
        let behind = Array(around.dropFirst(before.count))
        let first = before.first ?? role("bos_token", tokenizer) ?? beginning
        var last = [behind.first ?? tokenizer.endOfText].compactMap { $0 }
        for end in ends where !last.contains(end) { last.append(end) }
        guard before.count <= 1, behind.count <= 1 else {
            throw refuse("its tokenizer puts more than one mark before or behind a text")
        }
        func id(_ key: String, _ id: Int?) {
            if let id, id < vocabulary { set(key, .uint32(UInt32(id))) }
        }
        id("bos_token_id", first)
        id("eos_token_id", last.first)
        id("eot_token_id", last.dropFirst().first { $0 != first })
        id("unknown_token_id", unknown ?? role("unk_token", tokenizer))
        id("padding_token_id", role("pad_token", tokenizer) ?? padding)
        set("add_bos_token", .bool(!before.isEmpty))
        set("add_eos_token", .bool(!behind.isEmpty))
        if let program = try tokenizer.configuration?.chatTemplate() {
            values.append(("tokenizer.chat_template", .string(program)))
        }
        return values
    }

    /// Reads what was written, and compares what it does.
    /// - Returns: what was read.
    public static func verify(
        _ written: NamedValues<GGUFValue>, against tokenizer: any Tokenizer, among steps: TokenizerSteps
    ) throws -> GGUFTokenizer {
        func refuse(_ reason: String) -> GGUFTokenizerRefusal { GGUFTokenizerRefusal(reason: reason) }
        let described = try GGUFTokenizer(written, origin: "the file", among: steps)
        guard let back = described.tokenizer else {
            throw refuse("its tokenizer does not read back")
        }
        let own = try TokenizerOutline(tokenizer), other = try TokenizerOutline(back)
        for (id, token) in own.tokens where other.tokens[id].map(Spelling.init) != Spelling(token) {
            throw refuse("its tokenizer's token \(id), `\(token)`, has no place there")
        }
        let special = Dictionary(other.added.map { ($0.id, $0) }) { first, _ in first }
        for token in own.added {
            guard let found = special[token.id] else {
                throw refuse("its tokenizer's added token `\(token.content)` has no place there")
            }
            var same = found
            same.normalized = token.normalized
            guard same == token else {
                throw refuse(
                    """
                    its tokenizer's added token `\(token.content)` takes blanks along or stands only between words \
                    (lstrip, rstrip, single_word), which has no place there
                    """)
            }
            guard found.normalized == token.normalized else {
                throw refuse("its tokenizer's added token `\(token.content)` is found in normalized text")
            }
        }
        if other.added.count > own.added.count {
            throw refuse("its tokenizer's unknown token would be found in texts")
        }
        let marks = try tokenizer.encode(""), found = try back.encode("")
        guard back.beginning == tokenizer.beginning, marks == found else {
            throw refuse("the marks that its tokenizer puts around texts have no place there")
        }
        guard own.decoders == other.decoders else { throw refuse("its tokenizer decodes in another way") }
        return described
    }

    /// The id of the token of a role.
    private static func role(_ role: String, _ tokenizer: any Tokenizer) -> Int? {
        (try? tokenizer.configuration?.content(role)).flatMap { $0 }.flatMap { tokenizer.id($0) }
    }

    // MARK: Byte-level pairs

    /// The name of the pre-tokenizer that does the same.
    private static func byteLevelName(_ outline: TokenizerOutline) throws -> String {
        let match = try GGUFPreTokenizer.all.first {
            let root: JSON = [
                "normalizer": $0.normalizer, "pre_tokenizer": $0.json,
                "model": ["type": "BPE", "vocab": [:], "merges": []],
            ]
            let other = try TokenizerOutline(JSONNode(root, origin: "the table"))
            return other.normalizers == outline.normalizers && other.preTokenizers == outline.preTokenizers
                && $0.ignoresMerges == outline.ignoresMerges
        }
        if let match, let name = match.names.first {
            let known = Set(outline.tokens.values.map(Spelling.init))
            if outline.unknown != nil,
                let missing = (0..<256).first(where: { !known.contains(Spelling(ByteAlphabet.spelling(UInt8($0)))) })
            {
                throw GGUFTokenizerRefusal(reason: "its tokenizer has no token for the byte \(missing)")
            }
            return name
        }
        if outline.preTokenizers.contains(where: { $0["add_prefix_space"] == true }) {
            throw GGUFTokenizerRefusal(
                reason: "its tokenizer puts a space before texts, which llama.cpp does not do with byte-level tokens")
        }
        throw GGUFTokenizerRefusal(
            reason: "llama.cpp knows no pre-tokenizer that normalizes and cuts texts as its tokenizer does")
    }

    private static func line(_ merge: JSON) throws -> String {
        let parts = (merge.array ?? []).compactMap(\.string)
        guard parts.count == 2, !parts.contains(where: { $0.contains(" ") }) else {
            throw GGUFTokenizerRefusal(reason: "its tokenizer merges tokens with spaces")
        }
        return parts.joined(separator: " ")
    }

    // MARK: SentencePiece's pairs

    /// Whether a space is put before a text, for tokenizers that write spaces as `▁` in one of two ways.
    private static func prefixesSpace(_ outline: TokenizerOutline) throws -> Bool {
        let space: JSON = ["type": "Replace", "pattern": ["String": " "], "content": "▁"]
        let before: JSON = ["type": "Prepend", "prepend": "▁"]
        let known = Set(outline.tokens.values.map(Spelling.init))
        guard outline.preTokenizers.isEmpty, outline.fallsBackToBytes,
            (0..<256).allSatisfy({ known.contains(Spelling(ByteFallbackDecoder.spelling(UInt8($0)))) })
        else {
            throw GGUFTokenizerRefusal(
                reason: """
                    its tokenizer is neither byte-level nor of SentencePiece's form (spaces as ▁, text uncut, unknown \
                    characters as bytes)
                    """)
        }
        if outline.normalizers == [space] { return false }
        if outline.normalizers == [before, space] { return true }
        throw GGUFTokenizerRefusal(
            reason: "llama.cpp does not normalize texts as its tokenizer does")
    }

    /// Scores that order merges as the tokenizer's own ranks do. llama.cpp, which knows no merges, puts together
    /// whatever is a token; so no text may come to other tokens by that.
    private static func scores(
        _ outline: TokenizerOutline, _ tokens: [String], _ kinds: [Int32]
    ) throws -> [Float] {
        func refuse(_ reason: String) -> GGUFTokenizerRefusal { GGUFTokenizerRefusal(reason: reason) }
        var ids: [Spelling: Int32] = [:]
        for (id, token) in tokens.enumerated() { ids[Spelling(token)] = Int32(id) }
        func key(_ left: Int32, _ right: Int32) -> Int64 { Int64(left) << 32 | Int64(right) }

        var own = BytePairMerges(capacity: outline.merges.count)
        var ranks: [Int64: Int] = [:], order: [Int64] = []
        var scores = [Float](repeating: 0, count: tokens.count)
        var isMerged = [Bool](repeating: false, count: tokens.count)
        for merge in outline.merges {
            let parts = (merge.array ?? []).compactMap(\.string)
            guard parts.count == 2, let left = ids[Spelling(parts[0])], let right = ids[Spelling(parts[1])],
                let whole = ids[Spelling(parts[0] + parts[1])]
            else { throw refuse("a merge of its tokenizer is of no token") }
            own.add(left, right, rank: order.count, into: whole)
            if !isMerged[Int(whole)] { scores[Int(whole)] = -Float(order.count) }
            isMerged[Int(whole)] = true
            ranks[key(left, right)] = order.count
            order.append(key(left, right))
        }
        guard order.count < 1 << 24 else { throw refuse("its tokenizer has \(order.count) merges") }
        let lowest = -Float(order.count) - 1
        for id in tokens.indices where !isMerged[id] && kinds[id] == Kind.normal { scores[id] = lowest }

        let implied = ScoredMerges(tokens, scores: scores.map { Double($0) }) { kinds[$0] }.pairs
        var last = -1, found = 0
        for pair in implied {
            let token = tokens[Int(pair.whole)]
            if let rank = ranks[key(pair.left, pair.right)] {
                guard rank > last else {
                    throw refuse("the order of its tokenizer's merges into `\(token)` cannot be said by scores")
                }
                (last, found) = (rank, found + 1)
                continue
            }
            // A pair that merges only in llama.cpp: it never comes side by side if the whole is always found first.
            let characters = token.unicodeScalars.map { ids[Spelling(String(Character($0)))] ?? -1 }
            guard !characters.contains(-1), own.apply(to: characters) == [pair.whole] else {
                throw refuse(
                    """
                    its tokenizer has no merges that lead to the token `\(token)`, which llama.cpp would put together
                    """)
            }
        }
        guard found == ranks.count else {
            throw refuse("its tokenizer merges tokens into marks, which llama.cpp does not do")
        }
        return scores
    }
}
