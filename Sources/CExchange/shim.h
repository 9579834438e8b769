// Two paths change places in one step (Linux's renameat2), which the C library shows only to programs that ask for GNU
// extensions.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// 0, or -1 with errno set: the file system cannot do it, or one of the paths cannot be moved.
static inline int lethe_exchange(const char *first, const char *second) {
    long syscall(long number, ...);
    return (int)syscall(SYS_renameat2, AT_FDCWD, first, AT_FDCWD, second, 2U /* RENAME_EXCHANGE */);
}
