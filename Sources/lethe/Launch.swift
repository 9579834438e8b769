// One run of the program: the session and its streams as the command line asks for them, and the ways to run cells in
// it.
import ArgumentParser
import Foundation
import Language
import Notebook
import Protocols
import Tensors
import Vocabulary

struct Launch {
    private var options: LetheCommand
    /// The session that `--recover` brings back.
    private let lost: LostSession?
    private let started = Console.seconds()
    private let wakeDescriptor: Int32

    init(options: LetheCommand) {
        self.options = options
        lost =
            options.recover
            ? Journal.standardFolder(environment: ProcessInfo.processInfo.environment).flatMap {
                LostSession.latest(in: $0)
            } : nil
        // Its random numbers come back with it.
        if let lost { self.options.seed = lost.seed }
        wakeDescriptor = Signals.install()
    }

    // MARK: What there is to do; each returns the exit status

    /// A conversation at the terminal.
    func prompt() -> Int32 {
        withConsole(isInteractive: true) { console in
            if !options.quiet { console.message(banner()) }
            return prompt(session(console), console).run()
        }
    }

    /// The same, after a script has run in it.
    func prompt(after path: String, arguments: [String]) -> Int32 {
        withConsole(isInteractive: true) { console in
            if !options.quiet { console.message(banner()) }
            return reading(console) {
                let text = try ScriptFile.read(path, isInterrupted: Signals.wasInterrupted)
                let session = session(console)
                session.bind("args", to: .list(arguments.map { .string($0) }))
                return prompt(session, console).run(after: (path, text))
            }
        }
    }

    /// A script from a file, or from standard input.
    func run(script path: String?, arguments: [String]) -> Int32 {
        withConsole { console in
            Signals.setMode(.script)
            return reading(console) {
                // The first rank alone has the input, and perhaps the file.
                let bytes = try Company.ranks.fromFirst("script") {
                    let text =
                        try path.map { try ScriptFile.read($0, isInterrupted: Signals.wasInterrupted) }
                        ?? ScriptFile.readStandardInput(isInterrupted: Signals.wasInterrupted)
                    return Array(text.utf8)
                }
                let text = String(decoding: bytes, as: UTF8.self)
                return runner(console).status(of: text, name: path ?? "-", arguments: arguments)
            }
        }
    }

    /// One cell.
    func run(expression text: String, arguments: [String]) -> Int32 {
        withConsole { console in
            Signals.setMode(.script)
            return runner(console).status(of: text, name: "-e", arguments: arguments)
        }
    }

    /// Anything else that writes to the standard streams.
    func withConsole(isInteractive: Bool = false, _ body: (Console) throws -> Int32) rethrows -> Int32 {
        let console = Console(options: options, isInteractive: isInteractive)
        defer {
            console.results.flush()
            if options.time { console.message("time: \(SessionCommands.duration(Console.seconds() - started))\n") }
        }
        return try body(console)
    }

    private func reading(_ console: Console, _ body: () throws -> Int32) -> Int32 {
        do {
            return try body()
        } catch {
            if Signals.wasInterrupted() { return 130 }
            console.complain((error as? LanguageError)?.message ?? "\(error)")
            return 2
        }
    }

    private func prompt(_ session: Session, _ console: Console) -> Prompt {
        Prompt(session: session, console: console, options: options, lost: lost, wakeDescriptor: wakeDescriptor)
    }

    private func runner(_ console: Console) -> ScriptRunner {
        ScriptRunner(session: session(console), keepsGoing: options.keepGoing, finishesWork: options.time)
    }

    /// A session over JSON lines on the standard streams.
    func serveJSON(allowsShell: Bool, log: String?) throws -> Int32 {
        let log = try Self.log(log)
        return serve { output in
            JSONLinesServer(
                maker: maker(allowsShell: allowsShell, givesData: true), cancellation: Signals.cancellation,
                input: ProtocolStreams.takeStandardInput(),
                output: output, log: log
            ).serve()
        }
    }

    /// A session as tools of the Model Context Protocol on the standard streams.
    func serveTools(allowsShell: Bool, log: String?) throws -> Int32 {
        let log = try Self.log(log)
        return serve { output in
            MCPServer(
                maker: maker(allowsShell: allowsShell), cancellation: Signals.cancellation, version: Version.number,
                input: ProtocolStreams.takeStandardInput(), output: output, log: log
            ).serve()
        }
    }

    private func serve(_ body: (_ output: Int32) -> Int32) -> Int32 {
        Signals.setMode(.script)
        return body(ProtocolStreams.takeStandardOutput())
    }

    private static func log(_ path: String?) throws -> SessionLog? {
        do {
            return try path.map { try SessionLog($0) }
        } catch {
            throw ValidationError("\(error)")
        }
    }

    // MARK: Sessions

    private func maker(allowsShell: Bool, givesData: Bool = false) -> SessionMaker {
        SessionMaker(
            threads: threads, seed: options.seed, cancellation: Signals.cancellation,
            shell: allowsShell ? .allowed : .refused, givesData: givesData)
    }

    private var threads: Int { options.threads ?? Company.threads }

    /// A session whose outputs go to the console.
    func session(_ console: Console) -> Session {
        let session = Session(configuration(console))
        session.onOutput = { console.show($0) }
        session.beforeStatement = { console.results.flush() }
        return session
    }

    /// A session whose outputs are compared or exported: they do not depend on the window, and it runs lines for the
    /// shell only where the user has said so — a script is checked before it is trusted.
    func checkedSession(_ console: Console, allowsShell: Bool = false) -> Session {
        var configuration = configuration(console)
        configuration.width = { Rendering.standardWidth }
        configuration.isUnicode = { true }
        if !allowsShell {
            configuration.shell = { console.message("not run: !\($0) (--allow-shell runs lines for the shell)\n") }
        }
        return Session(configuration)
    }

    private func configuration(_ console: Console) -> Session.Configuration {
        let ranks = Company.ranks
        let device = Device(threads: threads, cancellation: Signals.cancellation, ranks: ranks)
        let engine = EngineContext(device: device, seed: options.seed)
        // The device's threads are all that this process has, but for those of MPI.
        engine.copiesProcess = !ranks.sharesWork
        var configuration = Session.Configuration(engine)
        if ranks.sharesWork {
            // What a rank prints is alike on all, though only one of them is seen.
            configuration.width = { Rendering.standardWidth }
            configuration.isUnicode = { true }
        } else {
            configuration.width = { Terminal.columns(of: 1) }
            configuration.isUnicode = { Terminal.isUnicode }
        }
        configuration.progress = console.meter
        configuration.fresh = { self.checkedSession(console) }
        if Terminal.outputIsTerminal, !Terminal.isDumb {
            // Home, then everything below it.
            configuration.clear = { console.results.write("\u{1B}[H\u{1B}[2J") }
        }
        if Terminal.inputIsTerminal, Terminal.outputIsTerminal, !Terminal.isDumb {
            configuration.rows = { Terminal.rows }
            configuration.pager = { Pager.show($0, console) }
            configuration.showsPixels = { console.pictures.areShown }
            // Whether a terminal shows sixels it must be asked, which nobody is while the program starts.
            configuration.beginsWithPixels = KittyGraphics.isSpoken
        }
        configuration.searchPath = SearchPath.folders(environment: ProcessInfo.processInfo.environment)
        configuration.shell = { line in
            console.results.flush()
            signal(SIGPIPE, SIG_DFL)  // an ignored signal would stay ignored in the shell's commands
            let status = system(line)
            signal(SIGPIPE, SIG_IGN)
            // Ctrl-C has left the cursor behind its mark; the shell says 130 of a command that it ended.
            if status & 0x7F == SIGINT || status >> 8 & 0xFF == 128 + SIGINT { console.message("\n") }
        }
        return configuration
    }

    /// What runs here and where to begin: one line, two where the window is narrow.
    private func banner() -> String {
        let left =
            "Lethe \(Version.short) · OpenBLAS \(OpenBLASKernel.version) \(OpenBLASKernel.core) · "
            + "\(threads) thread\(threads == 1 ? "" : "s") · seed \(options.seed)"
        let right = ":help · :guide · Ctrl-D"
        let room = Terminal.columns(of: 2) - left.count - right.count - 1
        return left + (room < 2 ? "\n" : String(repeating: " ", count: min(room, 30))) + right + "\n"
    }
}
