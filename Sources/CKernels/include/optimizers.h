// Fused optimizer updates over flat parameter arrays; each is one pass over memory.
#ifndef LETHE_OPTIMIZERS_H
#define LETHE_OPTIMIZERS_H
#include <stddef.h>
#endif
