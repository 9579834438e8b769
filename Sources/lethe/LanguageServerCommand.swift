// `lethe lsp`: what an editor asks of a script while it is written.
import ArgumentParser
import LanguageServer
import Notebook
import Protocols

/// `lethe lsp`
struct LanguageServerCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "lsp",
        abstract: "Serve an editor: the Language Server Protocol over standard input and output.",
        discussion: """
            Mistakes are named while one types, names completed and explained, definitions found, cells listed and \
            formatted. Nothing of a script runs. docs/editors says how an editor starts it.

            Exit status: 0 where the editor had it shut down, 1 where its messages just ended.
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(name: .customLong("stdio"), help: .hidden)
    var usesStandardStreams = false

    func work() throws -> Int32 {
        try refuseScriptOptions()
        let launch = Launch(options: lethe)
        return launch.withConsole { console in
            Server(session: launch.checkedSession(console), version: Version.number).serve()
        }
    }
}
