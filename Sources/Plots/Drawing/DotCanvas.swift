// A grid of characters that marks are drawn on: eight Braille dots a character, or one letter where only ASCII is
// shown.

/// Draws lines. Coordinates run from 0 to 1, from the left and from below.
package struct DotCanvas {
    let columns: Int
    let rows: Int
    let isUnicode: Bool
    /// Braille patterns, or the ASCII character, one a cell; 0 is empty.
    private var cells: [UInt8]
    /// Characters that dots hide, and characters that hide dots.
    private var under: [Character?]
    private var over: [Character?]
    /// Words that are shown where nothing else is drawn.
    var words: [Word] = []

    struct Word {
        let row: Int
        let columns: Range<Int>
        let text: [Character]
    }

    /// Dots of a Braille character by row and column: bits of its code.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    /// How lines of one picture are told apart: which of so many dot columns are drawn, and with which ASCII character.
    package struct Pen {
        let drawn: Int
        let period: Int
        let letter: UInt8
        /// What stands for it in a legend.
        let sample: String
        /// What a single point is drawn with.
        let point: Character
        /// What a path is marked with along its way.
        let capital: Character
    }

    private static let pens: [(drawn: Int, period: Int, letter: Unicode.Scalar, sample: String, point: Character)] = [
        (1, 1, "*", "━━", "•"), (3, 5, "+", "╌╌", "+"), (1, 3, "o", "┈┈", "○"), (7, 9, "x", "╍╍", "×"),
    ]

    package static func pen(_ index: Int) -> Pen {
        let pen = pens[index % pens.count]
        return Pen(
            drawn: pen.drawn, period: pen.period, letter: UInt8(ascii: pen.letter), sample: pen.sample,
            point: pen.point,
            capital: Character(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26))))
    }

    package init(columns: Int, rows: Int, isUnicode: Bool) {
        self.columns = max(columns, 1)
        self.rows = max(rows, 1)
        self.isUnicode = isUnicode
        cells = Array(repeating: 0, count: self.columns * self.rows)
        under = Array(repeating: nil, count: cells.count)
        over = under
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

    /// A character of its own where a place lies, over everything drawn so far.
    mutating func put(_ character: Character, at place: Frame.Place) {
        over[row(place.y) * columns + column(place.x)] = character
    }

    /// Whether a character stands over the cell of a place.
    func isTaken(_ place: Frame.Place) -> Bool { over[row(place.y) * columns + column(place.x)] != nil }

    /// Fills the ground: a character for each cell, by the place of its middle; nil leaves it.
    mutating func fillGround(_ character: (Frame.Place) -> Character?) {
        for row in 0..<rows {
            for column in 0..<columns {
                let place = (x: (Double(column) + 0.5) / Double(columns), y: 1 - (Double(row) + 0.5) / Double(rows))
                if let character = character(place) { under[row * columns + column] = character }
            }
        }
    }

    /// A line of whole characters that dots hide.
    mutating func trace(_ points: [Frame.Place], with character: Character) {
        for (a, b) in zip(points, points.dropFirst()) {
            let steps = max(1, Int(max(abs(b.x - a.x) * Double(columns), abs(b.y - a.y) * Double(rows)) * 2))
            for step in 0...steps {
                let share = Double(step) / Double(steps)
                let (x, y) = (a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
                under[row(y) * columns + column(x)] = character
            }
        }
    }

    /// A column of blocks up to a height, over the columns between two places.
    mutating func bar(from left: Double, to right: Double, height: Double) {
        let first = Int((left * Double(columns)).rounded()),
            last = max(first + 1, Int((right * Double(columns)).rounded()))
        let eighths = Int((height * Double(8 * rows)).rounded())
        for column in first..<last where column >= 0 && column < columns {
            for row in 0..<rows {
                let filled = eighths - 8 * (rows - 1 - row)
                guard filled > 0 else { continue }
                under[row * columns + column] = isUnicode ? Self.blocks[min(filled, 8) - 1] : filled >= 4 ? "#" : nil
            }
        }
    }

    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Sparse dots between two lines over the same x. NaN leaves a gap.
    mutating func shade(_ points: [(x: Double, low: Double, high: Double)], pen: Pen) {
        for (a, b) in zip(points, points.dropFirst()) {
            guard ![a.x, a.low, a.high, b.x, b.low, b.high].contains(where: \.isNaN), b.x > a.x, b.x >= 0, a.x <= 1
            else { continue }
            let first = max(0, Int(a.x * Double(width - 1))), last = min(width - 1, Int(b.x * Double(width - 1)))
            guard first <= last else { continue }
            for column in first...last {
                let share = min(max((Double(column) / Double(width - 1) - a.x) / (b.x - a.x), 0), 1)
                let low = a.low + share * (b.low - a.low), high = a.high + share * (b.high - a.high)
                guard high >= 0, low <= 1 else { continue }
                let (top, bottom) = (dot(0, min(high, 1)).1, dot(0, max(low, 0)).1)
                for y in top...bottom {
                    if isUnicode {
                        if column % 2 == 0, (y + column / 2 + pen.period) % 2 == 0 { set(column, y, pen) }
                    } else if cells[y * columns + column] == 0 {
                        under[y * columns + column] = "."
                    }
                }
            }
        }
    }

    /// Single dots.
    mutating func dots(_ places: [Frame.Place], pen: Pen) {
        for place in places {
            let (x, y) = dot(place.x, place.y)
            set(x, y, pen)
        }
    }

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
        let start = row * columns
        var text = (start..<start + columns).map { index -> Character in
            let cell = cells[index]
            if let over = over[index] { return over }
            if cell == 0 { return under[index] ?? " " }
            return Character(Unicode.Scalar(isUnicode ? 0x2800 + UInt32(cell) : UInt32(cell)) ?? " ")
        }
        // Half a number would be another one.
        for word in words where word.row == row {
            guard word.columns.allSatisfy({ cells[start + $0] == 0 && over[start + $0] == nil }) else { continue }
            text.replaceSubrange(word.columns, with: word.text)
        }
        return String(text)
    }
}
