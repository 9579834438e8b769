// Spaces back from the mark that ends a word.

import Files

/// A mark such as `</w>` becomes a space, and nothing in the last token.
struct BPEDecoder: TokenDecoder {
    static let name = "BPEDecoder"
    private let suffix: TextPattern

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        suffix = .text(Array(try (node.optional("suffix")?.string() ?? "</w>").utf8))
    }

    func decoded(_ tokens: [String]) -> [String] {
        tokens.enumerated().map { suffix.replacing(in: $1, with: $0 == tokens.count - 1 ? "" : " ") }
    }
}
