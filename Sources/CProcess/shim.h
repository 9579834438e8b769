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

#include <sys/vfs.h>

// Bytes that there are for a file in a folder on a disk; 0 where it lies in memory, or is none.
static inline long long lethe_disk_room(const char *folder) {
    struct statfs system;
    if (statfs(folder, &system) != 0) return 0;
    const long tmpfs = 0x01021994, ramfs = 0x858458f6;
    if (system.f_type == tmpfs || system.f_type == ramfs) return 0;
    return (long long)system.f_bavail * system.f_bsize;
}
