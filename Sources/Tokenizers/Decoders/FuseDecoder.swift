// Tokens put together as they are.

import Files

struct FuseDecoder: TokenDecoder {
    static let name = "Fuse"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func decoded(_ tokens: [String]) -> [String] { [tokens.joined()] }
}
