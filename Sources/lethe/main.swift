// The executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Tensors

Terminal.occupyClosedStreams()
OpenBLASKernel.settle(arguments: CommandLine.unsafeArgv)
exit(LetheCommand.status(of: Array(CommandLine.arguments.dropFirst())))
