// The command line: what may stand on it and what it means.
import ArgumentParser
import Glibc
import Notebook

extension ColorChoice: ExpressibleByArgument {}

/// `lethe [options] [file [arguments…]]`.
struct CommandLineOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe",
        abstract: "Step through machine unlearning of language models.",
        usage: """
            lethe [options]                     a prompt
            lethe [options] file [arguments…]   run a script; `-` reads it from standard input
            lethe [options] -e 'expression'     run one cell
            lethe check [--update] file…        whether scripts print what they say they print
            lethe export file --html|--md|--ipynb   the script with its output as a page, a text, a notebook
            lethe reference [--html]            write the reference manual
            lethe editor --vim | --textmate     write syntax highlighting for an editor
            lethe doctor [--shell]              say what this machine offers
            """,
        discussion: """
            Results go to standard output, everything else to standard error. What follows the file is the script's \
            `args`, untouched.

            Exit status: 0 success, 1 a cell failed, 2 bad command line, 3 a check found a difference, 130 \
            interrupted, 141 the reader of the results went away.
            """,
        version: Version.text)

    @Option(
        name: .customShort("e"), parsing: .unconditional,
        help: ArgumentHelp("Run this text as one cell.", valueName: "text"))
    var expression: String?

    @Option(
        name: .customShort("i"), parsing: .unconditional,
        help: ArgumentHelp("Run this file, then give the prompt.", valueName: "file"))
    var interactiveFile: String?

    @Option(help: ArgumentHelp("Seed of the random generator.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Threads for numerical work; the digits do not depend on it (default: all CPUs).", valueName: "n"))
    var threads: Int?

    @Flag(help: "No banner and no progress.")
    var quiet = false

    @Flag(help: "In a script, go on after a failed statement; the exit status is still 1.")
    var keepGoing = false

    @Flag(help: "Neither read nor write the history file, and keep no journal of the session.")
    var noHistory = false

    @Flag(
        help: "Do not run the startup file (lethe/init.lethe in the configuration folder), which only the prompt does.")
    var noInit = false

    @Flag(help: "Bring back the last session that was killed: its cells run again, then comes the prompt.")
    var recover = false

    @Option(help: ArgumentHelp("Colour on terminals (auto), always or never.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(help: "Say on standard error how long the run took.")
    var time = false

    func validate() throws {
        try checkThreads(threads)
        if expression != nil, interactiveFile != nil { throw ValidationError("-e and -i exclude each other") }
        if recover, expression != nil || interactiveFile != nil {
            throw ValidationError("--recover goes with neither -e nor -i")
        }
    }
}

/// More threads than any machine has cores would only exhaust it.
private func checkThreads(_ threads: Int?) throws {
    if let threads, !(1...1024).contains(threads) {
        throw ValidationError("--threads needs a whole number from 1 to 1024, it was given \(threads)")
    }
}

/// `lethe doctor`.
struct DoctorOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe doctor",
        abstract: "Say what this machine offers: CPU, OpenBLAS kernels, threads, speed, terminal.")

    @Flag(help: "Only print the environment a test runner needs, as shell commands.")
    var shell = false

    @Option(help: ArgumentHelp("Threads for the speed figure.", valueName: "n"))
    var threads: Int?

    func validate() throws { try checkThreads(threads) }
}

/// What to do, decided from the command line.
enum Job {
    case prompt
    case script(path: String, arguments: [String])
    case standardInput(arguments: [String])
    case expression(String, arguments: [String])
    case scriptThenPrompt(path: String, arguments: [String])
    case doctor(DoctorOptions)
    case check(CheckOptions)
    case export(ExportOptions)
    case text(TextCommand)
}

extension CommandLineOptions {
    /// Options whose value is the next word.
    private static let takeAValue: Set<String> = ["-e", "-i", "--seed", "--threads", "--color"]

    /// Our options, and what follows them: a file with its arguments, which may look like options and are not ours.
    static func split(_ arguments: [String]) -> (options: [String], rest: [String]) {
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            if word == "--" { return (Array(arguments[..<index]), Array(arguments[(index + 1)...])) }
            if word == "-" || !word.hasPrefix("-") { break }
            index += takeAValue.contains(word) ? 2 : 1
        }
        let end = min(index, arguments.count)
        return (Array(arguments[..<end]), Array(arguments[end...]))
    }

    /// Parses; prints help, version or an error and exits where that is all there is to do.
    static func parsed(_ arguments: [String]) -> (options: CommandLineOptions, job: Job) {
        let (words, rest) = split(arguments)
        let options = parseOrExit(words, as: CommandLineOptions.self)
        if let text = options.expression { return (options, .expression(text, arguments: rest)) }
        if let path = options.interactiveFile { return (options, .scriptThenPrompt(path: path, arguments: rest)) }
        guard let first = rest.first else { return (options, .prompt) }
        let after = Array(rest.dropFirst())
        switch first {
        case "-": return (options, .standardInput(arguments: after))
        case "check": return (options, .check(parseOrExit(after, as: CheckOptions.self)))
        case "export": return (options, .export(parseOrExit(after, as: ExportOptions.self)))
        case "reference": return (options, .text(.reference(parseOrExit(after, as: ReferenceOptions.self))))
        case "editor": return (options, .text(.editor(parseOrExit(after, as: EditorOptions.self))))
        case "doctor": return (options, .doctor(parseOrExit(after, as: DoctorOptions.self)))
        default: return (options, .script(path: first, arguments: after))
        }
    }

    private static func parseOrExit<Command: ParsableCommand>(_ arguments: [String], as type: Command.Type) -> Command {
        do {
            return try Command.parse(arguments)
        } catch {
            let text = Command.fullMessage(for: error)
            if Command.exitCode(for: error) == .success {
                let results = ResultStream(buffers: false)
                results.write(text + "\n")
                Glibc.exit(0)
            }
            Terminal.writeToStandardError(text + "\n")
            Glibc.exit(2)
        }
    }
}
