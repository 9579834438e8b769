// `lethe doctor`: what this machine offers and what was chosen, for a bug report or a slow run.
import ArgumentParser
import Foundation
import Language
import Notebook
import Protocols
import Tensors

/// `lethe doctor`
struct DoctorCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine offers: CPU, OpenBLAS kernels, threads, speed, terminal.")

    @ParentCommand var lethe: LetheCommand

    @Flag(help: "Only print the environment a test runner needs, as shell commands.")
    var shell = false

    @Option(help: ArgumentHelp("Threads for the speed figure; the same as before the subcommand.", valueName: "n"))
    var threads: Int?

    func validate() throws { try LetheCommand.check(threads: threads) }

    func work() throws -> Int32 {
        try refuseScriptOptions()
        return Doctor.run(isForShell: shell, threads: threads ?? lethe.threads)
    }
}

private enum Doctor {
    /// Prints the report, or only shell commands that give a test runner the same kernels.
    static func run(isForShell: Bool, threads: Int?) -> Int32 {
        let results = ResultStream(buffers: false)
        if isForShell {
            if case .corrected = OpenBLASKernel.current {
                results.write("export \(OpenBLASKernel.variable)=\(OpenBLASKernel.core)\n")
            }
            return 0
        }
        let threads = threads ?? Device.availableCores
        for (name, value) in facts(threads: threads) { results.write(row(name, value)) }
        Terminal.writeToStandardError("measuring matrix products for 2 s …")
        let speed = OpenBLASKernel.measuredSpeed(seconds: 2, threads: threads)
        Terminal.writeToStandardError(Terminal.errorIsTerminal && !Terminal.isDumb ? "\r\u{1B}[K" : "\n")
        results.write(
            row(
                "sgemm",
                """
                \(Int(speed.rounded())) GFLOP/s on \(threads) thread\(threads == 1 ? "" : "s"), \
                \(Int((speed / Double(max(threads, 1))).rounded())) a thread
                """
            ))
        return 0
    }

    private static func row(_ name: String, _ value: String) -> String {
        // The environment may hold anything.
        name.padding(toLength: 12, withPad: " ", startingAt: 0) + visibleLine(value) + "\n"
    }

    private static func facts(threads: Int) -> [(String, String)] {
        [
            ("Lethe", Version.number),
            ("CPU", cpuModel()),
            ("vectors", CPUVectorFeatures.current.description),
            ("OpenBLAS", "\(OpenBLASKernel.version) with \(OpenBLASKernel.core) kernels, \(reason())"),
            ("threads", cpus(threads)),
            ("memory", memory()),
            ("terminal", terminal()),
            ("history", history()),
        ]
    }

    private static func reason() -> String {
        switch OpenBLASKernel.current {
        case .fits: return "its own choice, which suits this CPU"
        case .chosenByUser: return "set by \(OpenBLASKernel.variable)"
        case .corrected(let was): return "set by Lethe (OpenBLAS had taken this CPU for \(was))"
        case .restart(let better): return "though the CPU can run \(better): setting \(OpenBLASKernel.variable) failed"
        }
    }

    private static func cpuModel() -> String {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return "unknown" }
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
                ?? "unknown"
        }
        return "unknown"
    }

    private static func cpus(_ threads: Int) -> String {
        let here = Device.availableCores, all = ProcessInfo.processInfo.processorCount
        return "\(threads) of \(here) CPUs" + (here < all ? " that this process may use (the machine has \(all))" : "")
    }

    private static func memory() -> String {
        let gigabytes = Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824
        return String(format: "%.1f GiB", gigabytes)
    }

    private static func terminal() -> String {
        func kind(_ isTerminal: Bool) -> String { isTerminal ? "terminal" : "not a terminal" }
        let name = Terminal.environment("TERM") ?? "not set"
        return "TERM \(name), \(Terminal.columns(of: 2)) columns; input \(kind(Terminal.inputIsTerminal)), "
            + "output \(kind(Terminal.outputIsTerminal)), errors \(kind(Terminal.errorIsTerminal))"
    }

    private static func history() -> String {
        guard let path = HistoryFile.standardPath(environment: ProcessInfo.processInfo.environment) else {
            return "none: HOME is not set"
        }
        return path
    }
}
