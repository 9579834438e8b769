// What byte-level tokenizers name behind their model.

import Files

/// Adds nothing: it trims the places of tokens in the text, which are not asked for here.
struct ByteLevelPostProcessor: PostProcessor {
    static let name = "ByteLevel"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func process(_: inout [Int]) {}
}
