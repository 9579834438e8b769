// Reads cells at a terminal through GNU readline's callback interface, with signals and waiting our own.
//
// The blocking readline() does not return on Ctrl-C before another key is pressed; with callbacks, poll and a self-pipe it
// takes a millisecond (CPython's recipe, Modules/readline.c).
import CReadline
import Glibc
import Notebook

/// The one reader readline's C callbacks talk to; they can capture nothing. Set and used on the main thread only.
nonisolated(unsafe) var activeReader: ReadlineReader?

/// Reads whole cells from a terminal, with editing, history and completion.
final class ReadlineReader: CellReader {
    /// What ended the line under way, set by readline's callbacks.
    private enum Outcome {
        case accepted(String)
        case endOfInput
        case cancelled
    }

    private let wakeDescriptor: Int32
    private let isComplete: (String) -> CellCompleteness
    let complete: (String, Int) -> Completion
    private let lineForEmptyInput: () -> String?
    private var outcome: Outcome?
    /// What TAB found for the word at the cursor.
    var completion = Completion(start: 0, candidates: [])
    /// The cells that Up and Down go through. Readline has them too, for Ctrl-R; its own way of walking through them lets
    /// edited entries and their undos get entangled.
    private var recall: Recall

    /// - Parameters:
    ///   - wakeDescriptor: readable whenever a signal arrived (`Signals.install`).
    ///   - history: earlier cells, oldest first.
    ///   - isComplete: whether Enter runs the text or adds a line.
    ///   - complete: candidates for the text and the cursor's UTF-8 offset in it.
    ///   - lineForEmptyInput: what Enter on an empty line stands for, if anything.
    init(
        wakeDescriptor: Int32, history: [String], isComplete: @escaping (String) -> CellCompleteness,
        complete: @escaping (String, Int) -> Completion, lineForEmptyInput: @escaping () -> String?
    ) {
        self.wakeDescriptor = wakeDescriptor
        self.isComplete = isComplete
        self.complete = complete
        self.lineForEmptyInput = lineForEmptyInput
        recall = Recall(cells: history)
        setlocale(LC_CTYPE, "")
        // A bare container has no locale set; without one readline would show every accented letter as octal digits.
        if lethe_locale_is_single_byte() != 0 { setlocale(LC_CTYPE, "C.UTF-8") }
        lethe_rl_configure()
        // Before rl_initialize, so that the user's own inputrc wins.
        for (name, value) in [
            ("enable-bracketed-paste", "on"), ("blink-matching-paren", "off"), ("show-all-if-unmodified", "on"),
            ("colored-stats", "off"), ("bell-style", "none"), ("echo-control-characters", "off"), ("keyseq-timeout", "100"),
        ] {
            rl_variable_bind(name, value)
        }
        if isatty(1) == 0 { rl_variable_bind("enable-meta-key", "off") }
        rl_initialize()
        using_history()
        stifle_history(Int32(HistoryFile.capacity))
        for cell in history { add_history(cell) }
        bindKeys()
        lethe_rl_set_completer(completeWord, wordBreaks, displayMatches)
        activeReader = self
    }

    func remember(_ cell: String) {
        add_history(cell)
        recall.append(cell)
    }

    func read(prompt: String) -> CellReaderEvent {
        outcome = nil
        recall.restart()
        rl_reset_screen_size()  // the window may have changed while a cell ran
        Signals.setMode(.prompt)
        _ = Signals.takePending()
        Signals.watchTerminal(true)
        defer { Signals.watchTerminal(false) }
        rl_callback_handler_install(prompt, lineArrived)

        while true {
            var descriptors = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
            _ = poll(&descriptors, wakeDescriptor >= 0 ? 2 : 1, -1)
            if let event = answerSignals() { return event }
            if descriptors[0].revents != 0 {
                rl_callback_read_char()
                switch outcome {
                case .accepted(let text): return .cell(text)
                case .endOfInput: return .endOfInput
                case .cancelled:
                    abandonLine(showing: "")
                    return .interrupted
                case nil: break
                }
                // A terminal that went away reads as nothing for ever.
                if descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
                    rl_callback_handler_remove()
                    return .terminated(SIGHUP)
                }
            }
        }
    }

    /// Acts on the signals that arrived; a value ends this reading.
    private func answerSignals() -> CellReaderEvent? {
        var bytes = [UInt8](repeating: 0, count: 64)
        while Glibc.read(wakeDescriptor, &bytes, bytes.count) > 0 {}
        let arrived = Signals.takePending()
        if arrived == 0 { return nil }
        if Signals.has(arrived, SIGTERM) || Signals.has(arrived, SIGHUP) {
            rl_callback_handler_remove()
            return .terminated(Signals.has(arrived, SIGTERM) ? SIGTERM : SIGHUP)
        }
        if Signals.has(arrived, SIGINT) {
            abandonLine(showing: "^C")
            return .interrupted
        }
        if Signals.has(arrived, SIGTSTP) {
            rl_cleanup_after_signal()
            Signals.stopAndContinue()
            rl_reset_after_signal()
            rl_forced_update_display()
        } else if Signals.has(arrived, SIGCONT) {
            // Stopped from outside; whoever ran meanwhile may have left the terminal cooked.
            rl_cleanup_after_signal()
            rl_reset_after_signal()
            rl_forced_update_display()
        }
        if Signals.has(arrived, SIGWINCH) { rl_resize_terminal() }
        return nil
    }

    private func abandonLine(showing mark: String) {
        // A search, an argument or a sequence of keys ends first; then the mark goes behind the last line of what was on
        // screen. Discarding the argument redraws the line, so that comes before the mark.
        rl_callback_sigcleanup()
        lethe_rl_set_point(lethe_rl_end())
        rl_discard_argument()
        lethe_rl_forget_undo()
        lethe_rl_not_at_end()
        Terminal.writeToStandardError(mark + "\n")
        rl_on_new_line()
        rl_cleanup_after_signal()
        rl_callback_handler_remove()
    }

    // MARK: Keys

    private func bindKeys() {
        // Whoever edits with vi's keys has two tables of them; Enter means the same in both.
        for name in ["emacs", "vi-insert", "vi-command"] {
            guard let keymap = rl_get_keymap_by_name(name) else { continue }
            rl_bind_key_in_map(13, enterPressed, keymap)
            rl_bind_key_in_map(10, enterPressed, keymap)
            rl_bind_key_in_map(4, endPressed, keymap)
            for sequence in ["\u{1B}[A", "\u{1B}OA"] { rl_bind_keyseq_in_map(sequence, upPressed, keymap) }
            for sequence in ["\u{1B}[B", "\u{1B}OB"] { rl_bind_keyseq_in_map(sequence, downPressed, keymap) }
            if name == "vi-command" {
                rl_bind_key_in_map(Int32(UInt8(ascii: "k")), upPressed, keymap)
                rl_bind_key_in_map(Int32(UInt8(ascii: "j")), downPressed, keymap)
                continue
            }
            rl_bind_key_in_map(9, tabPressed, keymap)
            rl_bind_key_in_map(Int32(UInt8(ascii: "}")), closeBracePressed, keymap)
            rl_bind_key_in_map(16, upPressed, keymap)  // Ctrl-P
            rl_bind_key_in_map(14, downPressed, keymap)  // Ctrl-N
        }
        if let emacs = rl_get_keymap_by_name("emacs") {
            for sequence in ["\u{1B}\r", "\u{1B}\n"] { rl_bind_keyseq_in_map(sequence, newlineForced, emacs) }
            // These walk through readline's list, see `recall`.
            for sequence in ["\u{1B}<", "\u{1B}>", "\u{0F}"] { rl_bind_keyseq_in_map(sequence, nil, emacs) }
        }
    }

    var buffer: String { lethe_rl_buffer().map { String(cString: $0) } ?? "" }

    /// The text before the cursor.
    var beforeCursor: String {
        guard let start = lethe_rl_buffer() else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(lethe_rl_point())), as: UTF8.self)
    }

    var afterCursor: String { String(buffer.utf8.dropFirst(Int(lethe_rl_point()))) ?? "" }

    fileprivate func enter(_ key: Int32) {
        if buffer.isEmpty, let line = lineForEmptyInput() {
            rl_insert_text(line)
            rl_redisplay()
        }
        switch isComplete(Transcript.stripped(buffer)) {
        case .complete: rl_newline(1, key)
        case .incomplete: insertNewline()
        }
    }

    fileprivate func insertNewline() {
        let indent = String(repeating: "  ", count: Indentation.depth(of: beforeCursor))
        rl_insert_text("\n" + indent)
    }

    /// A brace that closes a block stands under the line that opened it.
    fileprivate func closeBrace(_ key: Int32) {
        let line = beforeCursor.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        if beforeCursor.contains("\n"), line.count >= 2, line.allSatisfy({ $0 == " " }) {
            let point = lethe_rl_point()
            rl_delete_text(point - 2, point)
            lethe_rl_set_point(point - 2)
        }
        rl_insert(1, key)
    }

    fileprivate func tab(_ key: Int32) {
        let line = beforeCursor.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        let isInCall = LineContext(beforeCursor).openBrackets.last?.character == "("
        if line.allSatisfy({ $0 == " " }), !isInCall { rl_insert_text("  ") } else { rl_complete(1, key) }
    }

    /// Ctrl-D: leaves an open block, otherwise as everywhere (delete forward; end of input on an empty line).
    fileprivate func end(_ key: Int32) {
        if lethe_rl_point() == lethe_rl_end(), buffer.contains("\n") {
            outcome = .cancelled
        } else {
            rl_delete(1, key)
        }
    }

    /// Up and Down move inside a cell of several lines and, at its edge, through the history entries that begin with what
    /// stands before the cursor.
    fileprivate func move(up: Bool, _ key: Int32) {
        let before = beforeCursor, after = afterCursor
        if up, before.contains("\n") { return moveLine(up: true, before: before, after: after) }
        if !up, after.contains("\n") { return moveLine(up: false, before: before, after: after) }
        guard let recalled = up ? recall.older(than: buffer, prefix: before) : recall.newer(than: buffer) else { return }
        replaceLine(with: recalled)
        // Where the next press goes on through the history: the first line's end going up, the last one's going down.
        if up, let newline = recalled.utf8.firstIndex(of: UInt8(ascii: "\n")) {
            lethe_rl_set_point(Int32(recalled.utf8.distance(from: recalled.utf8.startIndex, to: newline)))
        }
    }

    /// Puts another text in the place of the whole line, in one step for undo.
    private func replaceLine(with text: String) {
        rl_begin_undo_group()
        rl_delete_text(0, lethe_rl_end())
        lethe_rl_set_point(0)
        rl_insert_text(text)
        rl_end_undo_group()
    }

    private func moveLine(up: Bool, before: String, after: String) {
        let linesBefore = before.split(separator: "\n", omittingEmptySubsequences: false)
        let column = linesBefore.last?.count ?? 0
        if up {
            let previous = linesBefore[linesBefore.count - 2]
            let start = linesBefore.dropLast(2).reduce(0) { $0 + $1.utf8.count + 1 }
            lethe_rl_set_point(Int32(start + previous.prefix(column).utf8.count))
        } else {
            let linesAfter = after.split(separator: "\n", omittingEmptySubsequences: false)
            let start = before.utf8.count + linesAfter[0].utf8.count + 1
            lethe_rl_set_point(Int32(start + linesAfter[1].prefix(column).utf8.count))
        }
    }

    // MARK: Lines and words

    fileprivate func arrived(_ line: UnsafeMutablePointer<CChar>?) {
        if line != nil { lethe_rl_not_at_end() }
        rl_callback_handler_remove()
        guard let line else {
            outcome = .endOfInput
            return
        }
        outcome = .accepted(Transcript.stripped(String(cString: line)))
        free(line)
    }
}

// MARK: - What readline calls

private func lineArrived(_ line: UnsafeMutablePointer<CChar>?) { activeReader?.arrived(line) }
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
private func upPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.move(up: true, key) } }
private func downPressed(_ count: Int32, _ key: Int32) -> Int32 { pressed { $0.move(up: false, key) } }
