// One run of the program: makes the session, does the job, gives the exit status.
import Foundation
import Notebook
import Language
import Tensors
import Vocabulary

struct Launch {
    let options: CommandLineOptions

    /// Does what the command line asked for. Returns the exit status.
    func run(_ job: Job) -> Int32 {
        if case .doctor(let doctor) = job { return Doctor.run(doctor) }
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
        case .prompt where isInteractive:
            if !options.quiet { console.message(banner()) }
            return Prompt(session: session, console: console, options: options, wakeDescriptor: wakeDescriptor).run()
        case .prompt: return script(nil, arguments: [], session, console)
        case .standardInput(let arguments): return script(nil, arguments: arguments, session, console)
        case .script(let path, let arguments): return script(path, arguments: arguments, session, console)
        case .expression(let text, let arguments):
            Signals.setMode(.script)
            return ScriptRunner(session: session, keepsGoing: options.keepGoing).run(text, name: "-e", arguments: arguments).rawValue
        case .scriptThenPrompt(let path, let arguments):
            if !options.quiet { console.message(banner()) }
            let status = script(path, arguments: arguments, session, console)
            if status == 2 { return status }
            return Prompt(session: session, console: console, options: options, wakeDescriptor: wakeDescriptor).run()
        }
    }

    private func script(_ path: String?, arguments: [String], _ session: Session, _ console: Console) -> Int32 {
        Signals.setMode(.script)
        do {
            let text = try path.map { try ScriptText.of(file: $0) } ?? ScriptText.ofStandardInput()
            return ScriptRunner(session: session, keepsGoing: options.keepGoing).run(text, name: path ?? "-", arguments: arguments).rawValue
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
        let device = Device(threads: threads, interruption: Signals.interruption)
        let workshop = Workshop(device: device, seed: options.seed)
        var configuration = Session.Configuration(registry: Vocabulary.registry(workshop))
        configuration.checkpoint = {
            let generator = workshop.generator
            return { workshop.generator = generator }
        }
        configuration.isMemoryTight = { device.memory.live > device.memoryLimit / 2 }
        configuration.isInterrupted = { Signals.interruption.isRequested }
        configuration.clearInterruption = { Signals.interruption.clear() }
        configuration.isAbandoned = { Signals.interruptLevel > 1 }
        configuration.width = { Terminal.columns(of: 1) }
        configuration.isUnicode = { Terminal.isUnicode }
        configuration.progress = console.meter
        configuration.shell = { line in
            console.results.flush()
            signal(SIGPIPE, SIG_DFL)  // an ignored signal would stay ignored in the shell's commands
            _ = system(line)
            signal(SIGPIPE, SIG_IGN)
        }
        let session = Session(configuration)
        session.onOutput = { console.show($0) }
        return session
    }

    /// One line: what runs here.
    private func banner() -> String {
        let left = "Lethe \(Version.short) · OpenBLAS \(OpenBLASKernel.version) \(OpenBLASKernel.core) · "
            + "\(threads) thread\(threads == 1 ? "" : "s") · seed \(options.seed)"
        let right = ":help · :guide · Ctrl-D"
        let room = Terminal.columns(of: 2) - left.count - right.count - 1
        return left + (room < 2 ? "" : String(repeating: " ", count: min(room, 30)) + right) + "\n"
    }
}
