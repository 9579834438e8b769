// What SentencePiece's `nmt` rules do to control characters and blanks.

import Files

/// Leaves out control characters, and makes blanks of what stands for one.
struct NmtNormalizer: Normalizer {
    static let name = "Nmt"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func normalized(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: continue
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
                result.append(" ")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    func keepsBeginning(of text: String) -> Bool {
        text.unicodeScalars.first.map { !normalized(String($0)).isEmpty } ?? true
    }
}
