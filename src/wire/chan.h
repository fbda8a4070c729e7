/*
 * chan: one end of a SOCK_SEQPACKET pair that carries frames (layerwatch/messages.h).
 *
 * A receiver gives a table of routes; a frame is handed on only when its type stands there for the
 * channel's present phase, and its length and fd count are those of lw_message_rule(). Anything
 * else is -EPROTO: fatal for a privileged receiver. Received fds are O_CLOEXEC and owned by the
 * frame until a handler takes them; what is left is closed after the handler returns.
 */
#ifndef LW_WIRE_CHAN_H
#define LW_WIRE_CHAN_H

#include "base/util.h"
#include "layerwatch/messages.h"

#define LW_CHAN_FDS 2
/* Positive outcome: the peer's queue has no room, nothing was sent */
#define LW_CHAN_FULL 1
#define LW_CHAN_BODY_MAX 16384	/* bytes, above the largest body (a static_assert holds it) */

struct lw_message_rule {
	const char *name;
	uint32_t length;	/* of the body, exact */
	uint8_t fds_min, fds_max;
};

/* NULL for a type that does not exist. */
const struct lw_message_rule *lw_message_rule(unsigned type);
/* "gate", ...; "invalid" for a number that is no role. */
const char *lw_role_to_str(unsigned role);

struct lw_received {
	struct lw_frame frame;
	const void *body;		/* aligned for any struct of messages.h */
	int fds[LW_CHAN_FDS];		/* -1 where there is none */
};

typedef int (*lw_route_fn)(void *arg, struct lw_received *r);

struct lw_route {
	uint16_t type;
	uint16_t phases;	/* bit mask over the receiver's own phases */
	lw_route_fn fn;		/* 0, or a negative errno that is forwarded */
};

struct lw_chan {
	int fd;			/* owned, non-blocking; -1 = closed */
	uint16_t phase;		/* one bit; routes whose mask has it are open; 1 at first */
	const struct lw_route *routes;
	size_t route_count;
	void *arg;
	uint64_t sent, received, full;	/* counted */
};

/* Takes fd. */
void lw_chan_init(struct lw_chan *c, int fd, const struct lw_route *routes,
	size_t route_count, void *arg);
void lw_chan_done(struct lw_chan *c);

/*
 * Sends one frame, never waits; does not take the fds. body's length is the rule's. Returns 0,
 * LW_CHAN_FULL, -EPIPE when the peer is gone or the channel is closed, -EPROTO when fd_count
 * breaks the rule, or a negative errno.
 */
int lw_chan_send(struct lw_chan *c, unsigned type, uint64_t id, const void *body,
	const int *fds, unsigned fd_count);

/*
 * Receives and dispatches frames until none waits, at most `most`. Returns 0, -EPIPE when the peer
 * has closed, -EPROTO, -EMFILE when the kernel could not install a descriptor here (RLIMIT_NOFILE;
 * the frame is lost), or what a handler returned. Frames sent before the peer closed are handed on
 * first. A handler may close the channel: 0 is returned then. Does not touch c after a handler
 * that freed it returned negative.
 */
int lw_chan_dispatch(struct lw_chan *c, unsigned most);

/*
 * A pair, both ends O_CLOEXEC | O_NONBLOCK, with send buffers of the given size (SO_SNDBUFFORCE
 * where allowed).
 */
int lw_chan_pair(int fds[2], size_t buffer);

#endif
