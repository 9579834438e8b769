// Tokens put together as they are.

import Files

struct FuseDecoder: TokenDecoder {
    static let name = "Fuse"
    static let spelling = PieceSpelling.text

    init() {}
    init(_: JSONNode, among _: TokenizerSteps) {}

    func text(of tokens: [String]) -> String { tokens.joined() }
}
