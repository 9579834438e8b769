// Unicode as old as the tables that tokenizers were published with.

extension Unicode.Scalar {
    /// Whether Unicode has this scalar only since a version behind `version`. Tables of that version know nothing of it:
    /// it has no decomposition, is no mark, and what stands on its two sides is apart.
    func isNewer(than version: UnicodeTables) -> Bool {
        switch value {
        // Nearly all text: Latin, Greek, Cyrillic, Chinese characters, Hangul.
        case ..<0x530, 0x3400...0x4DB5, 0x4E00...0x9FD5, 0xAC00...0xD7A3: return false
        default: break
        }
        guard let age = properties.age else { return true }
        return age.major > version.major || age.major == version.major && age.minor > 0
    }
}

/// The versions of Unicode that Hugging Face's tokenizers counts on. Its models were trained on what these make of a
/// text, so that newer tables would give other tokens.
struct UnicodeTables {
    let major: Int

    /// Of the normalization forms and of StripAccents (the crate unicode-normalization-alignments).
    static let forms = UnicodeTables(major: 9)
    /// Of the categories that BertNormalizer asks for (the crate unicode_categories).
    static let categories = UnicodeTables(major: 8)
}
