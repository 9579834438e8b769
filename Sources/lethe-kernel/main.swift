// The kernel's executable: settles the OpenBLAS kernels, reads the command line and does what it asks.
import Glibc
import Tensors

OpenBLASKernel.settle(arguments: CommandLine.unsafeArgv)
KernelCommand.main()
