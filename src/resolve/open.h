/*
 * open: the script or program that a command line names, opened for reading as the interpreter
 * would find it.
 *
 * Called by execution. O_PATH first, then its type, and only a regular file is opened (kernel-facts
 * 21). What was opened belongs to struct lw_opened until the caller takes it (TAKE_FD): whatever is
 * opened next there, or lw_opened_close, closes it.
 */
#ifndef LW_RESOLVE_OPEN_H
#define LW_RESOLVE_OPEN_H

#include "resolve/argv.h"
#include "resolve/walk.h"

#define LW_OPEN_SEARCH 64	/* folders of a search path looked at */
#define LW_OPEN_LEASE_US 20000	/* longest wait for a writer's lease to be broken */

#define LW_OPEN_NOT_REGULAR 1	/* positive outcome: a FIFO, device, folder, socket */

struct lw_opened {
	int fd;				/* O_RDONLY, or -1 */
	int pipe_fd;			/* O_PATH of a pipe, with NOT_REGULAR; else -1 */
	bool memfd;
	struct statx st;
	char path[LW_PLACE_PATH];	/* from the task's root; "/memfd:NAME" */
};

#define LW_OPENED_NONE {.fd = -1, .pipe_fd = -1}

void lw_opened_close(struct lw_opened *o);

struct lw_search {
	enum lw_plan_search how;
	const char *folders;	/* PATH or --library-path, ':' between them; "" = none */
	const char *suffix;	/* or NULL */
};

/* Takes an O_PATH descriptor, in every case. 0, LW_OPEN_NOT_REGULAR or a negative errno. */
int lw_open_for_reading(struct lw_place *p, int path_fd, struct lw_opened *out);
/* By name. The same. */
int lw_open_named(
	struct lw_place *p, const char *name, const struct lw_search *search,
	struct lw_opened *out);
/* Is this O_PATH descriptor a memfd? Its link says so, and its filesystem. */
bool lw_open_is_memfd(struct lw_place *p, int fd, const char *path);

#endif
