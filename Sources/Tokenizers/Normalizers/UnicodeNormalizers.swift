// Unicode's normalization forms (UAX #15).

import Files
import Foundation

/// A form in which characters that look alike are spelled alike. Foundation composes and decomposes; the standard
/// library offers neither in its public interface.
protocol NormalizationForm: Normalizer {
    init()
    /// Scalars below have the form by themselves and next to each other.
    static var firstChanged: UInt32 { get }
    static func form(_ text: String) -> String
}

extension NormalizationForm {
    init(_: JSONNode, among _: TokenizerSteps) { self.init() }

    func normalized(_ text: String) -> String {
        // Most text has the form already, which its bytes show.
        let isChanged = text.unicodeScalars.contains { $0.value >= Self.firstChanged }
        guard isChanged else { return text }
        return text.unicodeScalars.contains { $0.isNewer(than: .forms) } ? Self.formApart(text) : Self.form(text)
    }

    /// The form of what stands between scalars that older tables do not know, which stay as they are.
    private static func formApart(_ text: String) -> String {
        var result = String.UnicodeScalarView(), known = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard scalar.isNewer(than: .forms) else {
                known.append(scalar)
                continue
            }
            result.append(contentsOf: form(String(known)).unicodeScalars)
            known = String.UnicodeScalarView()
            result.append(scalar)
        }
        result.append(contentsOf: form(String(known)).unicodeScalars)
        return String(result)
    }
}

/// Canonical composition: é is one scalar.
struct NFCNormalizer: NormalizationForm {
    static let name = "NFC"
    static let firstChanged: UInt32 = 0x300
    static func form(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }
}

/// Canonical decomposition: é is two scalars.
struct NFDNormalizer: NormalizationForm {
    static let name = "NFD"
    static let firstChanged: UInt32 = 0xC0
    static func form(_ text: String) -> String { text.decomposedStringWithCanonicalMapping }
}

/// Compatibility composition: ﬁ is two letters, ² is a digit.
struct NFKCNormalizer: NormalizationForm {
    static let name = "NFKC"
    static let firstChanged: UInt32 = 0xA0
    /// Decomposed first: in one step Foundation leaves half-width katakana apart from their marks.
    static func form(_ text: String) -> String {
        text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
    }
}

/// Compatibility decomposition.
struct NFKDNormalizer: NormalizationForm {
    static let name = "NFKD"
    static let firstChanged: UInt32 = 0xA0
    static func form(_ text: String) -> String { text.decomposedStringWithCompatibilityMapping }
}
