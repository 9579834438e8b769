// `lethe export`: writes a script, run anew, as Markdown, HTML or a Jupyter notebook; and a notebook as a script.
import ArgumentParser
import Language
import Notebook

/// `lethe export file --html`
struct ExportCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write a script with its output as a web page, Markdown or a Jupyter notebook; or a notebook as a script.",
        discussion: """
            The script is run and every cell shown with what it prints; a cell that fails shows its error, and the \
            exit status is 1 unless `#> error:` stands below it. Cells whose title ends in [skip] are shown as they \
            were recorded. What follows the script are its `args`. The result lies beside the script under the same \
            name.

            Prose is CommonMark with GitHub's tables and formulas between $; in a page raw HTML is text, and a link \
            has its address beside it.

            A cell titled [slider lr=1e-4..1e-2 log 9] is computed for each of the values, from the line lr = … in \
            it, and a page gets a slider; cells titled [slider] after it move with it. Other forms: steps=10..50 5, \
            loss=npo|graddiff, several between commas. A script, and every other format, has the values it gives.
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "As Markdown; pictures are files beside it.")
    var md = false

    @Flag(help: "As one HTML file that needs nothing else.")
    var html = false

    @Flag(help: "As a Jupyter notebook.")
    var ipynb = false

    @Flag(name: .customLong("lethe"), help: "A notebook's cells, without output, as a script.")
    var isScript = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write; - is standard output. Its ending names the format, too.", valueName: "file")
    )
    var output: String?

    @Flag(name: .customLong("no-run"), help: "Show the output recorded in `#>` lines instead of running the script.")
    var noRun = false

    @Flag(help: "Leave out cells with the tag [solution]; a page folds them otherwise.")
    var handout = false

    @Option(help: ArgumentHelp("The language of the prose, for a page's readers, such as de.", valueName: "code"))
    var lang: String = "en"

    @Flag(help: "Run the lines for the shell (`!ls`) in it, too; otherwise they are named and left out.")
    var allowShell = false

    @Option(
        help: ArgumentHelp(
            "Do not run cells with this tag either, as in --skip slow; may be repeated.", valueName: "tag"))
    var skip: [String] = []

    @Argument(help: "A script, or a notebook for --lethe.")
    var file: String

    @Argument(help: "The script's `args`.")
    var arguments: [String] = []

    /// The formats asked for; nothing for a script.
    var formats: [any ExportFormat] {
        let flags: [(isSet: Bool, format: any ExportFormat)] = [
            (md, MarkdownFormat()), (html, HTMLFormat()), (ipynb, NotebookFormat()),
        ]
        let asked = flags.filter(\.isSet).map(\.format)
        if !asked.isEmpty || isScript { return asked }
        return output.flatMap { ExportFormats.all.format(of: $0) }.map { [$0] } ?? []
    }

    func validate() throws {
        if isScript || isImport {
            guard !md, !html, !ipynb else {
                throw ValidationError("--lethe makes a script of a notebook; it goes with no other format")
            }
            guard !noRun, !handout, skip.isEmpty, arguments.isEmpty else {
                throw ValidationError("a notebook is not run; --lethe goes with -o alone")
            }
            if !file.lowercased().hasSuffix(".ipynb") {
                throw ValidationError("--lethe makes a script of a notebook; \(file) does not end in .ipynb")
            }
            return
        }
        if file.lowercased().hasSuffix(".ipynb") {
            throw ValidationError("\(file) is a notebook; lethe export \(file) --lethe makes a script of it")
        }
        let isLanguage = lang.first?.isLetter == true && lang.utf8.count <= 35
        guard isLanguage, lang.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw ValidationError("--lang takes the code of a language, such as de or pt-BR; it was given \(lang)")
        }
        if formats.isEmpty {
            throw ValidationError("which format? --html, --md or --ipynb, as in lethe export \(file) --html")
        }
        if output != nil, formats.count > 1 {
            throw ValidationError("-o names one file; ask for one format at a time with it")
        }
    }

    /// `lethe export x.ipynb -o x.lethe` says enough.
    var isImport: Bool {
        isScript
            || file.lowercased().hasSuffix(".ipynb") && !md && !html && !ipynb
                && output?.lowercased().hasSuffix(".lethe") == true
    }

    /// Returns the exit status: 0, 1 for a cell that failed, 2 for a file that cannot be read or written, 130.
    func work() throws -> Int32 {
        try refuseScriptOptions()
        let launch = Launch(options: lethe)
        Signals.setMode(.script)
        return launch.withConsole { console in
            Export(options: self, console: console, isQuiet: lethe.quiet) {
                launch.checkedSession(console, allowsShell: allowShell)
            }.run()
        }
    }
}

/// The work of `lethe export`.
private struct Export {
    let options: ExportCommand
    let console: Console
    let isQuiet: Bool
    let makeSession: () -> Session

    func run() -> Int32 {
        do {
            let text = try ScriptFile.read(
                options.file, isNotebook: options.isImport, isInterrupted: Signals.wasInterrupted)
            return try options.isImport ? importNotebook(text) : export(text)
        } catch {
            if Signals.interruptLevel > 0 { return 130 }
            if let error = error as? LanguageError {
                console.complain(([error.message] + error.advice.map { "  " + $0 }).joined(separator: "\n"))
            } else {
                console.complain("\(error)")
            }
            return 2
        }
    }

    private func export(_ text: String) throws -> Int32 {
        for format in options.formats where options.output != "-" { try refuseTheScriptItself(path(as: format)) }
        var status: Int32 = 0
        var document: ExportedDocument
        if options.noRun {
            document = ScriptExport.recorded(text, name: options.file)
        } else {
            let session = makeSession()
            // What a script says to its user is said here, too; the page has the rest.
            session.onOutput = { [console] in if case .text(.messages, let text) = $0 { console.message(text) } }
            let result = try ScriptExport(session: session, skips: Set(options.skip + ["skip"])).run(
                text, name: options.file, arguments: options.arguments)
            console.meter.finish()
            if result.wasInterrupted {
                console.message("interrupted: nothing was written\n")
                return 130
            }
            for failure in result.failures { console.show(.failure(failure)) }
            if !result.failures.isEmpty { status = 1 }
            document = result.document
        }
        if options.handout { document = document.handout }
        document.language = options.lang
        for format in options.formats {
            if options.output == "-" {
                write(format.text(of: document))
            } else {
                say(try format.write(document, to: path(as: format)))
            }
        }
        console.results.flush()
        return status
    }

    private func path(as format: any ExportFormat) -> String {
        options.output ?? ScriptExport.path(of: options.file, as: format)
    }

    private func importNotebook(_ text: String) throws -> Int32 {
        let script = try NotebookImport(text, name: options.file)
        for warning in script.warnings { console.message("warning: \(warning)\n") }
        if options.output == "-" {
            write(script.text)
            console.results.flush()
        } else {
            let path = options.output ?? String(options.file.dropLast("ipynb".count)) + "lethe"
            try refuseTheScriptItself(path)
            try ScriptFile.write(script.text, to: path)
            say([path])
        }
        return 0
    }

    /// To standard output: a file's text as it is, but for someone who looks at it.
    private func write(_ text: String) { console.results.write(Terminal.outputIsTerminal ? visible(text) : text) }

    private func refuseTheScriptItself(_ path: String) throws {
        if ScriptFile.isSame(path, options.file) {
            throw LanguageError("`\(path)` is the file that is exported; name another with -o")
        }
    }

    private func say(_ paths: [String]) {
        if !isQuiet { console.message("wrote \(listed(paths))\n") }
    }
}
