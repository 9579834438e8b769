// Every match of a pattern becomes another text.

import Files

/// Replaces a text, or what a regular expression matches: SentencePiece's space becomes `▁`.
struct ReplaceNormalizer: Normalizer {
    static let name = "Replace"
    private let pattern: TextPattern
    private let content: String

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        pattern = try TextPattern(node["pattern"])
        content = try node["content"].string()
    }

    func normalized(_ text: String) -> String { pattern.replacing(in: text, with: content) }

    func keepsBeginning(of text: String) -> Bool {
        guard content.isEmpty else { return true }
        var text = text, begins = true
        text.withUTF8 { bytes in pattern.forEachMatch(in: bytes) { if $0.lowerBound == 0 { begins = false } } }
        return begins
    }
}
