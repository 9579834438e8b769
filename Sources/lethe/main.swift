// The executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Tensors

Terminal.occupyClosedStreams()
OpenBLASKernel.settle(arguments: CommandLine.unsafeArgv)
let (options, job) = CommandLineOptions.parsed(Array(CommandLine.arguments.dropFirst()))
let status = Launch(options: options).run(job)
exit(status)
