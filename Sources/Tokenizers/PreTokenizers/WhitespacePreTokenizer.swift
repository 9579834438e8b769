// Words and what stands between them, without white space.

import Files

/// `\w+|[^\w\s]+`.
struct WhitespacePreTokenizer: PreTokenizer {
    static let name = "Whitespace"
    private let pattern: TextPattern

    /// What Rust's regular expressions take for `\w`.
    static let words = (ScalarSet.property("alphabetic") ?? .letters)
        .union(ScalarSet([.mark, .init(.decimalNumber), .init(.connectorPunctuation)]))
        .union(ScalarSet(0x200C...0x200D))

    init(_: JSONNode, among _: TokenizerSteps) throws {
        let words = WhitespacePreTokenizer.words
        let others = words.union(.whitespace).inverted
        pattern = .expression(
            try PatternProgram(
                .either([
                    .repeated(.one(words), min: 1, max: nil, .greedy),
                    .repeated(.one(others), min: 1, max: nil, .greedy),
                ])))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try pattern.forEachMatch(in: text.bytes) { try emit(text[$0]) }
    }
}
