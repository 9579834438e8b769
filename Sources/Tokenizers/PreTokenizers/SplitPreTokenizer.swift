// Text cut by a pattern, as Llama 3's, Qwen's and DeepSeek's tokenizers do it.

import Files

struct SplitPreTokenizer: PreTokenizer {
    static let name = "Split"
    private let pattern: TextPattern
    private let behavior: CutBehavior
    private let isInverted: Bool

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        pattern = try TextPattern(node["pattern"])
        behavior = try CutBehavior(node["behavior"])
        isInverted = try node.optional("invert")?.bool() ?? false
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        try pattern.cut(text, behavior, isInverted: isInverted, emit)
    }
}
