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
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
