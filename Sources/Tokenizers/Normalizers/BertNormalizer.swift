// What BERT does to text (Devlin et al. 2019).

import Files

/// Cleans text of control characters, sets Chinese characters apart, and leaves out accents and capitals.
struct BertNormalizer: Normalizer {
    static let name = "BertNormalizer"
    private let cleans: Bool
    private let setsChineseApart: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        cleans = try node["clean_text"].bool()
        setsChineseApart = try node["handle_chinese_chars"].bool()
        lowercases = try node["lowercase"].bool()
        stripsAccents = try node.optional("strip_accents")?.bool() ?? lowercases
    }

    func normalized(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        if cleans {
            scalars = scalars.compactMap { scalar in
                if BertNormalizer.isDropped(scalar) { return nil }
                return scalar.properties.isWhitespace ? " " : scalar
            }
        }
        if setsChineseApart {
            scalars = scalars.flatMap { BertNormalizer.isChinese($0) ? [" ", $0, " "] : [$0] }
        }
        var result = String(String.UnicodeScalarView(scalars))
        if stripsAccents {
            result = NFDNormalizer().normalized(result)
            result = String(String.UnicodeScalarView(result.unicodeScalars.filter { !BertNormalizer.isAccent($0) }))
        }
        return lowercases ? LowercaseNormalizer.lowercased(result) : result
    }

    func keepsBeginning(of text: String) -> Bool {
        text.unicodeScalars.first.map { !normalized(String($0)).isEmpty } ?? true
    }

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\0", "\u{FFFD}": return true
        case "\t", "\n", "\r": return false
        default:
            switch scalar.properties.generalCategory {
            case .control, .privateUse, .surrogate: return true
            case .format: return !scalar.isNewer(than: .categories)
            default: return false
            }
        }
    }

    private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        // Of another kind since then.
        case "\u{1734}": true
        case "\u{1885}", "\u{1886}", "\u{A9BD}", "\u{111C9}": false
        default: scalar.properties.generalCategory == .nonspacingMark && !scalar.isNewer(than: .categories)
        }
    }

    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
