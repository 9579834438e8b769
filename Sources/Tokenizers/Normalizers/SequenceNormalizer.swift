// Normalizers one after the other.

import Files

struct SequenceNormalizer: Normalizer {
    static let name = "Sequence"
    private let parts: [any Normalizer]

    init(_ node: JSONNode, among steps: TokenizerSteps) throws {
        parts = try node["normalizers"].elements().map { try steps.normalizer($0) }
    }

    func normalized(_ text: String) -> String { parts.reduce(text) { $1.normalized($0) } }

    func keepsBeginning(of text: String) -> Bool {
        var text = text
        for part in parts {
            guard part.keepsBeginning(of: text) else { return false }
            text = part.normalized(text)
        }
        return true
    }
}
