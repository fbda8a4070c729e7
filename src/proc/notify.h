/*
 * notify: the service manager's protocol (sd_notify(3)) without its library: one datagram to
 * $NOTIFY_SOCKET.
 */
#ifndef LW_PROC_NOTIFY_H
#define LW_PROC_NOTIFY_H

#include "base/util.h"

struct lw_notify {
	int fd; /* -1 = nobody listens */
	uint64_t watchdog_us; /* of $WATCHDOG_USEC when $WATCHDOG_PID is us; 0 = none */
};

/*
 * Reads the environment (and removes the variables from it). 0 or a negative errno; without a
 * manager 0 and fd -1.
 */
int lw_notify_open(struct lw_notify *n);
void lw_notify_done(struct lw_notify *n);
/* Fields as sd_notify(3) has them: "READY=1\nSTATUS=...". Never blocks; 0 or a negative errno. */
int lw_notify_send(struct lw_notify *n, const char *fields);

#endif
