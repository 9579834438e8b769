// What the cursor stands in while a cell is being typed: code, a string or a comment, and how deep in brackets.

/// A light reading of the text before the cursor; it never fails, whatever is typed.
public struct LineContext: Sendable {
    /// A bracket still open before the cursor.
    public struct OpenBracket: Sendable {
        /// `(`, `[` or `{`.
        public let character: Character
        /// Its UTF-8 offset.
        public let offset: Int
    }

    /// The brackets still open, outermost first.
    public private(set) var openBrackets: [OpenBracket] = []
    /// Where the string around the cursor begins, just behind its quote (UTF-8 offset).
    public private(set) var stringStart: Int?
    /// The cursor is behind a `#`.
    public private(set) var isInsideComment = false

    public var isInsideString: Bool { stringStart != nil }

    /// Reads the text up to the cursor.
    public init(_ text: String) {
        var escaped = false
        for (offset, byte) in text.utf8.enumerated() {
            if isInsideComment {
                if byte == UInt8(ascii: "\n") { isInsideComment = false }
            } else if stringStart != nil {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    stringStart = nil
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): stringStart = offset + 1
                case UInt8(ascii: "#"): isInsideComment = true
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                    openBrackets.append(OpenBracket(character: Character(UnicodeScalar(byte)), offset: offset))
                case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                    _ = openBrackets.popLast()
                default: break
                }
            }
        }
    }
}

/// The indentation a new line gets at the prompt.
public enum Indentation {
    /// Levels of two spaces for a line that follows `text`: one for every open bracket.
    public static func depth(of text: String) -> Int { LineContext(text).openBrackets.count }
}
