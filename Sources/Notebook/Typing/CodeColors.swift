// Colours of a cell while it is typed: few, so that little changes from key to key.
import Language

/// What at the prompt helps one who types.
public struct TypingAids: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Code has colours (`:set highlight on`).
    public static let highlight = TypingAids(rawValue: 1)
    /// How an earlier cell went on stands grey behind the cursor (`:set suggest on`).
    public static let suggest = TypingAids(rawValue: 2)
}

/// The colours of a text, from its beginning to its end.
public struct CodeColors: Sendable {
    private struct Stretch: Sendable {
        let start: Int
        let end: Int
        let look: String
    }

    private var stretches: [Stretch] = []
    private var marked = 0..<0

    /// - Parameters:
    ///   - code: colours its words; empty for none.
    ///   - marked: what was just pasted, or is found, by UTF-8 offsets; shown with its colours exchanged.
    public init(of code: String = "", marked: Range<Int> = 0..<0) {
        self.marked = marked
        let bytes = code.utf8
        for token in tokens(of: code) {
            let start = Int(token.span.start), end = min(Int(token.span.end), bytes.count)
            guard start < end else { continue }
            let first = bytes[bytes.index(bytes.startIndex, offsetBy: start)]
            guard let look = Self.look(of: token, first: first) else { continue }
            stretches.append(Stretch(start: start, end: end, look: look))
        }
    }

    private static func look(of token: Token, first: UInt8) -> String? {
        switch token.category {
        case .keyword: "35"
        case .constant, .number: "36"
        case .string: "32"
        case .comment: Look.grey
        case .command: "34"
        // A string that has no end yet, also behind a part in braces.
        case .invalid where "\"'}".utf8.contains(first): "32"
        default: nil
        }
    }

    var pen: Pen { Pen(colors: self) }

    /// Gives the looks of the text's characters, one after the other.
    struct Pen {
        private let colors: CodeColors
        private var offset = 0
        private var index = 0

        fileprivate init(colors: CodeColors) { self.colors = colors }

        mutating func look(of scalar: Unicode.Scalar) -> String {
            defer { offset += UTF8.width(scalar) }
            while index < colors.stretches.count, colors.stretches[index].end <= offset { index += 1 }
            if colors.marked.contains(offset) { return "7" }
            guard index < colors.stretches.count, colors.stretches[index].start <= offset else { return "" }
            return colors.stretches[index].look
        }
    }
}
