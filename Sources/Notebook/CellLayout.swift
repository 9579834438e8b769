// The rows that a prompt and a cell of several lines take on a screen, and where the cursor stands among them.

/// A cell as a terminal breaks it into rows.
public struct CellLayout {
    /// What each row shows, escape sequences of the prompt included.
    public private(set) var rows: [String] = [""]
    /// The cursor's row and column.
    public private(set) var cursor = (row: 0, column: 0)

    private var column = 0
    private let columns: Int
    private let width: (Unicode.Scalar) -> Int

    /// - Parameters:
    ///   - prompt: as readline has it: what stands between bytes 1 and 2 takes no room.
    ///   - before: the text before the cursor.
    ///   - after: the text behind it.
    ///   - columns: the screen's width.
    ///   - width: columns that a character takes; 0 for one that combines with the one before.
    public init(prompt: String, before: String, after: String, columns: Int, width: @escaping (Unicode.Scalar) -> Int) {
        self.columns = max(1, columns)
        self.width = width
        var isShown = true
        for scalar in prompt.unicodeScalars {
            switch scalar.value {
            case 1: isShown = false
            case 2: isShown = true
            default: if isShown { add(scalar) } else { rows[rows.count - 1].unicodeScalars.append(scalar) }
            }
        }
        for scalar in before.unicodeScalars { add(scalar) }
        // At the right edge the cursor stands on the next row already.
        if column == self.columns { breakRow() }
        cursor = (rows.count - 1, column)
        for scalar in after.unicodeScalars { add(scalar) }
    }

    private mutating func breakRow() {
        rows.append("")
        column = 0
    }

    private mutating func add(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 10: breakRow()
        case 9: for _ in 0..<(8 - column % 8) { put(" ", 1) }
        case 0..<32, 127:
            put("^", 1)
            put(Unicode.Scalar(UInt8(scalar.value ^ 64)), 1)
        default: put(scalar, max(0, width(scalar)))
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar, _ size: Int) {
        if column + size > columns { breakRow() }
        rows[rows.count - 1].unicodeScalars.append(scalar)
        column += size
    }
}
