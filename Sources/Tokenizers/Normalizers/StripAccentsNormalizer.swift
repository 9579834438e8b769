// Text without combining marks.

import Files

/// Leaves out all marks that stand apart from their letter, as they do behind NFD.
struct StripAccentsNormalizer: Normalizer {
    static let name = "StripAccents"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func normalized(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !StripAccentsNormalizer.isMark($0) }))
    }

    func keepsBeginning(of text: String) -> Bool {
        text.unicodeScalars.first.map { !StripAccentsNormalizer.isMark($0) } ?? true
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        // Of another kind since then.
        case "\u{1CF2}", "\u{1CF3}": return true
        case "\u{111C9}": return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return !scalar.isNewer(than: .forms)
        default: return false
        }
    }
}
