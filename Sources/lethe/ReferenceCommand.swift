// `lethe reference` and `lethe editor`: texts made out of what the built-ins declare about themselves.
import ArgumentParser
import Language
import Notebook
import Protocols

/// `lethe reference --html | --md [-o file]`.
struct ReferenceCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Write the reference manual: the language, the commands and every built-in with its examples.")

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "One HTML file that refers to nothing outside itself.")
    var html = false

    @Flag(help: "Markdown (the default).")
    var md = false

    @Option(
        name: .customShort("o"), help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file")
    )
    var output: String?

    func validate() throws {
        if html, md { throw ValidationError("--html and --md exclude each other") }
    }

    func work() throws -> Int32 {
        try write(to: output) { session in
            let manual = ReferenceManual(session.helpBook, version: Version.number, commandLine: LetheCommand.helpPages)
            return html ? manual.html() : manual.markdown()
        }
    }
}

/// `lethe editor --textmate | --vim [-o file]`.
struct EditorCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "editor",
        abstract: "Write syntax highlighting for an editor.",
        discussion: """
            lethe editor --textmate -o lethe.tmLanguage.json      VS Code, Sublime Text and others
            lethe editor --vim -o ~/.vim/syntax/lethe.vim         Vim, Neovim
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(name: .customLong("textmate"), help: "A TextMate grammar, as JSON.")
    var textMate = false

    @Flag(help: "A Vim syntax file.")
    var vim = false

    @Option(
        name: .customShort("o"), help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file")
    )
    var output: String?

    func validate() throws {
        if textMate == vim { throw ValidationError("give one of --textmate and --vim") }
    }

    func work() throws -> Int32 {
        try write(to: output) { vim ? $0.editorWords.vimSyntax() : try $0.editorWords.textMateGrammar() }
    }
}

extension StatusCommand {
    /// Writes a text that is made from the registrations of a session. Returns the exit status.
    fileprivate func write(to path: String?, _ text: (Session) throws -> String) throws -> Int32 {
        try refuseScriptOptions()
        let launch = Launch(options: lethe)
        return launch.withConsole { console in
            do {
                let text = try text(launch.session(console))
                if let path {
                    try ScriptFile.write(text, to: path)
                } else {
                    console.results.write(text)
                }
                return 0
            } catch {
                console.complain((error as? LanguageError)?.message ?? "\(error)")
                return 1
            }
        }
    }
}
