// What stands between white space.

import Files

struct WhitespaceSplitPreTokenizer: PreTokenizer {
    static let name = "WhitespaceSplit"
    private let pattern: TextPattern

    init(_: JSONNode, among _: TokenizerSteps) throws {
        pattern = .expression(
            try PatternProgram(.repeated(.one(ScalarSet.whitespace.inverted), min: 1, max: nil, .greedy)))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try pattern.forEachMatch(in: text.bytes) { try emit(text[$0]) }
    }
}
