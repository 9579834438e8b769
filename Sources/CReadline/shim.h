// GNU readline; Swift cannot see its macros, so what it needs of them stands here.
#ifndef LETHE_READLINE_H
#define LETHE_READLINE_H
#include <stdio.h>
#include <readline/readline.h>
#include <readline/history.h>
#endif
