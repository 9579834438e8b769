// What is drawn where readline's own drawing fails: while searching, in another window size, and cells taller than the
// window.
//
// Readline mends the screen by what differs. It gets that wrong where a search's message comes before, or goes from, a
// cell of several lines, and it cannot show a part of a cell that has more rows than the window.
import CReadline
import Glibc
import Language
import Notebook

extension ReadlineReader {
    /// What the screen shows of the line.
    struct Screen {
        /// The row of the cursor, counted from the line's first.
        var cursorRow = 0
        var wasSearching = false
        /// The cell fills the window, and we draw it.
        var isTall = false
        /// The first row of the cell that is shown.
        var top = 0
        /// Lines shown below a tall cell until the next key.
        var footer: [String] = []
        /// Readline is drawing at our request.
        var isForced = false
        /// What is drawn where we draw every line; nil where nothing is.
        var shown: CellLayout?
        /// How the line may go on, as it stands grey behind it.
        var suggestion = ""
    }

    var size: (rows: Int, columns: Int) {
        var rows: Int32 = 24, columns: Int32 = 80
        rl_get_screen_size(&rows, &columns)
        return (max(2, Int(rows)), max(2, Int(columns)))
    }

    func layout(columns: Int) -> CellLayout {
        CellLayout(
            prompt: lethe_rl_display_prompt().map { String(cString: $0) } ?? "", before: beforeCursor,
            after: afterCursor, colors: colors, suggestion: screen.suggestion, columns: columns
        ) { Int(wcwidth(wchar_t(bitPattern: $0.value))) }
    }

    /// Called wherever readline wants the line drawn.
    fileprivate func redraw() {
        if screen.isForced, typingAids.isEmpty { return rl_redisplay() }
        screen.suggestion = suggestion
        let size = self.size, layout = self.layout(columns: size.columns)
        if layout.height > size.rows { return drawTall(layout, size) }
        if !typingAids.isEmpty { return paint(layout) }
        if screen.isTall {
            write("\u{1B}[H\u{1B}[J")
            screen.isTall = false
            rl_on_new_line()
            force()
        } else if lethe_rl_is_searching() != 0 || screen.wasSearching {
            rl_clear_visible_line()
            force()
        } else {
            rl_redisplay()
        }
        screen.wasSearching = lethe_rl_is_searching() != 0
        screen.cursorRow = layout.cursor.row
    }

    private func force() {
        screen.isForced = true
        rl_forced_update_display()
        screen.isForced = false
    }

    func write(_ text: String) {
        lethe_rl_flush()
        Terminal.writeToStandardError(text)
    }

    // MARK: Cells taller than the window

    private func drawTall(_ layout: CellLayout, _ size: (rows: Int, columns: Int)) {
        var text = ""
        if !screen.isTall {
            // What stands above goes where one can scroll back to it.
            text = toLineStart() + String(repeating: "\n", count: size.rows - 1)
            screen.isTall = true
            screen.shown = nil
            screen.top = 0
        }
        // What is searched for stands before the cell, out of sight where the hit is far below.
        if lethe_rl_is_searching() != 0, screen.footer.isEmpty, layout.cursor.row >= size.rows - 1 {
            let prompt = lethe_rl_display_prompt().map { String(cString: $0) } ?? ""
            screen.footer = [clipped(prompt.filter { $0 != "\u{1}" && $0 != "\u{2}" }, to: size.columns - 1)]
        }
        let height = max(1, size.rows - screen.footer.count)
        screen.top = min(max(screen.top, layout.cursor.row - height + 1), layout.cursor.row)
        screen.top = max(0, min(screen.top, layout.height - height))
        let rows = layout.rows
        let shown = rows[screen.top..<min(rows.count, screen.top + height)] + screen.footer
        text += "\u{1B}[H" + shown.map { "\u{1B}[K" + $0 }.joined(separator: "\r\n") + "\u{1B}[J"
        text += "\u{1B}[\(layout.cursor.row - screen.top + 1);\(layout.cursor.column + 1)H"
        write(text)
        screen.footer = []
    }

    /// Before something else is written: the cursor goes behind the line, and all of a tall cell is shown, so that it
    /// can be scrolled back to.
    func leaveLine(newline: Bool = false) {
        guard screen.isTall else { return leavePainted(newline: newline) }
        // Pasted text is marked until a key is pressed; taking the mark away later, readline would draw all of it
        // again.
        rl_deactivate_mark()
        write(
            "\u{1B}[H\u{1B}[J" + layout(columns: size.columns).rows.joined(separator: "\r\n") + (newline ? "\r\n" : ""))
        screen = Screen()
        rl_on_new_line()
    }

    /// Takes lines to be shown below a tall cell; false where the cell is not tall.
    func showBelowTall(_ lines: [String]) -> Bool {
        guard screen.isTall else { return false }
        screen.footer = Array(lines.prefix(max(0, size.rows - 2)))
        redraw()
        return true
    }

    // MARK: Stopped and continued

    /// Draws the line in the row of the cursor and those below, whatever stood there.
    func drawAfresh() {
        rl_reset_screen_size()
        screen = Screen()
        write("\r\u{1B}[J")
        rl_on_new_line()
        if layout(columns: size.columns).height > size.rows { redraw() } else { force() }
        screen.wasSearching = lethe_rl_is_searching() != 0
        screen.cursorRow = layout(columns: size.columns).cursor.row
    }

    // MARK: Another window

    /// To the first column of the line's first row, and everything below cleared.
    func toLineStart() -> String {
        "\r" + (screen.cursorRow > 0 ? "\u{1B}[\(screen.cursorRow)A" : "") + "\u{1B}[J"
    }

    /// Answers SIGWINCH. Terminals break lines anew when they become wider or narrower, and the cursor stays with its
    /// character; so the rows between the line's beginning and the cursor are counted in the new width.
    func windowChanged() {
        rl_reset_screen_size()
        if screen.isTall { return redraw() }
        if Self.terminalBreaksLinesAnew { screen.cursorRow = layout(columns: size.columns).cursor.row }
        write(toLineStart())
        rl_on_new_line()
        screen.shown = nil
        if layout(columns: size.columns).height > size.rows {
            screen.cursorRow = 0
            redraw()
        } else {
            force()
        }
    }

    /// GNU screen and xterm do not.
    private static var terminalBreaksLinesAnew: Bool {
        Terminal.environment("STY") == nil
            && (Terminal.environment("XTERM_VERSION") == nil || Terminal.environment("TMUX") != nil)
    }
}

/// For readline's pointer to whoever draws.
func redrawLine() { activeReader?.redraw() }
