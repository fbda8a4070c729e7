/*
 * logs: what children say on their stderr, line by line onto the guard's own, never waiting for
 * its reader for long.
 */
#ifndef LW_GUARD_LOGS_H
#define LW_GUARD_LOGS_H

#include "base/util.h"

struct lw_logs {
	int fd; /* not owned: the guard's stderr */
	bool stalled; /* the last line found no room: do not wait for the next */
	uint64_t written, dropped; /* lines */
	uint64_t told; /* of dropped, already said in a line */
};

/*
 * Makes this process's stderr non-blocking where it can: a FIFO or terminal is opened anew, so
 * that the flag is not forced upon others that hold the same description. For the guard's own
 * lines by lw_log.
 */
void lw_logs_open(struct lw_logs *l);

/*
 * Both ends of a child's stderr: ends[0] stays here, ends[1] becomes descriptor 2. O_CLOEXEC, non-
 * blocking.
 */
int lw_logs_pair(int ends[2]);

/*
 * Takes what waits on fd, at most LW_LOGS_A_ROUND datagrams. who: "gate", "classify". Returns 0 or
 * -EPIPE at the end.
 */
int lw_logs_take(struct lw_logs *l, int fd, const char *who, uint32_t instance);

#define LW_LOGS_A_ROUND 32

#endif
