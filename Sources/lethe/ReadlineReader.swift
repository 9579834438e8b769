// Reads cells at a terminal through GNU readline's callback interface, with signals and waiting our own.
//
// The blocking readline() does not return on Ctrl-C before another key is pressed; with callbacks, poll and a self-pipe
// it takes a millisecond (CPython's recipe, Modules/readline.c).
import CReadline
import Glibc
import Language
import Notebook

/// The one reader readline's C callbacks talk to; they can capture nothing. Set and used on the main thread only.
nonisolated(unsafe) var activeReader: ReadlineReader?

/// Reads whole cells from a terminal, with editing, history and completion.
final class ReadlineReader: CellReader {
    /// What ended the line under way, set by readline's callbacks.
    enum Outcome {
        case accepted(String)
        case endOfInput
        case cancelled
    }

    private let wakeDescriptor: Int32
    let isComplete: (String) -> CellCompleteness
    let complete: (String, Int) -> Completion
    let lineForEmptyInput: () -> String?
    private let aids: () -> TypingAids
    /// What helps with the line under way; with any we draw it, and not readline.
    var typingAids: TypingAids = []
    /// Told what the terminal says of itself.
    let hear: (DeviceAttributes) -> Void
    /// What was typed while the terminal was asked something else.
    var typedAhead: [UInt8] = []
    var outcome: Outcome?
    /// The window has got another size, and the line is to be drawn anew.
    private var windowHasChanged = false
    /// Some of the line was pasted, so it may be a transcript.
    var hasPasted = false
    /// What stands on the screen, see `redraw`.
    var screen = Screen()
    /// What TAB found for the word at the cursor.
    var completion = Completion(start: 0, candidates: [])
    /// The cells that Up and Down go through. Readline has them too, for Ctrl-R; its own way of walking through them
    /// lets edited entries and their undos get entangled.
    var recall: Recall

    /// - Parameters:
    ///   - wakeDescriptor: readable whenever a signal arrived (`Signals.install`).
    ///   - history: earlier cells, oldest first.
    ///   - isComplete: whether Enter runs the text or adds a line.
    ///   - complete: candidates for the text and the cursor's UTF-8 offset in it.
    ///   - lineForEmptyInput: what Enter on an empty line stands for, if anything.
    ///   - aids: colours and suggestions, asked at every prompt.
    ///   - hear: is told what the terminal says of itself after it was no longer waited for.
    init(
        wakeDescriptor: Int32, history: [String], isComplete: @escaping (String) -> CellCompleteness,
        complete: @escaping (String, Int) -> Completion, lineForEmptyInput: @escaping () -> String?,
        aids: @escaping () -> TypingAids, hear: @escaping (DeviceAttributes) -> Void
    ) {
        self.wakeDescriptor = wakeDescriptor
        self.isComplete = isComplete
        self.complete = complete
        self.lineForEmptyInput = lineForEmptyInput
        self.aids = aids
        self.hear = hear
        recall = Recall(cells: history.map(visible))
        setlocale(LC_CTYPE, "")
        // A bare container has no locale set; without one readline would show every accented letter as octal digits.
        if lethe_locale_is_single_byte() != 0 { setlocale(LC_CTYPE, "C.UTF-8") }
        lethe_rl_configure()
        // Before rl_initialize, so that the user's own inputrc wins.
        for (name, value) in [
            ("enable-bracketed-paste", "on"), ("blink-matching-paren", "off"), ("show-all-if-unmodified", "on"),
            ("colored-stats", "off"), ("bell-style", "none"), ("echo-control-characters", "off"),
            ("keyseq-timeout", "100"),
        ] {
            rl_variable_bind(name, value)
        }
        if isatty(1) == 0 { rl_variable_bind("enable-meta-key", "off") }
        rl_initialize()
        lethe_rl_set_redisplay(redrawLine)
        // Other programs' cells may stand in the file, too.
        let history = history.map(visible)
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

    func read(prompt: String, text: String) -> CellReaderEvent {
        outcome = nil
        screen = Screen()
        hasPasted = false
        windowHasChanged = false
        recall.restart()
        typingAids = canPaint ? aids() : []
        rl_reset_screen_size()  // the window may have changed while a cell ran
        Signals.setMode(.prompt)
        _ = Signals.takePending()
        Signals.watchTerminal(true)
        defer { Signals.watchTerminal(false) }
        rl_callback_handler_install(prompt, lineArrived)
        if !text.isEmpty {
            replaceLine(with: visible(text))
            redrawLine()
        }
        while !typedAhead.isEmpty {
            rl_stuff_char(Int32(typedAhead.removeFirst()))
            rl_callback_read_char()
            if let event = event() { return event }
        }
        while true {
            var descriptors = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            // While the window is being drawn larger or smaller, sizes follow each other: the last one counts.
            let events = poll(&descriptors, wakeDescriptor >= 0 ? 2 : 1, windowHasChanged ? 60 : -1)
            if windowHasChanged, events == 0 || descriptors[0].revents != 0 {
                windowHasChanged = false
                windowChanged()
            }
            if let event = answerSignals() { return event }
            if descriptors[0].revents != 0 {
                rl_callback_read_char()
                if let event = event() { return event }
                // A terminal that went away reads as nothing for ever.
                if descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
                    rl_callback_handler_remove()
                    return .terminated(SIGHUP)
                }
            }
        }
    }

    /// What the key that was read has ended the line with, if anything.
    private func event() -> CellReaderEvent? {
        switch outcome {
        case .accepted(let text): return .cell(text)
        case .endOfInput: return .endOfInput
        case .cancelled:
            abandonLine(showing: "")
            return .interrupted
        case nil: return nil
        }
    }

    /// Acts on the signals that arrived; a value ends this reading.
    private func answerSignals() -> CellReaderEvent? {
        var bytes = [UInt8](repeating: 0, count: 64)
        while Glibc.read(wakeDescriptor, &bytes, bytes.count) > 0 {}
        let arrived = Signals.takePending()
        if arrived == 0 { return nil }
        if Signals.has(arrived, SIGTERM) || Signals.has(arrived, SIGHUP) {
            leaveLine()
            rl_callback_handler_remove()
            return .terminated(Signals.has(arrived, SIGTERM) ? SIGTERM : SIGHUP)
        }
        if Signals.has(arrived, SIGINT) {
            abandonLine(showing: "^C")
            return .interrupted
        }
        if Signals.has(arrived, SIGTSTP) {
            leaveLine()
            // Readline puts the cursor behind the last row of what it has drawn.
            rl_cleanup_after_signal()
            Signals.stopAndContinue()
            rl_reset_after_signal()
            drawAfresh()
        } else if Signals.has(arrived, SIGCONT) {
            // Stopped from outside; whoever ran meanwhile may have left the terminal cooked.
            rl_cleanup_after_signal()
            rl_reset_after_signal()
            drawAfresh()
        }
        if Signals.has(arrived, SIGWINCH) { windowHasChanged = true }
        return nil
    }

    private func abandonLine(showing mark: String) {
        // A search, an argument or a sequence of keys ends first; then the mark goes behind the last line of what was
        // on screen. Discarding the argument redraws the line, so that comes before the mark.
        rl_callback_sigcleanup()
        lethe_rl_set_point(lethe_rl_end())
        rl_discard_argument()
        leaveLine()
        lethe_rl_forget_undo()
        lethe_rl_not_at_end()
        lethe_rl_flush()
        Terminal.writeToStandardError(mark + "\n")
        rl_on_new_line()
        rl_cleanup_after_signal()
        rl_callback_handler_remove()
    }

    // MARK: The line

    var buffer: String { lethe_rl_buffer().map { String(cString: $0) } ?? "" }

    /// The text before the cursor.
    var beforeCursor: String {
        guard let start = lethe_rl_buffer() else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(lethe_rl_point())), as: UTF8.self)
    }

    var afterCursor: String { String(buffer.utf8.dropFirst(Int(lethe_rl_point()))) ?? "" }

    /// What is run of the line: prompts and outputs of a transcript go.
    func cell(of line: String) -> String {
        hasPasted ? Transcript.stripped(line) : Transcript.strippedWhereSenseless(line)
    }

    /// Something was pasted. Readline would give the terminal what it cannot see, to obey; written out it means the
    /// same inside a string, and is seen everywhere else.
    func hasArrivedFromOutside() {
        hasPasted = true
        let shown = visible(buffer)
        guard shown != buffer else { return }
        let place = Int32(visible(beforeCursor).utf8.count)
        replaceLine(with: shown)
        lethe_rl_set_point(place)
    }

    /// Puts another text in the place of the whole line, in one step for undo.
    func replaceLine(with text: String) {
        rl_begin_undo_group()
        rl_delete_text(0, lethe_rl_end())
        lethe_rl_set_point(0)
        rl_insert_text(text)
        rl_end_undo_group()
    }

    fileprivate func arrived(_ line: UnsafeMutablePointer<CChar>?) {
        if line != nil { lethe_rl_not_at_end() }
        rl_callback_handler_remove()
        guard let line else {
            outcome = .endOfInput
            return
        }
        outcome = .accepted(cell(of: String(cString: line)))
        free(line)
    }
}

// MARK: - What readline calls

private func lineArrived(_ line: UnsafeMutablePointer<CChar>?) { activeReader?.arrived(line) }
