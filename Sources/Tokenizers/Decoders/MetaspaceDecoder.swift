// Spaces back from SentencePiece's `▁`.

import Files

/// Writes `▁` as a space, and leaves out those of the first token, which stood before the text.
struct MetaspaceDecoder: TokenDecoder {
    static let name = "Metaspace"
    private let replacement: Unicode.Scalar
    private let scheme: PrependScheme

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        replacement = try PrependScheme.replacement(node).unicodeScalars.first ?? "▁"
        scheme = try PrependScheme(node)
    }

    func decoded(_ tokens: [String]) -> [String] {
        tokens.enumerated().map { index, token in
            var result = String.UnicodeScalarView()
            for scalar in token.unicodeScalars {
                if scalar != replacement {
                    result.append(scalar)
                } else if index > 0 || scheme == .never {
                    result.append(" ")
                }
            }
            return String(result)
        }
    }
}
