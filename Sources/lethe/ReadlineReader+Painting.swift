// The line as we draw it, with colours and a suggestion; readline edits it and is not asked to draw.
//
// Readline knows no colours in what is typed: it would draw each letter first without, and then somebody else all of the
// line over it. So its own drawing takes no part. For readline the line begins in an empty row, and each key changes
// the screen by one piece of text that holds what differs.
import CReadline
import Glibc
import Language
import Notebook

extension ReadlineReader {
    /// Whether readline would show what we draw: by the user's settings it may be more than prompt and text, or less.
    var canPaint: Bool {
        let others: [String] = ["horizontal-scroll-mode", "show-mode-in-prompt", "mark-modified-lines"]
        return !others.contains { lethe_rl_is_on($0) != 0 }
    }

    /// The looks of the line's characters.
    var colors: CodeColors {
        if typingAids.isEmpty { return CodeColors() }
        let marked = rl_mark_active_p() != 0 ? Int(lethe_rl_marked_from())..<Int(lethe_rl_marked_to()) : 0..<0
        return CodeColors(of: typingAids.contains(.highlight) ? buffer : "", marked: marked)
    }

    func paint(_ layout: CellLayout) {
        var before = ""
        if screen.isTall {
            before = "\u{1B}[H\u{1B}[J"
            screen.isTall = false
            screen.shown = nil
        }
        write(before + layout.change(from: screen.shown))
        screen.shown = layout
        screen.cursorRow = layout.cursor.row
    }

    /// Before something else is written: the cursor goes behind the line's last row, or below it. Readline, for which
    /// nothing stands there, does not go to a new line.
    func leavePainted(newline: Bool) {
        guard let shown = screen.shown else { return }
        // What was pasted is marked until a key is pressed; taking the mark away later, readline would want all drawn
        // again.
        rl_deactivate_mark()
        screen.suggestion = ""
        write(layout(columns: shown.columns).change(from: shown, isLeft: true) + (newline ? "\r\n" : ""))
        screen = Screen()
    }

    /// Ctrl-L. Returns false where readline draws.
    func clearScreen() -> Bool {
        guard !typingAids.isEmpty else { return false }
        write("\u{1B}[H\u{1B}[2J")
        screen = Screen()
        redrawLine()
        return true
    }

    // MARK: How the line may go on

    /// How the newest cell that begins with this line goes on; empty where the cursor does not stand at its end.
    var suggestion: String {
        guard typingAids.contains(.suggest), lethe_rl_is_searching() == 0, !hasPasted,
            lethe_rl_point() == lethe_rl_end()
        else { return "" }
        return recall.continuation(of: buffer) ?? ""
    }

    /// Takes what is suggested, or the first words of it. Returns false where nothing is.
    func acceptSuggestion(words: Int? = nil) -> Bool {
        var text = suggestion[...]
        guard !text.isEmpty else { return false }
        if let words {
            var rest = text
            for _ in 0..<words {
                rest = rest.drop { !$0.isLetter && !$0.isNumber }.drop { $0.isLetter || $0.isNumber || $0 == "_" }
            }
            text = text[..<rest.startIndex]
        }
        rl_insert_text(String(text))
        return true
    }
}
