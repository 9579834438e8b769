// The prompt: reads a cell, runs it, remembers it, until the input ends.
import Foundation
import Language
import Notebook

/// A conversation at a terminal.
final class Prompt {
    private let session: Session
    private let console: Console
    private let reader: any CellReader
    private let history: HistoryFile?
    /// Where the cells of running sessions stand; nil when none are to be kept.
    private let journalFolder: String?
    private let options: LetheCommand
    private let lost: LostSession?
    /// Earlier cells and those of this session, oldest first.
    private var remembered: [String] = []
    private var lastRemembered: String? { remembered.last }
    /// What `:history !812` brings to the next prompt.
    private var textToEdit = ""
    private let colorsPrompt: Bool
    private let editsLines: Bool

    init(session: Session, console: Console, options: LetheCommand, lost: LostSession?, wakeDescriptor: Int32) {
        self.session = session
        self.console = console
        editsLines = Terminal.inputIsTerminal && Terminal.errorIsTerminal && !Terminal.isDumb
        colorsPrompt = editsLines && Terminal.usesColor(options.color, isTerminal: true)
        let path =
            options.noHistory || !editsLines
            ? nil : HistoryFile.standardPath(environment: ProcessInfo.processInfo.environment)
        history = path.map { HistoryFile(path: $0) }
        self.options = options
        self.lost = lost
        journalFolder =
            options.noHistory ? nil : Journal.standardFolder(environment: ProcessInfo.processInfo.environment)
        if editsLines {
            let earlier = history?.load() ?? []
            remembered = earlier
            reader = ReadlineReader(
                wakeDescriptor: wakeDescriptor, history: earlier, isComplete: { session.isComplete($0) },
                complete: { session.complete($0, at: $1) }, lineForEmptyInput: { session.lineForEmptyInput },
                aids: { [colorsPrompt] in colorsPrompt ? session.typingAids : [] },
                hear: { console.pictures.hear($0) })
        } else {
            reader = PlainReader(
                wakeDescriptor: wakeDescriptor, showsPrompt: Terminal.errorIsTerminal,
                isComplete: { session.isComplete($0) })
        }
        session.promptHistory = PromptHistory(
            cells: { [unowned self] in remembered }, edit: { [unowned self] in textToEdit = $0 })
    }

    /// Reads and runs cells until there are no more. Returns the exit status.
    ///
    /// - Parameter script: what runs in the session before the first prompt.
    func run(after script: (path: String, text: String)? = nil) -> Int32 {
        if !options.noInit { runStartupFile() }
        if let journalFolder { LostSession.clean(journalFolder) }
        let journal = journalFolder.map { Journal(folder: $0, seed: session.firstSeed, restoring: lost) }
        if let lost {
            bringBack(lost, journal)
        } else if options.recover {
            console.message("there is no session to bring back\n")
        } else if script == nil, !options.quiet, let journalFolder, let lost = LostSession.latest(in: journalFolder),
            // Whoever did not want it back for a day does not want it.
            lost.lastSeen.timeIntervalSinceNow > -86_400
        {
            let cells = lost.cells.count
            tell(
                """
                a session of \(cells) cell\(cells == 1 ? "" : "s") was killed (begun \(Self.time(lost.began))); lethe \
                --recover brings it back
                """)
        }
        if let script {
            journal?.begin(":load \(script.path)")
            Signals.setMode(.cell)
            session.begin(with: script.text, name: script.path)
            journal?.end(session)
        }
        let status = converse(journal)
        // Whoever is terminated may want the session back.
        if status < 128 || session.exitStatus != nil { journal?.remove() }
        return status
    }

    /// `init.lethe` in the configuration folder, for the prompt alone: what a script does depends on nothing but
    /// itself.
    private func runStartupFile() {
        let environment = ProcessInfo.processInfo.environment
        guard
            let folder = environment["XDG_CONFIG_HOME"].flatMap({ $0.hasPrefix("/") ? $0 : nil })
                ?? environment["HOME"].map({ $0 + "/.config" })
        else { return }
        let path = folder + "/lethe/init.lethe"
        guard access(path, F_OK) == 0 else { return }
        console.pictures.isStarting = true
        defer { console.pictures.isStarting = false }
        do {
            let text = try ScriptFile.read(path, isInterrupted: Signals.wasInterrupted)
            Signals.setMode(.cell)
            session.begin(with: text, name: path)
        } catch {
            console.complain((error as? LanguageError)?.message ?? "\(error)")
        }
    }

    /// Runs the cells of a session that was killed, as far as they had ended.
    private func bringBack(_ lost: LostSession, _ journal: Journal?) {
        let cells = lost.cells.count
        tell("bringing back \(cells) cell\(cells == 1 ? "" : "s") of \(Self.time(lost.began)), in")
        console.message(lost.folder + "\n")
        if !FileManager.default.changeCurrentDirectoryPath(lost.folder) {
            console.message("warning: that folder cannot be entered\n")
        }
        for cell in lost.cells {
            let prompt = Transcript.prompt(cell: session.nextCell)
            let text = cell.text.replacingOccurrences(
                of: "\n", with: "\n" + String(repeating: " ", count: prompt.count))
            console.message(prompt + text + "\n")
            guard cell.hasEnded, !cell.isUnrepeatable else {
                let reason = cell.hasEnded ? "had been interrupted" : "was running when the session was killed"
                tell("not run again: it \(reason); Up brings its text")
                remember(cell.text)
                continue
            }
            journal?.begin(cell.text)
            Signals.setMode(.cell)
            session.rerun(cell)
            // What is stopped now stays to be brought back.
            if Signals.interruptLevel > 0 {
                tell("stopped; lethe --recover brings the whole session back another time")
                journal?.stopRestoring()
                return
            }
            journal?.end(session)
            console.results.flush()
        }
        lost.remove()
    }

    /// Says something, broken between words.
    private func tell(_ text: String) {
        console.message(wrapped(text, to: Terminal.columns(of: 2)).joined(separator: "\n") + "\n")
    }

    private static func time(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy-MM-dd HH:mm"
        return formatter.string(from: date)
    }

    private func converse(_ journal: Journal?) -> Int32 {
        while !session.isQuitting {
            let text = textToEdit
            textToEdit = ""
            if session.isSpaced { console.message("\n") }
            switch reader.read(prompt: promptText, text: text) {
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
                journal?.begin(text)
                Signals.setMode(.cell)
                session.run(Cell(text))
                console.results.flush()
                journal?.end(session)
            case .interrupted: continue
            case .endOfInput:
                // Readline moves to a new line itself.
                if !editsLines, Terminal.errorIsTerminal { console.message("\n") }
                return 0
            case .terminated(let signal):
                return 128 + signal
            }
        }
        return session.exitStatus ?? 0
    }

    /// `3> `; colours stand between marks that tell readline they take no room.
    private var promptText: String {
        let text = Transcript.prompt(cell: session.nextCell)
        return colorsPrompt ? "\u{1}\u{1B}[1;32m\u{2}\(text)\u{1}\u{1B}[0m\u{2}" : text
    }

    private func remember(_ cell: String) {
        guard HistoryFile.isWorthKeeping(cell, after: lastRemembered) else { return }
        remembered.append(cell)
        reader.remember(cell)
        history?.append(cell, at: Int(Date().timeIntervalSince1970))
    }
}
