// The executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Tensors

Terminal.occupyClosedStreams()
let arguments = ProgramArguments()
OpenBLASKernel.settle(arguments: arguments.pointers)
exit(LetheCommand.status(of: arguments.words))
