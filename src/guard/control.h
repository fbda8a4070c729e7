/*
 * control: the guard's part of the control socket: it makes the listening socket, which report
 * serves, and judges who asks when report forwards a request with power. Used by the guard only.
 */
#ifndef LW_GUARD_CONTROL_H
#define LW_GUARD_CONTROL_H

#include "base/util.h"

struct lw_control {
	int fd; /* listening; -1 = closed */
	char path[108]; /* as bound */
	uint64_t dev, ino; /* of the socket file: only our own is removed */
};

/*
 * Makes the folder of path (0755) where it is missing, replaces a stale socket, binds (0600) and
 * listens. Returns 0, -EADDRINUSE when another process listens there, -EEXIST when something that
 * is no socket is in the way, -ENAMETOOLONG, or another negative errno.
 */
int lw_control_open(struct lw_control *c, const char *path);
void lw_control_close(struct lw_control *c); /* and removes the socket file, if it still is ours */

/*
 * May the process at the other end of this connection command us? It must have come in through our
 * own socket: else report, which hands us the descriptor, could show a connection that it made
 * itself to some program of root's. 0 and *uid, -EPERM, -EPROTO (not a connection to our socket),
 * or another negative errno.
 */
int lw_control_check(const struct lw_control *c, int client, uid_t *uid);

#endif
