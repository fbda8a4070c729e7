/*
 * walk: a path as a held task would resolve it, opened O_PATH.
 *
 * Called by open and execution. Pure way-finding: nothing is opened for reading, so a FIFO or
 * device does not block (a FUSE server can: the process is replaced then).
 *
 * Paths without symbolic links and ".." take one openat2(2) (5.6+). All others are walked one name
 * at a time, from descriptors of the task's root and working directory, with the rules of
 * path_resolution(7): absolute links start at the task's root, ".." stops there, and "self" in
 * procfs is the task, not we. That is exact where RESOLVE_IN_ROOT is not (it loses "../x" from the
 * working directory, /dev/stdin and /proc/self/fd/N: kernel-facts 36), also when the way to
 * /proc/self is a link of the container's own; and it needs neither chroot(2) nor a process of its
 * own.
 */
#ifndef LW_RESOLVE_WALK_H
#define LW_RESOLVE_WALK_H

#include "resolve/place.h"

#define LW_WALK_LINKS 40	/* as the kernel's MAXSYMLINKS */

/*
 * start: the descriptor that relative paths begin at, -1 for the task's working directory. The
 * path's last link is followed. Returns an O_PATH descriptor or a negative errno.
 */
int lw_walk(struct lw_place *p, int start, const char *path);

#endif
