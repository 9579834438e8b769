// `lethe reference` and `lethe editor`: texts made out of what the built-ins declare about themselves.
import ArgumentParser
import Language
import Notebook

/// `lethe reference --html | --md [-o file]`.
struct ReferenceOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe reference",
        abstract: "Write the reference manual: the language, the commands and every built-in with its examples.")

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
}

/// `lethe editor --textmate | --vim [-o file]`.
struct EditorOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe editor",
        abstract: "Write syntax highlighting for an editor.",
        discussion: """
            lethe editor --textmate -o lethe.tmLanguage.json      VS Code, Sublime Text and others
            lethe editor --vim -o ~/.vim/syntax/lethe.vim         Vim, Neovim
            """)

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
}

/// A text that is written out, made from the registrations of a session.
enum TextCommand {
    case reference(ReferenceOptions)
    case editor(EditorOptions)

    /// Writes it. Returns the exit status.
    func run(_ session: Session, _ console: Console) -> Int32 {
        do {
            let text = try self.text(session)
            if let output {
                try ScriptFile.write(text, to: output)
            } else {
                console.results.write(text)
            }
            return 0
        } catch {
            console.complain((error as? LanguageError)?.message ?? "\(error)")
            return 1
        }
    }

    private var output: String? {
        switch self {
        case .reference(let options): options.output
        case .editor(let options): options.output
        }
    }

    private func text(_ session: Session) throws -> String {
        switch self {
        case .reference(let options):
            let help = [
                CommandLineOptions.helpMessage(columns: 100), ReferenceOptions.helpMessage(columns: 100),
                EditorOptions.helpMessage(columns: 100),
            ]
            let manual = ReferenceManual(
                session.helpBook, version: Version.number, commandLine: help.joined(separator: "\n\n"))
            return options.html ? manual.html() : manual.markdown()
        case .editor(let options):
            return options.vim ? session.editorWords.vimSyntax() : try session.editorWords.textMateGrammar()
        }
    }
}
