/*
 * spawn: start a program of ours with numbered descriptors, a clean environment and nothing else
 * open.
 */
#ifndef LW_PROC_SPAWN_H
#define LW_PROC_SPAWN_H

#include <sys/types.h>

#include "base/util.h"

#define LW_SPAWN_FDS 8

struct lw_spawn {
	const char *path; /* absolute */
	const char *const *argv; /* ended by NULL */
	/* fds[i] becomes descriptor i of the child; -1 = /dev/null for 0-2, closed above */
	int fds[LW_SPAWN_FDS];
};

/*
 * vfork-like: all other descriptors are closed, signals are default and unblocked,
 * PR_SET_PDEATHSIG is SIGKILL. Returns the pid, or a negative errno (also when execve failed).
 * *pidfd (if not NULL) gets a pidfd, or -1.
 */
pid_t lw_spawn(const struct lw_spawn *s, int *pidfd);

/*
 * The folder of the helper programs: `override` if not NULL, else the one beside our own
 * executable when it holds them, else pkglibexecdir.
 */
int lw_spawn_libexec(const char *override, char *out, size_t size);

#endif
