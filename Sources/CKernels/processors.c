// The processors this thread may run on; in C for the macros that read a processor set.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <unistd.h>
#include "include/kernels.h"
#ifdef __linux__
#include <sched.h>
#endif

ptrdiff_t lethe_allowed_processors(void) {
#ifdef __linux__
    // A set too small for the machine is refused.
    for (int most = 1024; most <= 1 << 20; most *= 4) {
        cpu_set_t *set = CPU_ALLOC(most);
        if (!set) break;
        int known = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set) == 0;
        ptrdiff_t count = known ? CPU_COUNT_S(CPU_ALLOC_SIZE(most), set) : 0;
        CPU_FREE(set);
        if (known) return count;
    }
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}
