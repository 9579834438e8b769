// The executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Notebook
import Tensors

OpenBLASKernel.settle(arguments: CommandLine.unsafeArgv)
let wake = Signals.install()
let (options, job) = CommandLineOptions.parsed(Array(CommandLine.arguments.dropFirst()))
switch job {
case .doctor(let doctor): exit(Doctor.run(doctor))
default:
    let reader = ReadlineReader(wakeDescriptor: wake, history: [], isComplete: { LineContext($0).openBrackets.isEmpty ? .complete : .incomplete }, complete: { t, n in Completion(kind: .words, start: n, candidates: []) })
    loop: while true {
        switch reader.read(prompt: "1> ") {
        case .cell(let text): print(text); fflush(nil); reader.remember(text)
        case .interrupted: continue
        case .endOfInput, .terminated: break loop
        }
    }
}
