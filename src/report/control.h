/*
 * control: serves the control socket (layerwatch/control.h): a request of one line, JSON lines as
 * the answer. The socket's mode says who may connect; what changes something is handed to the
 * guard, which looks at the client itself. Clients that are slow or silent are dropped in time, and
 * at once when another one wants their place. Owned by report.
 */
#ifndef LW_REPORT_CONTROL_H
#define LW_REPORT_CONTROL_H

#include "base/loop.h"
#include "base/text.h"
#include "layerwatch/control.h"
#include "layerwatch/messages.h"

#define LW_CONTROL_REQUEST_US                                                                      \
	5000000 /* a client has so long for its line, and for taking each answer */

/* What the answers are made of. */
struct lw_control_ops {
	/* Each adds JSON lines, newlines included. */
	void (*status)(void *arg, struct lw_text *out);
	void (*containers)(void *arg, struct lw_text *out);
	/* Hands a request with the client's socket to the guard: 0, or why not. */
	int (*request)(void *arg, enum lw_control_request request, uint32_t seconds, int client_fd);
};

struct lw_control;

/* Takes listen_fd, which is made non-blocking. */
int lw_control_new(struct lw_control **out, struct lw_loop *loop, int listen_fd,
	const struct lw_control_ops *ops, void *arg);
struct lw_control *lw_control_free(struct lw_control *c); /* always NULL */
/* A finding, for the clients that follow. */
void lw_control_tail(struct lw_control *c, const char *line, size_t length);
unsigned lw_control_clients(const struct lw_control *c);
uint64_t lw_control_dropped(const struct lw_control *c); /* clients that were too slow, or silent */

#endif
