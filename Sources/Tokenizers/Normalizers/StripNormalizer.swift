// Text without white space around it.

import Files

struct StripNormalizer: Normalizer {
    static let name = "Strip"
    private let left: Bool
    private let right: Bool

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        left = try node["strip_left"].bool()
        right = try node["strip_right"].bool()
    }

    func normalized(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        if left { rest = rest.drop { $0.properties.isWhitespace } }
        if right { while let last = rest.last, last.properties.isWhitespace { rest.removeLast() } }
        return String(String.UnicodeScalarView(rest))
    }

    func keepsBeginning(of text: String) -> Bool {
        !(left && text.unicodeScalars.first?.properties.isWhitespace ?? false)
    }
}
