// Bytes back from the alphabet of GPT-2.

import Files

/// Reads the bytes that tokens spell; a token with other characters, as an added one may be, stands for itself.
struct ByteLevelDecoder: TokenDecoder {
    static let name = "ByteLevel"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func decoded(_ tokens: [String]) -> [String] {
        var bytes: [UInt8] = []
        for token in tokens where !ByteAlphabet.append(token, to: &bytes) { bytes.append(contentsOf: token.utf8) }
        return [String(decoding: bytes, as: UTF8.self)]
    }
}
