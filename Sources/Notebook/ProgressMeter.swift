// Shows how far a long operation has come: a bar on a terminal, a line every tenth elsewhere, nothing when quiet.
import Language

/// Draws progress as operations report it. It never writes before an operation has taken 300 ms, redraws at most ten
/// times a second, and leaves one summary line.
///
/// Used on one thread: the one that evaluates.
public final class ProgressMeter {
    /// What whoever shows progress is told.
    public enum Event: Sendable, Equatable {
        /// The line that stands for the operation now; it takes the place of the line before.
        case line(String)
        /// The line is to go.
        case cleared
        /// An operation has ended, and this is to stay of it.
        case summary(String)
    }

    /// How to show progress.
    public enum Style: Sendable, Equatable {
        /// A bar that is redrawn in place.
        case bar
        /// Plain lines, for files and dumb terminals.
        case lines
        /// Nothing (`--quiet`).
        case none
    }

    private static let quietTime = 0.3
    private static let quietTimeOfLoops = 2.0
    private static let redrawInterval = 0.1
    /// The terminal writes `^C` behind the bar, which must not break the line.
    private static let roomForEcho = 3

    private let style: Style
    private let columns: () -> Int
    private let clock: () -> Double
    private let write: (String) -> Void
    /// Takes events in place of a terminal's text.
    private let show: ((Event) -> Void)?

    private var operation: Operation?
    /// The user's own loop that runs, behind whatever reports from inside it.
    private var loop: Operation?
    /// Something inside the loop has left a summary, which says more than the loop's own bar.
    private var loopIsSilent = false
    private var isDrawn = false
    private var lastDrawn = -Double.infinity

    /// Columns that the drawn bar fills.
    private var drawnWidth = 0

    private struct Operation {
        var title: String
        var unit: String
        var total: Int
        var done: Int
        var note: String
        var began: Double
        var tenth: Int
        var firstDone: Int
        /// Something of it was shown, so it deserves a summary.
        var wasShown = false
    }

    /// - Parameters:
    ///   - style: bar, lines or nothing.
    ///   - columns: width of the terminal, asked at every redraw.
    ///   - clock: seconds that only grow.
    ///   - write: where the text goes (standard error).
    public init(
        style: Style, columns: @escaping () -> Int, clock: @escaping () -> Double, write: @escaping (String) -> Void
    ) {
        self.style = style
        self.columns = columns
        self.clock = clock
        self.write = write
        show = nil
    }

    /// A meter for front ends that have a place for its line, which they write anew themselves.
    public init(columns: @escaping () -> Int, clock: @escaping () -> Double, show: @escaping (Event) -> Void) {
        style = .bar
        self.columns = columns
        self.clock = clock
        write = { _ in }
        self.show = show
    }

    /// Reports that `done` of `total` steps (or other units) of the operation `title` are done; `note` says how it goes
    /// (`loss 2.113`).
    ///
    /// `done == total` ends the operation and leaves its summary. A smaller `done`, another title or another total
    /// begins a new one.
    public func report(_ title: String, done: Int, total: Int, unit: String = "steps", note: String) {
        guard style != .none else { return }
        let (now, title, note) = (clock(), visibleLine(title), visibleLine(note))
        if let current = operation, current.title != title || current.total != total || done < current.done {
            finishOperation()
        }
        var current =
            operation
            ?? Operation(
                title: title, unit: unit, total: total, done: done, note: note, began: now, tenth: 0, firstDone: done)
        current.done = done
        current.note = note
        operation = current
        if done >= total {
            finishOperation()
            return
        }
        // A log is not to be filled by every turn of a loop.
        guard now - current.began >= (style == .lines && isInLoop ? Self.quietTimeOfLoops : Self.quietTime) else {
            return
        }
        if draw(&current, now: now) { operation = current }
    }

    private var isInLoop: Bool { loop.map { $0.total > 1 } ?? false }

    /// Reports that a loop of the user's has done `done` of `total` turns. It is shown from its second second on,
    /// unless something inside it leaves a summary of its own.
    public func reportLoop(done: Int, total: Int) {
        guard style != .none else { return }
        let now = clock()
        if loop == nil || loop?.total != total || done < loop?.done ?? 0 {
            loop = Operation(
                title: "for", unit: "turns", total: total, done: done, note: "", began: now, tenth: 0, firstDone: done)
            loopIsSilent = false
        }
        guard var current = loop else { return }
        current.done = done
        loop = current
        if done >= total { return finishLoop() }
        guard !loopIsSilent, now - current.began >= Self.quietTimeOfLoops else { return }
        if draw(&current, now: now) { loop = current }
    }

    /// Draws an operation's bar or writes its line, when it is time to. Returns whether it was.
    private func draw(_ current: inout Operation, now: Double) -> Bool {
        switch style {
        case .bar:
            guard now - lastDrawn >= Self.redrawInterval else { return false }
            lastDrawn = now
            let place =
                operation != nil && current.title == operation?.title && isInLoop
                ? loop.map { "\($0.title) \(min($0.done + 1, $0.total))/\($0.total)  " } ?? "" : ""
            let room = max(1, columns() - Self.roomForEcho)
            let line = clipped(place + barLine(current, now: now, room: room - displayWidth(place)), to: room)
            if let show { show(.line(line)) } else { write(eraser + line + "\u{1B}[K") }
            isDrawn = true
            drawnWidth = displayWidth(line)
        case .lines:
            let tenth = current.done * 10 / max(current.total, 1)
            guard tenth > current.tenth else { return false }
            current.tenth = tenth
            let note = current.note.isEmpty ? "" : "  " + current.note
            write("\(current.title)  \(tenth * 10)%  \(current.done)/\(current.total)\(note)\n")
        case .none: return false
        }
        current.wasShown = true
        return true
    }

    /// Goes to where the drawn bar begins; where the terminal has become narrower since, the bar fills several lines.
    private var eraser: String {
        let rows = isDrawn ? (drawnWidth - 1) / max(1, columns()) : 0
        return rows > 0 ? "\r\u{1B}[\(rows)A\u{1B}[J" : "\r"
    }

    /// Takes a drawn bar off the screen before other text is written; the next report draws it again.
    public func clear() {
        guard isDrawn else { return }
        if let show { show(.cleared) } else { write(eraser + "\u{1B}[K") }
        isDrawn = false
        drawnWidth = 0
        lastDrawn = -Double.infinity
    }

    /// Ends what is under way, complete or not; leaves a summary when anything of it had been shown.
    public func finish() {
        finishOperation()
        finishLoop()
    }

    private func finishOperation() {
        guard let ended = operation else { return }
        operation = nil
        // Of short operations in a loop the loop gives account.
        if isInLoop, clock() - ended.began < Self.quietTimeOfLoops { return clear() }
        if ended.wasShown { loopIsSilent = true }
        summarize(ended)
    }

    private func finishLoop() {
        guard let ended = loop else { return }
        loop = nil
        summarize(ended)
    }

    private func summarize(_ ended: Operation) {
        guard ended.wasShown else { return }
        clear()
        let seconds = clock() - ended.began
        var parts = ["\(ended.title)  \(ended.done)/\(ended.total)"]
        if !ended.note.isEmpty { parts.append(ended.note) }
        parts.append(Self.duration(seconds))
        let rate = Double(ended.done - ended.firstDone) / max(seconds, 1e-9)
        if rate > 0, !ended.unit.isEmpty { parts.append("\(Self.rate(rate)) \(ended.unit)/s") }
        let summary = parts.joined(separator: "  ")
        if let show { show(.summary(summary)) } else { write(summary + "\n") }
    }

    /// The bar gives way before the words do.
    private func barLine(_ operation: Operation, now: Double, room: Int) -> String {
        let fraction = min(max(Double(operation.done) / Double(max(operation.total, 1)), 0), 1)
        let percent = Int(fraction * 100)
        let padding = String(repeating: " ", count: 3 - String(percent).count)
        var line = "\(padding)\(percent)%  \(operation.done)/\(operation.total)"
        if !operation.note.isEmpty { line += "  " + operation.note }
        let elapsed = now - operation.began
        let steps = operation.done - operation.firstDone
        if steps > 0, elapsed > 0 {
            let perSecond = Double(steps) / elapsed
            line += """
                  \(Self.rate(perSecond))/s  \(Self.clockTime(Double(operation.total - operation.done) / perSecond)) \
                left
                """
        }
        for cells in [10, 5] {
            let whole = "\(operation.title)  [\(Self.bar(fraction, cells: cells))] " + line
            if displayWidth(whole) <= room { return whole }
        }
        return "\(operation.title) " + line
    }

    /// Some cells in eighths of a block.
    static func bar(_ fraction: Double, cells: Int) -> String {
        let eighths = Int((fraction * Double(cells * 8)).rounded(.down))
        let full = eighths / 8
        var text = String(repeating: "█", count: full)
        if full < cells, eighths % 8 > 0 { text.append(["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1]) }
        return text + String(repeating: " ", count: cells - text.count)
    }

    private static func rate(_ perSecond: Double) -> String {
        perSecond >= 10 ? String(Int(perSecond.rounded())) : oneDecimal(perSecond)
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func duration(_ seconds: Double) -> String {
        seconds < 100 ? "\(oneDecimal(seconds)) s" : clockTime(seconds)
    }

    private static func clockTime(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
