// The tokens of single characters, from which merges start.

import Files

/// What else a BPE model says of its pieces.
struct BytePairOptions {
    /// A piece that is a token itself is not put together from merges.
    var ignoresMerges = false
    /// A character without a token becomes the tokens of its bytes, `<0xE6>`.
    var fallsBackToBytes = false
    /// Stands for characters that have no token.
    var unknown: String?
    /// Several of these in a row are one.
    var fusesUnknown = false
    /// Before every character but the first, behind the last.
    var continuingPrefix = ""
    var endSuffix = ""
    var hasAffixes: Bool { !continuingPrefix.isEmpty || !endSuffix.isEmpty }

    init(_ node: JSONNode) throws {
        if let dropout = try node.optional("dropout"), try dropout.number() > 0 {
            throw dropout.error("is \(try dropout.number()): random merges are not supported; set it to null")
        }
        ignoresMerges = try node.optional("ignore_merges")?.bool() ?? false
        fallsBackToBytes = try node.optional("byte_fallback")?.bool() ?? false
        unknown = try node.optional("unk_token")?.string()
        fusesUnknown = try node.optional("fuse_unk")?.bool() ?? false
        continuingPrefix = try node.optional("continuing_subword_prefix")?.string() ?? ""
        endSuffix = try node.optional("end_of_word_suffix")?.string() ?? ""
    }
}

/// Turns the characters of a piece into tokens.
struct BytePairSymbols: Sendable {
    private let vocabulary: TokenVocabulary
    private let options: BytePairOptions
    private let unknown: Int32?
    /// The tokens of single ASCII characters, and of others.
    private let ascii: [Int32]
    private let others: [UInt32: Int32]
    /// The tokens `<0x00>` to `<0xFF>`.
    private let bytes: [Int32]

    init(_ vocabulary: TokenVocabulary, _ options: BytePairOptions, _ node: JSONNode) throws {
        self.vocabulary = vocabulary
        self.options = options
        if let name = options.unknown, let id = vocabulary.ids[Spelling(name)] {
            unknown = id
        } else {
            unknown = nil
        }
        var ascii = [Int32](repeating: -1, count: 128), others: [UInt32: Int32] = [:]
        for (token, id) in vocabulary.ids {
            var scalars = token.text.unicodeScalars.makeIterator()
            guard let scalar = scalars.next(), scalars.next() == nil else { continue }
            if scalar.isASCII { ascii[Int(scalar.value)] = id } else { others[scalar.value] = id }
        }
        self.ascii = ascii
        self.others = others
        bytes = (0..<256).map { vocabulary.ids[Spelling(ByteFallbackDecoder.spelling(UInt8($0)))] ?? -1 }
    }

    /// The tokens of a piece's characters.
    /// - Parameter isBytes: whether each stands for a byte, for the words of an error.
    func ids(of text: String, isBytes: Bool) throws -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(text.utf8.count)
        var pending: Int32?
        var rest = text.unicodeScalars.makeIterator()
        var current = rest.next(), isFirst = true
        while let scalar = current {
            let next = rest.next()
            defer {
                current = next
                isFirst = false
            }
            if let id = id(scalar, isFirst: isFirst, isLast: next == nil) {
                if let unknown = pending { result.append(unknown) }
                pending = nil
                result.append(id)
                continue
            }
            if options.fallsBackToBytes {
                let ids = spelled(scalar, isFirst: isFirst, isLast: next == nil).utf8.map { bytes[Int($0)] }
                if !ids.contains(-1) {
                    // As in the Hugging Face libraries, an unknown character before comes behind.
                    result += ids
                    continue
                }
            }
            guard let unknown else { throw noToken(scalar, text, isBytes) }
            if let before = pending, !options.fusesUnknown { result.append(before) }
            pending = unknown
        }
        if let unknown = pending { result.append(unknown) }
        return result
    }

    private func spelled(_ scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> String {
        (isFirst ? "" : options.continuingPrefix) + String(Character(scalar)) + (isLast ? options.endSuffix : "")
    }

    @inline(__always)
    private func id(_ scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> Int32? {
        if options.hasAffixes {
            return vocabulary.ids[Spelling(spelled(scalar, isFirst: isFirst, isLast: isLast))]
        }
        if scalar.value < 128 {
            let id = ascii[Int(scalar.value)]
            return id < 0 ? nil : id
        }
        return others[scalar.value]
    }

    private func noToken(_ scalar: Unicode.Scalar, _ piece: String, _ isBytes: Bool) -> TokenizerError {
        if let unknown = options.unknown {
            return TokenizerError(
                """
                the tokenizer has no token for "\(Character(scalar))", and its unk_token "\(unknown)" is not in its \
                vocabulary; leave the character out
                """)
        }
        var byte: [UInt8] = []
        if isBytes, ByteAlphabet.append(String(Character(scalar)), to: &byte), let byte = byte.first {
            var text: [UInt8] = []
            _ = ByteAlphabet.append(piece, to: &text)
            return TokenizerError(
                """
                the tokenizer has no token for the byte \(byte) of "\(String(decoding: text, as: UTF8.self))", so it \
                cannot encode this text; leave the character out
                """)
        }
        return TokenizerError(
            """
            the character "\(Character(scalar))" is not in the tokenizer's vocabulary of \(vocabulary.size) tokens; \
            leave it out, or train on text that has it
            """)
    }
}
