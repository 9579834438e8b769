// Punctuation apart from the text around it.

import Files

struct PunctuationPreTokenizer: PreTokenizer {
    static let name = "Punctuation"
    private let behavior: CutBehavior
    private let pattern: TextPattern

    /// Unicode's punctuation, and what ASCII counts as such.
    static let marks = ScalarSet(.punctuation).union(
        ScalarSet(unsorted: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]))

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        behavior = try node.optional("behavior").map { try CutBehavior($0) } ?? .isolated
        pattern = .expression(try PatternProgram(.one(PunctuationPreTokenizer.marks)))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try pattern.cut(text, behavior, emit)
    }
}
