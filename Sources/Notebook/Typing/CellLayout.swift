// The rows that a prompt and a cell of several lines take on a screen, and where the cursor stands among them.

/// A cell as a terminal breaks it into rows.
public struct CellLayout: Sendable {
    /// A character with those that combine with it.
    struct Glyph: Equatable, Sendable {
        var text: String
        var width: Int
        /// Its colour, as it stands between `ESC [` and `m`; empty for the terminal's own.
        let look: String
    }

    struct Row: Equatable, Sendable {
        var glyphs: [Glyph] = []
        /// The next row is the same line, broken by the terminal.
        var goesOn = false

        var width: Int { glyphs.reduce(0) { $0 + $1.width } }

        var text: String {
            var text = "", look = ""
            for glyph in glyphs {
                text += Look.change(from: look, to: glyph.look) + glyph.text
                look = glyph.look
            }
            return text + Look.change(from: look, to: "")
        }
    }

    private(set) var lines = [Row()]
    /// What each row shows, escape sequences included.
    public var rows: [String] { lines.map(\.text) }
    /// How many rows there are.
    public var height: Int { lines.count }
    /// The cursor's row and column.
    public private(set) var cursor = (row: 0, column: 0)

    public let columns: Int
    private var column = 0
    private let width: @Sendable (Unicode.Scalar) -> Int

    /// - Parameters:
    ///   - prompt: as readline has it: what stands between bytes 1 and 2 takes no room.
    ///   - before: the text before the cursor.
    ///   - after: the text behind it.
    ///   - colors: of both texts as one.
    ///   - suggestion: shown grey behind the text, as far as there is room in its row.
    ///   - columns: the screen's width.
    ///   - width: columns that a character takes; 0 for one that combines with the one before.
    public init(
        prompt: String, before: String, after: String, colors: CodeColors = CodeColors(), suggestion: String = "",
        columns: Int, width: @escaping @Sendable (Unicode.Scalar) -> Int
    ) {
        self.columns = max(1, columns)
        self.width = width
        add(prompt: prompt)
        var pen = colors.pen
        for scalar in before.unicodeScalars { add(scalar, pen.look(of: scalar)) }
        // At the right edge the cursor stands on the next row already.
        if column == self.columns { breakRow(goesOn: true) }
        cursor = (lines.count - 1, column)
        for scalar in after.unicodeScalars { add(scalar, pen.look(of: scalar)) }
        for scalar in suggestion.unicodeScalars {
            let size = max(0, width(scalar))
            guard scalar.value >= 32, column + size < self.columns else { break }
            put(scalar, size, Look.grey)
        }
    }

    private mutating func add(prompt: String) {
        var isShown = true, look = "", hidden = ""
        for scalar in prompt.unicodeScalars {
            switch scalar.value {
            case 1: (isShown, hidden) = (false, "")
            case 2:
                isShown = true
                look = Look.numbers(hidden) ?? look
            default: if isShown { add(scalar, look) } else { hidden.unicodeScalars.append(scalar) }
            }
        }
    }

    private mutating func breakRow(goesOn: Bool) {
        lines[lines.count - 1].goesOn = goesOn
        lines.append(Row())
        column = 0
    }

    private mutating func add(_ scalar: Unicode.Scalar, _ look: String) {
        switch scalar.value {
        case 10: breakRow(goesOn: false)
        case 9: for _ in 0..<(8 - column % 8) { put(" ", 1, look) }
        case 0..<32, 127:
            put("^", 1, look)
            put(Unicode.Scalar(UInt8(scalar.value ^ 64)), 1, look)
        default: put(scalar, max(0, width(scalar)), look)
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar, _ size: Int, _ look: String) {
        if column + size > columns { breakRow(goesOn: true) }
        let row = lines.count - 1
        if size == 0, !lines[row].glyphs.isEmpty {
            lines[row].glyphs[lines[row].glyphs.count - 1].text.unicodeScalars.append(scalar)
        } else {
            lines[row].glyphs.append(Glyph(text: String(scalar), width: size, look: look))
        }
        column += size
    }
}

/// Colours as terminals name them.
enum Look {
    static let grey = "90"

    /// What a sequence that sets colours sets them to, empty for none; nil for any other.
    static func numbers(_ text: String) -> String? {
        guard text.hasPrefix("\u{1B}["), text.hasSuffix("m") else { return nil }
        let numbers = text.dropFirst(2).dropLast()
        return numbers == "0" ? "" : String(numbers)
    }

    static func change(from old: String, to new: String) -> String {
        if old == new { return "" }
        return (old.isEmpty ? "" : "\u{1B}[0m") + (new.isEmpty ? "" : "\u{1B}[\(new)m")
    }
}
