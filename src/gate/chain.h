/*
 * chain: which events belong to one execve. After a program's own event the same execve raises
 * one for its ELF
 * interpreter, or for the interpreter of its "#!" line (kernel-facts 2, 12).
 *
 * A follower is recognised by its task standing in the same system call with the same registers,
 * and only once. What stays
 * possible is said in layerwatchd(8): a task that lets an execve fail after its program's event,
 * then calls
 * again with the same registers, has that one follower taken for granted. Its file is judged like
 * any other all the same.
 */
#ifndef LW_GATE_CHAIN_H
#define LW_GATE_CHAIN_H

#include "base/util.h"

#define LW_CHAIN_SLOTS 1024 /* a power of two */

enum lw_follower {
	LW_FOLLOWER_NONE,
	LW_FOLLOWER_LOADER, /* of an ELF program with PT_INTERP */
	LW_FOLLOWER_INTERPRETER, /* of a "#!" line */
	LW_FOLLOWER_ANY, /* the program was let go before it was looked at (detect mode) */
};

struct lw_chain_link {
	uint32_t tid;
	uint64_t registers; /* hash of /proc/TID/syscall */
	enum lw_follower follower;
};

struct lw_chain {
	struct lw_chain_link links[LW_CHAIN_SLOTS];
	uint64_t seed;
};

void lw_chain_init(struct lw_chain *c);
/* This task, held in its execve, is about to go on: a follower will come (NONE: none will). */
void lw_chain_expect(struct lw_chain *c, uint32_t tid, enum lw_follower follower);
/* Is this event the follower? The expectation is used up. */
enum lw_follower lw_chain_take(struct lw_chain *c, uint32_t tid);

#endif
