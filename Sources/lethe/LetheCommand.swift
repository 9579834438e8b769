// The command line: what may stand on it and what it means. Each subcommand has a file of its own.
import ArgumentParser
import Glibc
import Language
import Notebook
import Protocols

extension ColorChoice: ExpressibleByArgument {}

/// `lethe [options] [file [arguments…]]`; without a subcommand ``ScriptCommand`` runs.
///
/// What stands here is meant for all subcommands and may stand before each of them.
struct LetheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe",
        abstract: "Step through machine unlearning of language models.",
        usage: """
            lethe [options]                     a prompt
            lethe [options] file [arguments…]   run a script; `-` reads it from standard input
            lethe [options] -e 'expression'     run one cell
            lethe --json [--allow-shell] [--log file]
                                                a session over JSON lines, for other programs
            lethe [options] subcommand …        see below
            """,
        discussion: """
            Results go to standard output, everything else to standard error. What follows the file is the script's \
            `args`, untouched.

            Exit status: 0 success, 1 a cell failed, 2 bad command line, 3 a check found a difference, 130 \
            interrupted, 141 the reader of the results went away.
            """,
        version: Version.text,
        subcommands: [
            ScriptCommand.self, CheckCommand.self, ExportCommand.self, FormatCommand.self, ReferenceCommand.self,
            EditorCommand.self, LanguageServerCommand.self, MCPCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: ScriptCommand.self)

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
        try Self.check(threads: threads)
        if expression != nil, interactiveFile != nil { throw ValidationError("-e and -i exclude each other") }
        if recover, expression != nil || interactiveFile != nil {
            throw ValidationError("--recover goes with neither -e nor -i")
        }
    }

    /// More threads than any machine has cores would only exhaust it.
    static func check(threads: Int?) throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads needs a whole number from 1 to 1024, it was given \(threads)")
        }
    }
}

extension LetheCommand {
    /// Parses the words of a command line and does what they ask. Returns the exit status.
    static func status(of words: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(words)
            try command.run()
            return 0
        } catch let status as ExitCode {
            return status.rawValue
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error) == .success else {
                Terminal.writeToStandardError(visible(text) + "\n")
                return 2
            }
            let results = ResultStream(buffers: false)
            results.write(text + "\n")
            return 0
        }
    }

    /// What the manual says of the command line.
    static var helpPages: String {
        var pages = [helpMessage(columns: 100)]
        for subcommand in configuration.subcommands where subcommand.configuration.shouldDisplay {
            pages.append(helpMessage(for: subcommand, columns: 100))
        }
        return pages.joined(separator: "\n\n")
    }
}

/// A subcommand that ends with an exit status of its own.
protocol StatusCommand: ParsableCommand {
    var lethe: LetheCommand { get }
    /// Does its work. Returns the exit status.
    func work() throws -> Int32
}

extension StatusCommand {
    mutating func run() throws {
        if !(self is ScriptCommand), let refusal = Company.refusal("lethe \(Self.configuration.commandName ?? "")") {
            throw ValidationError(refusal)
        }
        let status = try work()
        if status != 0 { throw ExitCode(status) }
    }

    /// Refuses options that mean something only where a script or the prompt runs.
    func refuseScriptOptions() throws {
        let name = Self.configuration.commandName ?? ""
        let meant = "; for a script of that name write lethe … -- \(name)"
        if lethe.expression != nil { throw ValidationError("-e does not go with lethe \(name)\(meant)") }
        if lethe.interactiveFile != nil { throw ValidationError("-i does not go with lethe \(name)\(meant)") }
        if lethe.recover { throw ValidationError("--recover does not go with lethe \(name)") }
    }
}
