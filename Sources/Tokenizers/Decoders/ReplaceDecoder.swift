// Every match of a pattern becomes another text: `▁` a space.

import Files

struct ReplaceDecoder: TokenDecoder {
    static let name = "Replace"
    private let pattern: TextPattern
    private let content: String

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        pattern = try TextPattern(node["pattern"])
        content = try node["content"].string()
    }

    func decoded(_ tokens: [String]) -> [String] { tokens.map { pattern.replacing(in: $0, with: content) } }
}
