/*
 * confine: the two parts of the sandbox that an instrumented program (sanitizers, coverage)
 * cannot live under, chosen by Automake: confine.c is the real thing, confine-instrumented.c lets
 * everything pass and says so. For sandbox.c only.
 */
#ifndef LW_PROC_CONFINE_H
#define LW_PROC_CONFINE_H

#include "proc/sandbox.h"

/* RLIMIT_AS. 0 or a negative errno. */
int lw_confine_memory(uint64_t bytes);

/*
 * Loads the filter that s->syscalls or s->forbidden describes. *loaded says whether one holds. 0
 * or a negative errno.
 */
int lw_confine_syscalls(const struct lw_sandbox *s, bool *loaded);

#endif
