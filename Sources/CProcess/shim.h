// Copies of a process, which Swift hides because other threads of the process are not copied. Whoever calls this sees to
// it that they hold no locks.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

// As fork. The copy ends with the process that it was made for, however that ends, and leaves Ctrl-C to it.
static inline pid_t lethe_fork(void) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_IGN);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // It may have ended before it was asked for.
        if (getppid() != parent) _exit(1);
    }
    return child;
}
