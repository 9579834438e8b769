// `lethe mcp`: serves a session to agents.
import ArgumentParser

/// `lethe mcp [--log file]`
struct MCPCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve a session as tools of the Model Context Protocol, on the standard streams.",
        discussion: """
            The tools are run, complete, inspect, is_complete and reset. Code may do what a script may: read and write \
            files, but run lines for the shell (`!ls`) only with --allow-shell.
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "Run lines for the shell (`!ls`), too; otherwise they are named and left out.")
    var allowShell = false

    @Option(help: ArgumentHelp("Write down all that is run in this file.", valueName: "file"))
    var log: String?

    /// Returns the exit status.
    func work() throws -> Int32 {
        try refuseScriptOptions()
        return try Launch(options: lethe).serveTools(allowsShell: allowShell, log: log)
    }
}
