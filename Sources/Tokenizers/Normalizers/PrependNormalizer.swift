// A text before every text.

import Files

/// Puts a text before every stretch that is not empty, as SentencePiece does with `▁`.
struct PrependNormalizer: Normalizer {
    static let name = "Prepend"
    private let text: String

    init(_ node: JSONNode, among _: TokenizerSteps) throws { text = try node["prepend"].string() }

    func normalized(_ text: String) -> String { text.isEmpty ? text : self.text + text }
}
