// A grid of characters that lines are drawn on: eight Braille dots a character, or one letter where only ASCII is shown.

/// Draws lines. Coordinates run from 0 to 1, from the left and from below.
package struct DotCanvas {
    let columns: Int
    let rows: Int
    private let isUnicode: Bool
    /// Braille patterns, or the ASCII character, one a cell; 0 is empty.
    private var cells: [UInt8]

    /// Dots of a Braille character by row and column: bits of its code.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    /// How lines of one picture are told apart: which of so many dot columns are drawn, and with which ASCII character.
    package struct Pen {
        let drawn: Int
        let period: Int
        let letter: UInt8
        /// What stands for it in a legend.
        let sample: String
    }

    static let pens = [
        Pen(drawn: 1, period: 1, letter: UInt8(ascii: "*"), sample: "━━"), Pen(drawn: 3, period: 5, letter: UInt8(ascii: "+"), sample: "╌╌"),
        Pen(drawn: 1, period: 3, letter: UInt8(ascii: "o"), sample: "┈┈"), Pen(drawn: 7, period: 9, letter: UInt8(ascii: "x"), sample: "╍╍"),
    ]

    package static func pen(_ index: Int) -> Pen { pens[index % pens.count] }

    package init(columns: Int, rows: Int, isUnicode: Bool) {
        self.columns = max(columns, 1)
        self.rows = max(rows, 1)
        self.isUnicode = isUnicode
        cells = Array(repeating: 0, count: self.columns * self.rows)
    }

    private var width: Int { isUnicode ? 2 * columns : columns }
    private var height: Int { isUnicode ? 4 * rows : rows }

    private func dot(_ x: Double, _ y: Double) -> (Int, Int) {
        (Int((x * Double(width - 1)).rounded()), Int(((1 - y) * Double(height - 1)).rounded()))
    }

    /// The row of characters that holds a height.
    func row(_ y: Double) -> Int { dot(0, y).1 / (isUnicode ? 4 : 1) }
    /// The column of characters that holds a place.
    func column(_ x: Double) -> Int { dot(x, 0).0 / (isUnicode ? 2 : 1) }

    private mutating func set(_ x: Int, _ y: Int, _ pen: Pen) {
        if isUnicode {
            cells[y / 4 * columns + x / 2] |= Self.bits[y % 4][x % 2]
        } else {
            cells[y * columns + x] = pen.letter
        }
    }

    /// A line through points; NaN interrupts it. A point alone is always seen.
    package mutating func draw(_ points: [(x: Double, y: Double)], pen: Pen) {
        var before: (Int, Int)?
        for (index, point) in points.enumerated() {
            guard !point.y.isNaN else {
                before = nil
                continue
            }
            let here = dot(point.x, point.y)
            let isAlone = before == nil && (index + 1 == points.count || points[index + 1].y.isNaN)
            if isAlone { set(here.0, here.1, pen) }
            line(from: before ?? here, to: here, pen)
            before = here
        }
    }

    /// Bresenham's line; columns that the pen leaves out stay empty.
    private mutating func line(from start: (Int, Int), to end: (Int, Int), _ pen: Pen) {
        var (x, y) = start
        let (dx, dy) = (abs(end.0 - x), -abs(end.1 - y))
        let (stepX, stepY) = (x < end.0 ? 1 : -1, y < end.1 ? 1 : -1)
        var error = dx + dy
        while true {
            if !isUnicode || x % pen.period < pen.drawn { set(x, y, pen) }
            if x == end.0, y == end.1 { return }
            let twice = 2 * error
            if twice >= dy { (error, x) = (error + dy, x + stepX) }
            if twice <= dx { (error, y) = (error + dx, y + stepY) }
        }
    }

    /// One line of characters, blanks at its end included.
    package func text(row: Int) -> String {
        var text = ""
        for cell in cells[(row * columns)..<((row + 1) * columns)] {
            if cell == 0 {
                text.append(" ")
            } else {
                text.unicodeScalars.append(Unicode.Scalar(isUnicode ? 0x2800 + UInt32(cell) : UInt32(cell)) ?? " ")
            }
        }
        return text
    }
}
