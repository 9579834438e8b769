// The prompt: reads a cell, runs it, remembers it, until the input ends.
import Foundation
import Notebook

/// A conversation at a terminal.
final class Prompt {
    private let session: Session
    private let console: Console
    private let reader: any CellReader
    private let history: HistoryFile?
    private var lastRemembered: String?
    private let colorsPrompt: Bool
    private let editsLines: Bool

    init(session: Session, console: Console, options: CommandLineOptions, wakeDescriptor: Int32) {
        self.session = session
        self.console = console
        editsLines = Terminal.inputIsTerminal && Terminal.errorIsTerminal && !Terminal.isDumb
        colorsPrompt = editsLines && Terminal.usesColor(options.color, isTerminal: true)
        let path = options.noHistory || !editsLines ? nil : HistoryFile.standardPath(environment: ProcessInfo.processInfo.environment)
        history = path.map { HistoryFile(path: $0) }
        if editsLines {
            let earlier = history?.load() ?? []
            lastRemembered = earlier.last
            reader = ReadlineReader(
                wakeDescriptor: wakeDescriptor, history: earlier, isComplete: { session.isComplete($0) },
                complete: { session.complete($0, at: $1) }, lineForEmptyInput: { session.lineForEmptyInput })
        } else {
            reader = PlainReader(
                wakeDescriptor: wakeDescriptor, showsPrompt: Terminal.errorIsTerminal, isComplete: { session.isComplete($0) })
        }
    }

    /// Reads and runs cells until there are no more. Returns the exit status.
    func run() -> Int32 {
        while !session.isQuitting {
            switch reader.read(prompt: promptText) {
            case .cell(let text):
                var text = text
                if !text.contains(where: { !$0.isWhitespace }) {
                    // During the tour an empty line stands for the one that is shown; readline has put it there itself.
                    guard let line = session.lineForEmptyInput else { continue }
                    console.message(line + "\n")
                    text = line
                }
                // Remembered before it runs: a crash must not lose the cell that caused it.
                remember(text)
                Signals.setMode(.cell)
                session.run(Cell(text))
                console.results.flush()
            case .interrupted: continue
            case .endOfInput:
                // Readline moves to a new line itself.
                if !editsLines, Terminal.errorIsTerminal { console.message("\n") }
                return 0
            case .terminated(let signal):
                return 128 + signal
            }
        }
        return 0
    }

    /// `3> `; colours stand between marks that tell readline they take no room.
    private var promptText: String {
        let text = Transcript.prompt(cell: session.nextCell)
        return colorsPrompt ? "\u{1}\u{1B}[1;32m\u{2}\(text)\u{1}\u{1B}[0m\u{2}" : text
    }

    private func remember(_ cell: String) {
        guard HistoryFile.isWorthKeeping(cell, after: lastRemembered) else { return }
        lastRemembered = cell
        reader.remember(cell)
        history?.append(cell, at: Int(Date().timeIntervalSince1970))
    }
}
