// What a terminal is sent so that it shows a cell as it has become: no more than what differs, in one piece, so that
// nothing flickers.

extension CellLayout {
    /// Escape sequences that change the screen.
    /// - Parameters:
    ///   - old: what the screen shows; nil where nothing does, and the cursor stands where the first row is to begin.
    ///   - isLeft: whether the cursor goes behind the last row.
    public func change(from old: CellLayout?, isLeft: Bool = false) -> String {
        var pen = ScreenPen(columns: columns, row: old?.cursor.row ?? 0, column: old?.cursor.column ?? 0)
        let shown = old?.lines ?? []
        for (index, row) in lines.enumerated() {
            let before = index < shown.count ? shown[index].glyphs : []
            if index > 0, index >= shown.count {
                begin(index, &pen)
            } else if before == row.glyphs {
                continue
            }
            let width = row.width, widthBefore = before.reduce(0) { $0 + $1.width }
            let start = zip(before, row.glyphs).prefix { $0 == $1 }.count
            var end = row.glyphs.count
            if before.count == end, width == widthBefore {
                while end > start, before[end - 1] == row.glyphs[end - 1] { end -= 1 }
            }
            pen.move(to: index, row.glyphs[..<start].reduce(0) { $0 + $1.width })
            for glyph in row.glyphs[start..<end] { pen.write(glyph) }
            if width < widthBefore { pen.eraseLine() }
        }
        if shown.count > lines.count { pen.eraseRows(from: lines.count) }
        if isLeft {
            pen.move(to: lines.count - 1, min(lines[lines.count - 1].width, columns - 1))
        } else {
            pen.move(to: cursor.row, cursor.column)
        }
        return pen.finished
    }

    /// Goes to a row that is not on the screen yet. Where it goes on with the line above, the terminal is to break that
    /// itself: it will break it elsewhere in another window, and copies it as one line.
    private func begin(_ index: Int, _ pen: inout ScreenPen) {
        let above = lines[index - 1], width = above.width
        guard above.goesOn, let last = above.glyphs.last else { return pen.beginRow(index) }
        if (pen.row, pen.column) != (index - 1, width) {
            pen.move(to: index - 1, width - last.width)
            pen.write(last)
        }
        pen.wrap(beforeText: !lines[index].glyphs.isEmpty)
    }
}

/// Writes at places of a screen.
private struct ScreenPen {
    private var text = ""
    private var look = ""
    private let columns: Int
    private(set) var row: Int
    /// As many as there are columns where the terminal waits with breaking the line.
    private(set) var column: Int

    init(columns: Int, row: Int, column: Int) { (self.columns, self.row, self.column) = (columns, row, column) }

    /// To a row that is on the screen.
    mutating func move(to newRow: Int, _ newColumn: Int) {
        if (row, column) == (newRow, newColumn) { return }
        if column >= columns { put("\r", column: 0) }
        if newRow < row { text += "\u{1B}[\(row - newRow)A" }
        if newRow > row { text += "\u{1B}[\(newRow - row)B" }
        row = newRow
        if newColumn < column {
            if newColumn > 0, column - newColumn <= 4 {
                text += String(repeating: "\u{8}", count: column - newColumn)
                column = newColumn
            } else {
                put("\r", column: 0)
            }
        }
        if newColumn > column { text += newColumn - column == 1 ? "\u{1B}[C" : "\u{1B}[\(newColumn - column)C" }
        column = newColumn
    }

    mutating func write(_ glyph: CellLayout.Glyph) {
        // A wide character is not cut: it begins the next row.
        if column + glyph.width > columns { wrap(beforeText: true) }
        setLook(glyph.look)
        put(glyph.text, column: column + glyph.width)
    }

    /// A line further down, which may be below the last of the window.
    mutating func beginRow(_ index: Int) {
        move(to: index - 1, column)
        setLook("")
        put("\r\n", column: 0)
        row = index
    }

    /// Lets the terminal break the line: by what is written next, or by a blank where nothing is.
    mutating func wrap(beforeText: Bool) {
        if !beforeText {
            setLook("")
            text += " \r"
        }
        row += 1
        column = 0
    }

    mutating func eraseLine() {
        setLook("")
        text += "\u{1B}[K"
    }

    mutating func eraseRows(from index: Int) {
        setLook("")
        move(to: index, 0)
        text += "\u{1B}[J"
    }

    private mutating func setLook(_ new: String) {
        text += Look.change(from: look, to: new)
        look = new
    }

    private mutating func put(_ written: String, column newColumn: Int) {
        text += written
        column = newColumn
    }

    var finished: String { text + Look.change(from: look, to: "") }
}
