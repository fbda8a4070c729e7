/*
 * follower: is this event that of an interpreter which the kernel opens for a program, or of a
 * program that a task asked for? One execve raises an event for its program, then one for the
 * program's ELF loader or "#!" interpreter (kernel-facts 2, 12). The arguments belong to the
 * program; a loader or interpreter that was itself asked for has arguments of its own, and they
 * name the code that runs.
 *
 * The held task's kernel stack says it without a doubt: only an interpreter is opened by
 * open_exec(). What the task did before is no proof: an execve can fail after its program's
 * event, and the next one would pass for its continuation.
 */
#ifndef LW_GATE_FOLLOWER_H
#define LW_GATE_FOLLOWER_H

#include "base/util.h"

/* Can this process read kernel stacks (CONFIG_STACKTRACE, CAP_SYS_ADMIN)? */
bool lw_follower_works(void);

/* false also where the stack can't be read: then resolve finds out, at a higher price. */
bool lw_follower_is(uint32_t tid);

/* For lw_follower_is and its test: does this text of /proc/TID/stack stand below open_exec()? */
bool lw_follower_parse(const char *stack);

#endif
