#ifndef LETHE_KERNELS_H
#define LETHE_KERNELS_H
#endif
