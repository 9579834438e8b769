// Puts a session's outputs on the standard streams: results on one, everything else on the other, in order.
import Glibc
import Language
import Notebook

/// The two output streams of a run, the progress display between them included.
final class Console {
    let results: ResultStream
    let meter: ProgressMeter
    let pictures = TerminalPictures()
    private let colorsErrors: Bool
    private let isInteractive: Bool

    init(options: LetheCommand, isInteractive: Bool) {
        results = ResultStream(buffers: !isInteractive && !Terminal.outputIsTerminal)
        self.isInteractive = isInteractive
        colorsErrors = Terminal.usesColor(options.color, isTerminal: Terminal.errorIsTerminal)
        let style: ProgressMeter.Style =
            options.quiet ? .none : Terminal.errorIsTerminal && !Terminal.isDumb ? .bar : .lines
        meter = ProgressMeter(
            style: style, columns: { Terminal.columns(of: 2) }, clock: Console.seconds,
            write: Terminal.writeToStandardError)
    }

    func show(_ output: Output) {
        meter.clear()
        switch output {
        // The session has written out what cannot be seen, but for what `print` writes.
        case .text(.results, let text): results.write(text)
        case .value(let rendering):
            if rendering.prefersPixels, pictures.areShown, let picture = rendering.png.flatMap(pictures.text) {
                results.write(picture)
                // A picture with a table has it below.
                if rendering.table == nil { return }
            }
            results.write(rendering.plain + "\n")
        case .text(.messages, let text): message(text)
        case .failure(let diagnostic):
            meter.finish()
            Company.note(failure: diagnostic.message)
            put(diagnostic.rendered(color: colorsErrors, width: isInteractive ? Terminal.columns(of: 2) : nil) + "\n")
        case .interrupted(let text):
            meter.finish()
            // The ranks part, and what is said of that comes at the end.
            if Company.partingWords != nil { return }
            message(text + "\n")
        }
    }

    /// Says something on standard error, after the results that came before it; unseen characters are written out.
    func message(_ text: String) { put(visible(text)) }

    /// Words that concern the command line or a file as a whole.
    func complain(_ text: String) {
        put((colorsErrors ? "\u{1B}[1;31merror:\u{1B}[0m " : "error: ") + visible(text) + "\n")
    }

    /// A report on standard output; unseen characters are written out.
    func report(_ text: String) { results.write(visible(text) + "\n") }

    private func put(_ text: String) {
        results.flush()
        Terminal.writeToStandardError(text)
    }

    /// Seconds of a clock that only grows.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
