/*
 * fatal: when the gate itself crashes, the group is closed before anything else happens: what is
 * held goes on at once, also where a core dump, a debugger or a crash reporter keeps the dying
 * process for a while.
 */
#ifndef LW_GATE_FATAL_H
#define LW_GATE_FATAL_H

/*
 * From now on a fatal signal closes fd first. -1 = nothing to close any more. Returns 0 or a
 * negative errno.
 */
int lw_fatal_guard(int fd);

#endif
