// Keys: what Enter, TAB, Ctrl-D, the arrows and the kill keys do in a cell that may have several lines.
import CReadline
import Glibc
import Language
import Notebook

/// What readline calls when a key is pressed.
private typealias KeyFunction = @convention(c) (_ count: Int32, _ key: Int32) -> Int32

extension ReadlineReader {
    func bindKeys() {
        // Whoever edits with vi's keys has two tables of them; Enter means the same in both.
        for name in ["emacs", "vi-insert", "vi-command"] {
            guard let keymap = rl_get_keymap_by_name(name) else { continue }
            for key: Int32 in [13, 10] { rl_bind_key_in_map(key, enterPressed, keymap) }
            rl_bind_key_in_map(4, endPressed, keymap)
            replace(rl_bracketed_paste_begin, by: pasted, in: keymap)
            // A cell has lines: what readline does to its one line is done to one of them, on whatever keys the user
            // has it.
            replace(rl_beg_of_line, by: lineStartPressed, in: keymap)
            replace(rl_end_of_line, by: lineEndPressed, in: keymap)
            replace(rl_forward_char, by: forwardPressed, in: keymap)
            replace(rl_forward_word, by: forwardWordPressed, in: keymap)
            for function in [rl_clear_screen, rl_refresh_line] as [KeyFunction] {
                replace(function, by: clearPressed, in: keymap)
            }
            replace(rl_kill_line, by: killToEndPressed, in: keymap)
            replace(rl_unix_line_discard, by: killToStartPressed, in: keymap)
            // Readline's own ways through its history let edited entries and their undos get entangled; see `recall`.
            for function in [rl_get_previous_history, rl_history_search_backward] as [KeyFunction] {
                replace(function, by: upPressed, in: keymap)
            }
            for function in [rl_get_next_history, rl_history_search_forward] as [KeyFunction] {
                replace(function, by: downPressed, in: keymap)
            }
            for sequence in ["\\e[A", "\\eOA"] { rl_bind_keyseq_if_unbound_in_map(sequence, upPressed, keymap) }
            for sequence in ["\\e[B", "\\eOB"] { rl_bind_keyseq_if_unbound_in_map(sequence, downPressed, keymap) }
            rl_bind_keyseq_in_map("\\e[?", terminalAnswered, keymap)
            for function in [rl_beginning_of_history, rl_end_of_history, rl_operate_and_get_next] as [KeyFunction] {
                replace(function, by: nothingPressed, in: keymap)
            }
            if name == "vi-command" {
                rl_bind_key_in_map(Int32(UInt8(ascii: "v")), editorPressed, keymap)
                continue
            }
            rl_bind_key_in_map(9, tabPressed, keymap)
            rl_bind_key_in_map(Int32(UInt8(ascii: "}")), closeBracePressed, keymap)
        }
        if let emacs = rl_get_keymap_by_name("emacs") {
            for sequence in ["\\e\\C-m", "\\e\\C-j"] { rl_bind_keyseq_in_map(sequence, newlineForced, emacs) }
            rl_bind_keyseq_in_map("\\C-x\\C-e", editorPressed, emacs)
        }
    }

    /// Binds the keys of one function to another.
    private func replace(_ function: KeyFunction, by other: KeyFunction, in keymap: Keymap) {
        guard let sequences = rl_invoking_keyseqs_in_map(function, keymap) else { return }
        var index = 0
        while let sequence = sequences[index] {
            rl_bind_keyseq_in_map(sequence, other, keymap)
            Glibc.free(sequence)
            index += 1
        }
        Glibc.free(sequences)
    }

    // MARK: Enter, TAB, braces, Ctrl-D

    fileprivate func enter(_ key: Int32) {
        if buffer.isEmpty, let line = lineForEmptyInput() {
            rl_insert_text(line)
            redrawLine()
        }
        switch isComplete(cell(of: buffer)) {
        case .complete:
            leaveLine(newline: true)
            rl_newline(1, key)
        case .incomplete: insertNewline()
        }
    }

    fileprivate func insertNewline() {
        let indent = String(repeating: "  ", count: Indentation.depth(of: beforeCursor))
        rl_insert_text("\n" + indent)
    }

    /// A brace that closes a block stands under the line that opened it.
    fileprivate func closeBrace(_ key: Int32) {
        let line = beforeCursor.allLines.last ?? ""
        if beforeCursor.hasLineBreak, line.count >= 2, line.allSatisfy({ $0 == " " }) {
            let point = lethe_rl_point()
            rl_delete_text(point - 2, point)
            lethe_rl_set_point(point - 2)
        }
        rl_insert(1, key)
    }

    /// Indents at the beginning of a line, except where a call's arguments may stand.
    fileprivate func tab(_ key: Int32) {
        let line = beforeCursor.allLines.last ?? ""
        let isInCall = LineContext(beforeCursor).openBrackets.last?.character == "("
        if line.allSatisfy({ $0 == " " }), !isInCall { rl_insert_text("  ") } else { rl_complete(1, key) }
    }

    /// Ctrl-D: leaves an open block, otherwise as everywhere (delete forward; end of input on an empty line).
    fileprivate func end(_ key: Int32) {
        if lethe_rl_point() == lethe_rl_end(), buffer.hasLineBreak {
            outcome = .cancelled
        } else {
            rl_delete(1, key)
        }
    }

    // MARK: Lines of a cell

    /// Where the line around the cursor begins and ends.
    private var line: (start: Int32, end: Int32) {
        let before = beforeCursor.utf8, after = afterCursor.utf8
        let newline = UInt8(ascii: "\n")
        let start = before.lastIndex(of: newline).map { before.distance(from: before.startIndex, to: $0) + 1 } ?? 0
        let length = after.firstIndex(of: newline).map { after.distance(from: after.startIndex, to: $0) } ?? after.count
        return (Int32(start), lethe_rl_point() + Int32(length))
    }

    /// The line's beginning, from there the cell's; and so for the end.
    fileprivate func goToEdge(start: Bool) {
        if !start, acceptSuggestion() { return }
        let line = self.line, point = lethe_rl_point()
        if start {
            lethe_rl_set_point(point == line.start ? 0 : line.start)
        } else {
            lethe_rl_set_point(point == line.end ? lethe_rl_end() : line.end)
        }
    }

    /// Kills the rest of the line, or the line break where nothing is left of it.
    fileprivate func kill(toStart: Bool) {
        let line = self.line, point = lethe_rl_point()
        let edge =
            toStart
            ? (point == line.start ? max(0, point - 1) : line.start)
            : (point == line.end ? min(lethe_rl_end(), point + 1) : line.end)
        rl_kill_text(point, edge)
        lethe_rl_set_point(min(point, edge))
    }

    /// Up and Down move inside a cell of several lines and, at its edge, through the history entries that begin with
    /// what stands before the cursor.
    fileprivate func move(up: Bool) {
        let before = beforeCursor, after = afterCursor
        if up, before.hasLineBreak { return moveLine(up: true, before: before, after: after) }
        if !up, after.hasLineBreak { return moveLine(up: false, before: before, after: after) }
        guard let recalled = up ? recall.older(than: buffer, prefix: before) : recall.newer(than: buffer) else {
            return
        }
        replaceLine(with: recalled)
        // Where the next press goes on through the history: the first line's end going up, the last one's going down.
        if up, let newline = recalled.utf8.firstIndex(of: UInt8(ascii: "\n")) {
            lethe_rl_set_point(Int32(recalled.utf8.distance(from: recalled.utf8.startIndex, to: newline)))
        }
    }

    private func moveLine(up: Bool, before: String, after: String) {
        let linesBefore = before.allLines
        let column = linesBefore.last?.count ?? 0
        if up {
            let previous = linesBefore[linesBefore.count - 2]
            let start = linesBefore.dropLast(2).reduce(0) { $0 + $1.utf8.count + 1 }
            lethe_rl_set_point(Int32(start + previous.prefix(column).utf8.count))
        } else {
            let linesAfter = after.allLines
            let start = before.utf8.count + linesAfter[0].utf8.count + 1
            lethe_rl_set_point(Int32(start + linesAfter[1].prefix(column).utf8.count))
        }
    }
}

// MARK: - What readline calls

// Key functions answer 0: readline takes anything else for the end of the input and says so with an empty line.
private func pressed(_ act: (ReadlineReader) -> Void) -> Int32 {
    if let activeReader { act(activeReader) }
    return 0
}
private func enterPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.enter(key) } }
private func newlineForced(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.insertNewline() } }
private func closeBracePressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.closeBrace(key) } }
private func tabPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.tab(key) } }
private func endPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.end(key) } }
private func upPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.move(up: true) } }
private func downPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.move(up: false) } }
private func pasted(_ count: Int32, _ key: Int32) -> Int32 {
    let result = rl_bracketed_paste_begin(count, key)
    activeReader?.hasArrivedFromOutside()
    return result
}
/// The terminal says what it can (`ESC [ ? 62 ; 4 c`), after nobody waited for it any more.
private func terminalAnswered(_ count: Int32, _ key: Int32) -> Int32 {
    var numbers = ""
    while numbers.utf8.count < 100, let key = UInt8(exactly: rl_read_key()), (48...57).contains(key) || key == 59 {
        numbers.unicodeScalars.append(UnicodeScalar(key))
    }
    activeReader?.hear(DeviceAttributes(numbers: numbers))
    return 0
}
private func forwardPressed(_ count: Int32, _ key: Int32) -> Int32 {
    if activeReader?.acceptSuggestion() == true { return 0 }
    return rl_forward_char(count, key)
}
private func forwardWordPressed(_ count: Int32, _ key: Int32) -> Int32 {
    if activeReader?.acceptSuggestion(words: Int(max(1, count))) == true { return 0 }
    return rl_forward_word(count, key)
}
private func clearPressed(_ count: Int32, _ key: Int32) -> Int32 {
    if activeReader?.clearScreen() == true { return 0 }
    return rl_clear_screen(count, key)
}
private func lineStartPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.goToEdge(start: true) } }
private func lineEndPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.goToEdge(start: false) } }
private func killToEndPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.kill(toStart: false) } }
private func killToStartPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.kill(toStart: true) } }
private func editorPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.editOutside() } }
private func nothingPressed(_ count: Int32, _ key: Int32) -> Int32 { 0 }
