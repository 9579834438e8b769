// Puts a session's outputs on the standard streams: results on one, everything else on the other, in order.
import Glibc
import Language
import Notebook

/// The two output streams of a run, the progress display between them included.
final class Console {
    let results: ResultStream
    let meter: ProgressMeter
    private let colorsErrors: Bool

    init(options: CommandLineOptions, isInteractive: Bool) {
        results = ResultStream(buffers: !isInteractive && !Terminal.outputIsTerminal)
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
        case .text(.results, let text): results.write(text)
        case .value(let rendering): results.write(rendering.plain + "\n")
        case .text(.messages, let text): message(text)
        case .failure(let diagnostic):
            meter.finish()
            message(diagnostic.rendered(color: colorsErrors) + "\n")
        case .interrupted(let text):
            meter.finish()
            message(text + "\n")
        }
    }

    /// Says something on standard error, after the results that came before it.
    func message(_ text: String) {
        results.flush()
        Terminal.writeToStandardError(text)
    }

    /// Words that concern the command line or a file as a whole.
    func complain(_ text: String) {
        message((colorsErrors ? "\u{1B}[1;31merror:\u{1B}[0m " : "error: ") + text + "\n")
    }

    /// Seconds of a clock that only grows.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
