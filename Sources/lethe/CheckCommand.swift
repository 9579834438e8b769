// `lethe check`: runs scripts and compares what they print with what they say they print.
import ArgumentParser
import Language
import Notebook

/// `lethe check file…`
struct CheckCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Whether scripts print what they say they print in their `#>` lines.",
        discussion: """
            A number with a fraction or an exponent agrees to the digits written; `...` stands for any text, alone on \
            a line for any lines; a cell whose output begins with `error:` must fail with that text. Cells whose title \
            ends in [skip] are not run.
            """)

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "Write what is printed into the scripts, where it differs.")
    var update = false

    @Option(
        help: ArgumentHelp(
            "Do not run cells with this tag either, as in --skip slow; may be repeated.", valueName: "tag"))
    var skip: [String] = []

    @Flag(help: "Run the lines for the shell (`!ls`) in it, too; otherwise they are named and left out.")
    var allowShell = false

    @Flag(help: "Check the examples in the help of every function.")
    var helpExamples = false

    @Argument(help: "Scripts.")
    var files: [String] = []

    func validate() throws {
        if files.isEmpty, !helpExamples { throw ValidationError("which script? as in lethe check lesson.lethe") }
        if helpExamples, update { throw ValidationError("--update writes scripts; help texts are part of the program") }
    }

    /// Returns the exit status: 0, 3 for a difference, 2 for a file that cannot be read, 130.
    func work() throws -> Int32 {
        try refuseScriptOptions()
        let launch = Launch(options: lethe)
        Signals.setMode(.script)
        return launch.withConsole { console in
            Check(options: self, console: console) { launch.checkedSession(console, allowsShell: allowShell) }.run()
        }
    }
}

/// The work of `lethe check`.
private struct Check {
    let options: CheckCommand
    let console: Console
    let makeSession: () -> Session

    func run() -> Int32 {
        var status: Int32 = 0
        if options.helpExamples {
            status = checkHelp()
            if status == 130 { return status }
        }
        for path in options.files {
            let text: String
            do {
                text = try ScriptFile.read(path, isInterrupted: Signals.wasInterrupted)
            } catch {
                if Signals.interruptLevel > 0 { return 130 }
                console.complain((error as? LanguageError)?.message ?? "\(error)")
                status = 2
                continue
            }
            let report = Checker(session: makeSession(), skips: Set(options.skip + ["skip"])).check(text, name: path)
            console.meter.finish()
            if report.wasInterrupted { return show(report, 130) }
            if options.update {
                status = max(status, update(report, path: path, text: text))
            } else {
                status = show(report, report.mismatches.isEmpty || status == 2 ? status : 3)
            }
        }
        return status
    }

    private func show(_ report: Checker.Report, _ status: Int32) -> Int32 {
        console.report(report.text)
        console.results.flush()
        return status
    }

    private func update(_ report: Checker.Report, path: String, text: String) -> Int32 {
        if report.updated != text, !report.mismatches.isEmpty {
            do {
                try ScriptFile.update(report.updated, at: path)
            } catch {
                console.complain((error as? LanguageError)?.message ?? "\(error)")
                return 2
            }
        }
        let count = report.mismatches.count
        console.report("\(path): \(report.passed) passed, \(count) updated")
        return 0
    }

    private func checkHelp() -> Int32 {
        var passed = 0, failed = 0, skipped = 0
        for topic in makeSession().examples {
            for example in topic.examples {
                guard HelpPage.runsAlone(example) else {
                    skipped += 1
                    continue
                }
                let report = Checker(session: makeSession()).check(example, name: "?" + topic.name)
                if report.wasInterrupted { return 130 }
                passed += report.passed
                failed += report.mismatches.count
                for mismatch in report.mismatches { console.report(mismatch.text) }
            }
        }
        console.meter.finish()
        console.results.write("help examples: \(passed) passed, \(failed) failed, \(skipped) skipped\n")
        return failed == 0 ? 0 : 3
    }
}
