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
 *
 * The stack does not say for which program. A memfd raises no event of its own, only its loader
 * does (kernel-facts 8): so a follower is one only after an event of its task that lets it expect
 * one, and otherwise resolve looks at who started it.
 */
#ifndef LW_GATE_FOLLOWER_H
#define LW_GATE_FOLLOWER_H

#include "base/util.h"

#define LW_FOLLOWERS_MAX 1024 /* tasks; a power of two. Who is pushed out goes the long way */

struct lw_followers {
	uint32_t expected[LW_FOLLOWERS_MAX]; /* by tid, 0 = none */
};

/* This task's program is let go, and an interpreter or loader will follow, or none will. */
void lw_followers_expect(struct lw_followers *f, uint32_t tid, bool follower);
/* Is this event the follower that was expected? The expectation is used up. */
bool lw_followers_take(struct lw_followers *f, uint32_t tid);

/* Can this process read kernel stacks (CONFIG_STACKTRACE, CAP_SYS_ADMIN)? */
bool lw_follower_works(void);

/* false also where the stack can't be read: then resolve finds out, at a higher price. */
bool lw_follower_is(uint32_t tid);

/* For lw_follower_is and its test: does this text of /proc/TID/stack stand below open_exec()? */
bool lw_follower_parse(const char *stack);

#endif
