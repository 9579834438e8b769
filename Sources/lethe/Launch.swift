// One run of the program: makes the session, does the job, gives the exit status.
import Foundation
import Notebook
import Language
import Tensors
import Vocabulary

struct Launch {
    var options: CommandLineOptions
    /// The session that `--recover` brings back.
    private let lost: LostSession?

    init(options: CommandLineOptions) {
        self.options = options
        lost =
            options.recover
            ? Journal.standardFolder(environment: ProcessInfo.processInfo.environment).flatMap {
                LostSession.latest(in: $0)
            } : nil
        // Its random numbers come back with it.
        if let lost { self.options.seed = lost.seed }
    }

    /// Does what the command line asked for. Returns the exit status.
    func run(_ job: Job) -> Int32 {
        if case .doctor(let doctor) = job { return Doctor.run(doctor, threads: doctor.threads ?? threads) }
        let started = Console.seconds()
        let isInteractive = Terminal.inputIsTerminal
        let wakeDescriptor = Signals.install()
        let console: Console
        let session: Session
        switch job {
        case .prompt where isInteractive, .scriptThenPrompt: console = Console(options: options, isInteractive: true)
        default: console = Console(options: options, isInteractive: false)
        }
        session = makeSession(console)
        defer {
            console.results.flush()
            if options.time { console.message("time: \(SessionCommands.duration(Console.seconds() - started))\n") }
        }
        switch job {
        case .doctor: return 0
        case .text(let command): return command.run(session, console)
        case .check(let check):
            Signals.setMode(.script)
            return CheckCommand(options: check, console: console) { checkedSession(console) }.run()
        case .export(let export):
            Signals.setMode(.script)
            return ExportCommand(options: export, console: console, isQuiet: options.quiet) { checkedSession(console) }
                .run()
        case .prompt where isInteractive:
            if !options.quiet { console.message(banner()) }
            return prompt(session, console, wakeDescriptor).run()
        case .prompt: return script(nil, arguments: [], session, console)
        case .standardInput(let arguments): return script(nil, arguments: arguments, session, console)
        case .script(let path, let arguments): return script(path, arguments: arguments, session, console)
        case .expression(let text, let arguments):
            Signals.setMode(.script)
            return ScriptRunner(session: session, keepsGoing: options.keepGoing).run(
                text, name: "-e", arguments: arguments
            ).rawValue
        case .scriptThenPrompt(let path, let arguments):
            if !options.quiet { console.message(banner()) }
            do {
                let text = try ScriptText.of(file: path)
                session.bind("args", to: .list(arguments.map { .string($0) }))
                return prompt(session, console, wakeDescriptor).run(after: (path, text))
            } catch {
                if Signals.interruptLevel > 0 { return 130 }
                console.complain((error as? UnreadableScript)?.message ?? "\(error)")
                return 2
            }
        }
    }

    private func prompt(_ session: Session, _ console: Console, _ wakeDescriptor: Int32) -> Prompt {
        Prompt(session: session, console: console, options: options, lost: lost, wakeDescriptor: wakeDescriptor)
    }

    private func script(_ path: String?, arguments: [String], _ session: Session, _ console: Console) -> Int32 {
        Signals.setMode(.script)
        do {
            let text = try path.map { try ScriptText.of(file: $0) } ?? ScriptText.ofStandardInput()
            return ScriptRunner(session: session, keepsGoing: options.keepGoing).run(
                text, name: path ?? "-", arguments: arguments
            ).rawValue
        } catch let error as UnreadableScript {
            if Signals.interruptLevel > 0 { return 130 }
            console.complain(error.message)
            return 2
        } catch {
            console.complain("\(error)")
            return 1
        }
    }

    private var threads: Int { options.threads ?? Device.availableCores }

    private func makeSession(_ console: Console) -> Session {
        let session = Session(configuration(console))
        session.onOutput = { console.show($0) }
        return session
    }

    /// A session whose outputs are compared or exported: they do not depend on the window.
    private func checkedSession(_ console: Console) -> Session {
        var configuration = configuration(console)
        configuration.width = { Rendering.standardWidth }
        configuration.isUnicode = { true }
        return Session(configuration)
    }

    private func configuration(_ console: Console) -> Session.Configuration {
        let device = Device(threads: threads, interruption: Signals.interruption)
        let engine = EngineContext(device: device, seed: options.seed)
        var configuration = Session.Configuration(registry: Vocabulary.registry(engine), engine: engine)
        configuration.isInterrupted = { Signals.interruption.isRequested }
        configuration.clearInterruption = { Signals.interruption.clear() }
        configuration.isAbandoned = { Signals.interruptLevel > 1 }
        configuration.interrupt = { Signals.interruption.request() }
        configuration.width = { Terminal.columns(of: 1) }
        configuration.isUnicode = { Terminal.isUnicode }
        configuration.progress = console.meter
        configuration.fresh = { self.checkedSession(console) }
        configuration.shell = { line in
            console.results.flush()
            signal(SIGPIPE, SIG_DFL)  // an ignored signal would stay ignored in the shell's commands
            _ = system(line)
            signal(SIGPIPE, SIG_IGN)
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
