// PyTorch's MKL takes an AVX2 kernel on processors that are not Intel's, whatever they can do. Loaded before it, this
// answers its question with yes: PyTorch at its best, for Scripts/bench.
int mkl_serv_intel_cpu_true(void) { return 1; }
