// The executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Tensors

Terminal.occupyClosedStreams()
let arguments = ProgramArguments()
OpenBLASKernel.settle(arguments: arguments.pointers)
// Before anything is said, which one of several processes does.
_ = Company.ranks
exit(Company.leave(status: LetheCommand.status(of: arguments.words)))
