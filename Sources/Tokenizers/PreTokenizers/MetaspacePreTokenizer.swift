// SentencePiece's spaces: `▁`, which begins a word.

import Files

/// Writes spaces as `▁`, puts one before a text, and cuts before each.
struct MetaspacePreTokenizer: PreTokenizer {
    static let name = "Metaspace"
    private let replacement: [UInt8]
    private let scheme: PrependScheme
    private let splits: Bool

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        replacement = Array(try PrependScheme.replacement(node).utf8)
        scheme = try PrependScheme(node)
        splits = try node.optional("split")?.bool() ?? true
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        var spelled: [UInt8] = []
        spelled.reserveCapacity(text.bytes.count + replacement.count)
        for byte in text.bytes {
            if byte == 0x20 { spelled += replacement } else { spelled.append(byte) }
        }
        let prepends = scheme == .always || (scheme == .first && text.beginsText)
        if prepends, !spelled.starts(with: replacement) { spelled.insert(contentsOf: replacement, at: 0) }
        try spelled.withUnsafeBufferPointer { bytes in
            let whole = TextPiece(bytes, beginsText: text.beginsText)
            guard splits else { return try emit(whole) }
            try TextPattern.text(replacement).cut(whole, .mergedWithNext, emit)
        }
    }
}

/// Where SentencePiece's space is put before a text.
enum PrependScheme: String, CaseIterable {
    case always, first, never

    init(_ node: JSONNode) throws {
        let name = try node.optional("prepend_scheme")?.string() ?? PrependScheme.always.rawValue
        guard let scheme = PrependScheme(rawValue: name) else {
            throw try node["prepend_scheme"].error("is \(name); it must be always, first or never")
        }
        // Files from before there were schemes.
        self = try node.optional("add_prefix_space")?.bool() == false ? .never : scheme
    }

    /// The character that stands for a space.
    static func replacement(_ node: JSONNode) throws -> String {
        guard let given = try node.optional("replacement") else { return "▁" }
        let text = try given.string()
        guard text.unicodeScalars.count == 1 else { throw given.error("must be one character") }
        return text
    }
}
