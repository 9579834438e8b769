// Text in lower case.

import Files

/// Each scalar in lower case, by itself: a sigma that ends a word stays one within a word.
struct LowercaseNormalizer: Normalizer {
    static let name = "Lowercase"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func normalized(_ text: String) -> String { LowercaseNormalizer.lowercased(text) }

    static func lowercased(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                let isUpper = (0x41...0x5A).contains(scalar.value)
                result.unicodeScalars.append(
                    isUpper ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar)
            } else {
                result.unicodeScalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }
}
