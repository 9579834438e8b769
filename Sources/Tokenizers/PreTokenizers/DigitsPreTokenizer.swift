// Numbers apart from the text around them.

import Files

/// Cuts numbers off the text around them: every run of digits, or every digit alone.
struct DigitsPreTokenizer: PreTokenizer {
    static let name = "Digits"
    private let pattern: PatternProgram

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        let individually = try node.optional("individual_digits")?.bool() ?? false
        pattern = try PatternProgram(
            .repeated(.one(.numbers), min: 1, max: individually ? 1 : nil, .greedy))
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try TextPattern.expression(pattern).forEachPart(of: text.bytes) { range, _ in try emit(text[range]) }
    }
}
