// Reads cells line by line from standard input without readline: TERM=dumb, Emacs, or a stderr that is not a terminal.
import Glibc
import Language
import Notebook

/// Reads lines until they form a cell; the terminal edits, there is no history and no completion.
final class PlainReader: CellReader {
    private let wakeDescriptor: Int32
    private let isComplete: (String) -> CellCompleteness
    private let showsPrompt: Bool
    private var bytes: [UInt8] = []

    init(wakeDescriptor: Int32, showsPrompt: Bool, isComplete: @escaping (String) -> CellCompleteness) {
        self.wakeDescriptor = wakeDescriptor
        self.showsPrompt = showsPrompt
        self.isComplete = isComplete
    }

    func remember(_ cell: String) {}

    func read(prompt: String, text: String) -> CellReaderEvent {
        Signals.setMode(.prompt)
        _ = Signals.takePending()
        // The terminal edits: it can be shown, to be copied.
        if !text.isEmpty { Terminal.writeToStandardError(visible(text) + "\n") }
        var cell = ""
        while true {
            if showsPrompt { Terminal.writeToStandardError(cell.isEmpty ? prompt : Transcript.continuationPrompt) }
            switch readLine() {
            case .interrupted:
                Terminal.writeToStandardError("\n")
                return .interrupted
            case .end where cell.isEmpty:
                return .endOfInput
            case .end:
                // Ctrl-D in an open block leaves the block; at a real end of input the next read says so again.
                Terminal.writeToStandardError("\n")
                return .interrupted
            case .line(let line):
                cell += (cell.isEmpty ? "" : "\n") + line
                let text = Transcript.stripped(cell)
                if case .complete = isComplete(text) { return .cell(text) }
            }
        }
    }

    private enum Line {
        case line(String)
        case end
        case interrupted
    }

    private func readLine() -> Line {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            if let newline = bytes.firstIndex(of: 10) {
                let line = String(decoding: bytes[..<newline], as: UTF8.self)
                bytes.removeSubrange(...newline)
                return .line(line)
            }
            var descriptors = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&descriptors, wakeDescriptor >= 0 ? 2 : 1, -1)
            while Glibc.read(wakeDescriptor, &chunk, chunk.count) > 0 {}
            if Signals.has(Signals.takePending(), SIGINT) {
                bytes.removeAll()
                return .interrupted
            }
            guard descriptors[0].revents != 0 else { continue }
            let count = Glibc.read(0, &chunk, chunk.count)
            if count > 0 {
                bytes += chunk[..<count]
            } else if count == 0 || errno != EINTR {
                guard !bytes.isEmpty else { return .end }
                // A last line without its newline.
                defer { bytes.removeAll() }
                return .line(String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
