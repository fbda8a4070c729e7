/*
 * start: one child process with its numbered descriptors and its command line. For children.c.
 */
#ifndef LW_GUARD_START_H
#define LW_GUARD_START_H

#include "guard/children.h"

/*
 * Returns the pid, *channel and *log are our ends (owned by the caller); or a negative errno and
 * nothing open.
 */
pid_t lw_start_process(const struct lw_process *p, int *channel, int *log);

#endif
