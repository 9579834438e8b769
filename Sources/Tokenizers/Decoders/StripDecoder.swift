// Tokens without a character at their ends.

import Files

/// Takes a character off: at most `start` times from the beginning of each token, `stop` times from its end.
struct StripDecoder: TokenDecoder {
    static let name = "Strip"
    private let content: Unicode.Scalar
    private let start: Int
    private let stop: Int

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        let text = try node["content"].string()
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw try node["content"].error("must be one character")
        }
        content = scalar
        start = try node["start"].integer(in: 0...)
        stop = try node["stop"].integer(in: 0...)
    }

    func decoded(_ tokens: [String]) -> [String] {
        tokens.map { token in
            var scalars = token.unicodeScalars[...]
            for _ in 0..<start where scalars.first == content { scalars.removeFirst() }
            for _ in 0..<stop where scalars.last == content { scalars.removeLast() }
            return String(String.UnicodeScalarView(scalars))
        }
    }
}
