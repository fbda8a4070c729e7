/*
 * pipe: the code that waits in a pipe, read without taking it; and who writes it.
 *
 * Called by content. tee(2) copies what the pipe holds and leaves it there (kernel-facts 26). The
 * waiting is bounded, and short where only the parent writes: one that waits for the exec to
 * succeed never writes while we hold it. Owns nothing beyond a call.
 */
#ifndef LW_RESOLVE_PIPE_H
#define LW_RESOLVE_PIPE_H

#include "resolve/place.h"

#define LW_PIPE_WAIT_MAX_US 200000u /* for the first bytes */
#define LW_PIPE_WAIT_PARENT_US 5000u /* the same, when the parent alone writes */
#define LW_PIPE_STEP_US 200u /* the writer is looked at so often meanwhile */
#define LW_PIPE_SETTLE_US 20000u /* for the end, once there is a beginning */
#define LW_PIPE_SIBLINGS 128u /* children of the parent looked at for the writer */
#define LW_PIPE_FDS 64u /* descriptors of each */

struct lw_pipe_bytes {
	char *bytes; /* the caller's */
	size_t size;
	size_t length; /* that were there */
	bool ended; /* nobody writes any more, and all of it is here */
};

/* Is this O_PATH descriptor a pipe(2), not a FIFO on a filesystem? */
bool lw_pipe_is(int path_fd);

/* Opens it for peeking: a descriptor, the caller's, or a negative errno. */
int lw_pipe_open(struct lw_place *p, int path_fd);
enum lw_pipe_state {
	LW_PIPE_SILENT, /* nothing yet */
	LW_PIPE_FILLED, /* there is something in it */
	LW_PIPE_ENDED, /* it is empty, and nobody writes to it any more */
};

/* What it is now, or becomes within so long. */
enum lw_pipe_state lw_pipe_wait(int fd, uint32_t wait_us);
/* Once there is something: waits shortly for its end, and copies. 0 or a negative errno. */
int lw_pipe_peek(int fd, struct lw_pipe_bytes *out);

/* One end of a pipe: who has it mostly has it as standard input or output. */
enum lw_pipe_end { LW_PIPE_READER, LW_PIPE_WRITER };

/*
 * The process that has this end: a child of ppid other than self, else ppid. link is "pipe:[N]". 0
 * when none is found.
 */
uint32_t lw_pipe_holder(
	struct lw_place *p, uint32_t ppid, uint32_t self, const char *link, enum lw_pipe_end end);

#endif
