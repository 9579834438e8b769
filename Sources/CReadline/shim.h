// GNU readline; Swift cannot see its macros and refuses its global variables, so what it needs of them stands here.
#ifndef LETHE_READLINE_H
#define LETHE_READLINE_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <wchar.h>
#include <readline/readline.h>
#include <readline/history.h>

static inline void lethe_rl_flush(void) { fflush(rl_outstream); }

static inline int lethe_rl_is_searching(void) { return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH) != 0; }

// Ctrl-S is the search forward and not a stop of the output, at the prompt alone.
static inline void lethe_rl_prepare_terminal(int meta) {
    struct termios settings;
    rl_prep_terminal(meta);
    if (tcgetattr(fileno(rl_instream), &settings) == 0 && settings.c_iflag & IXON) {
        settings.c_iflag &= ~(tcflag_t)IXON;
        tcsetattr(fileno(rl_instream), TCSADRAIN, &settings);
    }
}

// After rl_initialize, which leaves the terminal's abilities alone where someone else draws.
static inline void lethe_rl_set_redisplay(rl_voidfunc_t *redisplay) { rl_redisplay_function = redisplay; }

// Before rl_initialize: signals are ours, LINES and COLUMNS stay untouched, and the prompt goes to stderr.
static inline void lethe_rl_configure(void) {
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_readline_name = strdup("lethe");  // readline keeps the pointer
    rl_instream = stdin;
    rl_prep_term_function = lethe_rl_prepare_terminal;
    // A buffered stream of its own: stderr writes every byte by itself, and redrawing would flicker.
    FILE *out = fdopen(2, "w");
    rl_outstream = out ? out : stderr;
    history_comment_char = '#';
    history_write_timestamps = 1;
}

static inline int lethe_rl_end(void) { return rl_end; }
static inline int lethe_rl_point(void) { return rl_point; }
static inline void lethe_rl_set_point(int point) { rl_point = point; }
static inline const char *lethe_rl_display_prompt(void) { return rl_display_prompt; }
static inline const char *lethe_rl_buffer(void) { return rl_line_buffer; }

// The part that is marked, such as what was just pasted; empty where none is.
static inline int lethe_rl_marked_from(void) { return rl_mark < rl_point ? rl_mark : rl_point; }
static inline int lethe_rl_marked_to(void) { return rl_mark < rl_point ? rl_point : rl_mark; }
static inline int lethe_rl_is_on(const char *variable) {
    const char *value = rl_variable_value(variable);
    return value && strcmp(value, "on") == 0;
}

// What a line under way leaves behind when it is given up. Readline's own rl_free_line_state frees the list of undos,
// which an entry of its history may hold too, and then frees it a second time; a few forgotten bytes are the lesser
// evil.
static inline void lethe_rl_forget_undo(void) {
    HIST_ENTRY **entries = history_list();
    rl_undo_list = NULL;
    for (; entries && *entries; entries++) (*entries)->data = NULL;
}

// Readline 8.2 takes a key sequence whose command failed for the end of the input and adds an empty line to every
// answer.
static inline void lethe_rl_not_at_end(void) {
#if RL_READLINE_VERSION >= 0x0802
    rl_eof_found = 0;
#endif
}

// Completion: our own words, our own candidates, in our own order; readline is to see neither quotes nor files.
typedef char **lethe_rl_completer(const char *text, int start, int end);
static inline void lethe_rl_set_completer(lethe_rl_completer *completer, char *(*word_breaks)(void), rl_compdisp_func_t *display) {
    rl_attempted_completion_function = completer;
    rl_completion_word_break_hook = word_breaks;
    rl_completion_display_matches_hook = display;
    rl_completer_quote_characters = NULL;
    rl_basic_quote_characters = strdup("");
    rl_sort_completion_matches = 0;
}
// For the completion under way; readline sets these anew each time.
static inline void lethe_rl_own_candidates(void) {
    rl_attempted_completion_over = 1;
    rl_completion_append_character = 0;
}

// Declared here since <wchar.h> does so only for X/Open programs.
int wcwidth(wchar_t character);

static inline int lethe_locale_is_single_byte(void) { return MB_CUR_MAX == 1; }
#endif
