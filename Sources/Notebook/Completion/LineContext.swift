// What the cursor stands in while a cell is being typed: code, a string, a comment or a command, and how deep in
// brackets.

/// A light reading of the text before the cursor; it never fails, whatever is typed.
public struct LineContext: Sendable {
    /// A bracket still open before the cursor.
    public struct OpenBracket: Sendable {
        /// `(`, `[` or `{`.
        public let character: Character
        /// Its UTF-8 offset.
        public let offset: Int
        /// The string whose `{…}` this is begins here, just behind its quote; nil for a bracket of code.
        public let stringStart: Int?
        /// The quote of that string; 0 for a bracket of code.
        let quote: UInt8
    }

    /// The brackets still open, outermost first.
    public private(set) var openBrackets: [OpenBracket] = []
    /// Where the string around the cursor begins, just behind its quote (UTF-8 offset).
    public private(set) var stringStart: Int?
    /// The quote of the string around the cursor.
    public private(set) var quote: Character = "\""
    /// The cursor is behind a `#`.
    public private(set) var isInsideComment = false
    /// Where the line around the cursor begins, when it is one that acts on the session: `:who`, `?name`, `!ls`.
    public private(set) var commandStart: Int?

    public var isInsideString: Bool { stringStart != nil }

    /// Reads the text up to the cursor.
    public init(_ text: String) {
        let bytes = Array(text.utf8)
        var index = 0
        var isStatementStart = true
        var quoteByte: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            defer { index += 1 }
            if isInsideComment || commandStart != nil {
                guard byte == UInt8(ascii: "\n") else { continue }
                (isInsideComment, commandStart, isStatementStart) = (false, nil, true)
            } else if let start = stringStart {
                switch byte {
                case UInt8(ascii: "\\"): index += 1
                // A string ends with its line, if not before.
                case quoteByte, UInt8(ascii: "\n"): stringStart = nil
                case UInt8(ascii: "{") where index + 1 < bytes.count && bytes[index + 1] == byte: index += 1
                case UInt8(ascii: "{"):
                    openBrackets.append(
                        OpenBracket(character: "{", offset: index, stringStart: start, quote: quoteByte))
                    stringStart = nil
                default: break
                }
            } else {
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): continue
                case UInt8(ascii: "\n"), UInt8(ascii: ";"):
                    isStatementStart = true
                    continue
                case UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "!"):
                    if isStatementStart, openBrackets.isEmpty { commandStart = index }
                case UInt8(ascii: "\""), UInt8(ascii: "'"):
                    stringStart = index + 1
                    quoteByte = byte
                case UInt8(ascii: "#"): isInsideComment = true
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                    let character = Character(UnicodeScalar(byte))
                    openBrackets.append(OpenBracket(character: character, offset: index, stringStart: nil, quote: 0))
                case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if let open = openBrackets.popLast(), let start = open.stringStart, byte == UInt8(ascii: "}") {
                        // Back in the string.
                        (stringStart, quoteByte) = (start, open.quote)
                    }
                default: break
                }
                isStatementStart = false
            }
        }
        if stringStart != nil { quote = Character(UnicodeScalar(quoteByte)) }
    }
}

/// The indentation a new line gets at the prompt.
public enum Indentation {
    /// Levels of two spaces for a line that follows `text`: one for every open bracket.
    public static func depth(of text: String) -> Int { LineContext(text).openBrackets.count { $0.stringStart == nil } }
}
