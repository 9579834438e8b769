// `lethe format`: scripts in their canonical form.
import ArgumentParser
import Formatting
import Language
import Notebook

/// `lethe format file…`
struct FormatCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "format",
        abstract: "Write scripts in their canonical form.",
        discussion: """
            One blank around operators and after commas, two columns of indentation for what stands between brackets, \
            at most two blank lines in a row. Comments, titles, prose, recorded output and where lines break stay. \
            What comes out is the same program, or nothing is written; a script that is in this form already is not \
            touched. (Functions that a program prints show their text, which is then the formatted one.) A script with \
            a syntax error is refused, but for cells below which `#> error:` stands.

            Exit status: 0, 2 for a script that cannot be read or has a syntax error, with --check 3 where one is not \
            in canonical form.
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "Write nothing; name the scripts that are not in canonical form.")
    var check = false

    @Flag(name: .customLong("stdin"), help: "Read a script from standard input and write it to standard output.")
    var readsInput = false

    @Argument(help: "Scripts.")
    var files: [String] = []

    func validate() throws {
        if readsInput, !files.isEmpty { throw ValidationError("--stdin goes with no files") }
        if !readsInput, files.isEmpty {
            throw ValidationError("which script? as in lethe format lesson.lethe, or --stdin")
        }
    }

    func work() throws -> Int32 {
        try refuseScriptOptions()
        let launch = Launch(options: lethe)
        Signals.setMode(.script)
        return launch.withConsole { console in
            let format = Format(isCheck: check, isQuiet: lethe.quiet, console: console)
            return readsInput ? format.standardInput() : files.map(format.file).max() ?? 0
        }
    }
}

/// The work of `lethe format`; each returns the exit status.
private struct Format {
    let isCheck: Bool
    let isQuiet: Bool
    let console: Console

    func standardInput() -> Int32 {
        complaining {
            let text = try ScriptFile.readStandardInput(isInterrupted: Signals.wasInterrupted)
            let canonical = try CanonicalForm.of(text, name: "standard input")
            if isCheck { return report(text, canonical, name: "standard input") }
            console.results.write(canonical)
            return 0
        }
    }

    func file(_ path: String) -> Int32 {
        complaining {
            let text = try ScriptFile.read(path, isInterrupted: Signals.wasInterrupted)
            let canonical = try CanonicalForm.of(text, name: path)
            if isCheck { return report(text, canonical, name: path) }
            if !canonical.utf8.elementsEqual(text.utf8) {
                try ScriptFile.update(canonical, at: path)
                if !isQuiet { console.message("formatted \(path)\n") }
            }
            return 0
        }
    }

    /// Names the first line that is not in canonical form.
    private func report(_ text: String, _ canonical: String, name: String) -> Int32 {
        if canonical.utf8.elementsEqual(text.utf8) { return 0 }
        func lines(_ text: String) -> [Substring.UTF8View] {
            text.utf8.split(separator: 10, omittingEmptySubsequences: false)
        }
        let same = zip(lines(text), lines(canonical)).prefix { $0.elementsEqual($1) }.count
        console.report("\(name):\(same + 1): not in canonical form")
        return 3
    }

    private func complaining(_ body: () throws -> Int32) -> Int32 {
        do {
            return try body()
        } catch let diagnostic as Diagnostic {
            console.show(.failure(diagnostic))
        } catch let error as LanguageError {
            console.complain(([error.message] + error.advice.map { "  " + $0 }).joined(separator: "\n"))
        } catch {
            if Signals.wasInterrupted() { return 130 }
            console.complain("\(error)")
        }
        return 2
    }
}
