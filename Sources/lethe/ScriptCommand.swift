// `lethe`, `lethe file`, `lethe -e text`, `lethe -i file`: the prompt, or cells from somewhere else.
import ArgumentParser
import Language
import Notebook
import Protocols

/// What `lethe` does without the name of a subcommand. The first word names the file; all that follows it is the
/// script's.
struct ScriptCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a script, or give the prompt: what lethe does without a subcommand.",
        shouldDisplay: false)

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "Serve a session over JSON lines on the standard streams.")
    var json = false

    @Flag(help: "With --json: run lines for the shell (`!ls`), too.")
    var allowShell = false

    @Option(help: ArgumentHelp("With --json: write down all that is run in this file.", valueName: "file"))
    var log: String?

    @Argument(parsing: .captureForPassthrough, help: "A script and its `args`.")
    var words: [String] = []

    /// Nothing but options comes before the file's name, so what looks like one is one that there is not.
    private func refuseUnknownOption() throws {
        guard let first = words.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
        switch first {
        case "-h", "--help": throw CleanExit.helpRequest(LetheCommand.self)
        case "--version": throw CleanExit.message(Version.text)
        default:
            let name = String(first.prefix { $0 != "=" })
            let known = LetheCommand.optionNames
            let near = suggestion(for: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
            throw ValidationError("Unknown option '\(name)'.\(near)")
        }
    }

    func work() throws -> Int32 {
        try refuseUnknownOption()
        let rest = words.first == "--" ? Array(words.dropFirst()) : words
        let launch = Launch(options: lethe)
        if json, let refusal = Company.refusal("a session over JSON lines") { throw ValidationError(refusal) }
        if json {
            guard rest.isEmpty, lethe.expression == nil, lethe.interactiveFile == nil, !lethe.recover else {
                throw ValidationError("--json reads requests from standard input; it goes with no script")
            }
            return try launch.serveJSON(allowsShell: allowShell, log: log)
        }
        if allowShell || log != nil { throw ValidationError("--allow-shell and --log go with --json") }
        if let text = lethe.expression { return launch.run(expression: text, arguments: rest) }
        if lethe.interactiveFile != nil || rest.isEmpty && Terminal.inputIsTerminal,
            let refusal = Company.refusal("the prompt")
        {
            throw ValidationError(refusal)
        }
        if let path = lethe.interactiveFile { return launch.prompt(after: path, arguments: rest) }
        guard let first = rest.first else {
            return Terminal.inputIsTerminal ? launch.prompt() : launch.run(script: nil, arguments: [])
        }
        if lethe.recover {
            throw ValidationError("--recover brings a session back to the prompt; it goes with no script")
        }
        let isStandardInput = first == "-" && words.first != "--"
        return launch.run(script: isStandardInput ? nil : first, arguments: Array(rest.dropFirst()))
    }
}

extension LetheCommand {
    /// The options of every command line, as they are written.
    static let optionNames = [
        "-e", "-i", "--seed", "--threads", "--quiet", "--keep-going", "--no-history", "--no-init", "--recover",
        "--color", "--time", "--json", "--allow-shell", "--log", "--help", "--version",
    ]
}
