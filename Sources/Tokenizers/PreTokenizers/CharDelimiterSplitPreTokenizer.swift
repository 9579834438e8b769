// What stands between one character.

import Files

struct CharDelimiterSplitPreTokenizer: PreTokenizer {
    static let name = "CharDelimiterSplit"
    private let delimiter: TextPattern

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        let given = try node["delimiter"]
        let text = try given.string()
        guard text.unicodeScalars.count == 1 else { throw given.error("must be one character") }
        delimiter = .text(Array(text.utf8))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try delimiter.cut(text, .removed, emit)
    }
}
