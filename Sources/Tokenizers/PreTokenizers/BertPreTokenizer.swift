// BERT's words: without white space, with punctuation apart.

import Files

struct BertPreTokenizer: PreTokenizer {
    static let name = "BertPreTokenizer"
    private let pattern: TextPattern

    init(_: JSONNode, among _: TokenizerSteps) throws {
        let marks = PunctuationPreTokenizer.marks
        pattern = .expression(
            try PatternProgram(
                .either([
                    .one(marks.intersection(ScalarSet.whitespace.inverted)),
                    .repeated(.one(marks.union(.whitespace).inverted), min: 1, max: nil, .greedy),
                ])))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try pattern.forEachMatch(in: text.bytes) { try emit(text[$0]) }
    }
}
