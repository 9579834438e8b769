// Bytes in the alphabet of GPT-2, before anything cuts them.

import Files

struct ByteLevelNormalizer: Normalizer {
    static let name = "ByteLevel"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func normalized(_ text: String) -> String { ByteAlphabet.spelling(of: text.utf8) }
}
