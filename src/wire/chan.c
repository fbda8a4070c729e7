#include "wire/chan.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

/*
 * Exactly the room of LW_CHAN_FDS descriptors: the kernel itself drops what a peer sends beyond,
 * and says MSG_CTRUNC.
 */
union control {
	char bytes[CMSG_SPACE(sizeof(int) * LW_CHAN_FDS)];
	struct cmsghdr align;
};

static_assert(CMSG_SPACE(sizeof(int) * LW_CHAN_FDS) < CMSG_SPACE(sizeof(int) * (LW_CHAN_FDS + 1)),
	"padding leaves no room for one more descriptor");

struct datagram {
	struct lw_received received;
	size_t length; /* of all that came, frame included */
	unsigned fd_count;
	int flags; /* of recvmsg(2) */
	alignas(max_align_t) char body[LW_CHAN_BODY_MAX];
};

void
lw_chan_init(
	struct lw_chan *c, int fd, const struct lw_route *routes, size_t route_count, void *arg)
{
	*c = (struct lw_chan){
		.fd = fd, .phase = 1, .routes = routes, .route_count = route_count, .arg = arg};
}

void
lw_chan_done(struct lw_chan *c)
{
	lw_closep(&c->fd);
}

static void
control_put(struct msghdr *msg, union control *control, const int *fds, unsigned fd_count)
{
	struct cmsghdr *cmsg;

	if (fd_count == 0)
		return;
	msg->msg_control = control->bytes;
	msg->msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
	memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * fd_count);
}

/*
 * ENOBUFS: no memory for the datagram now. ETOOMANYREFS: more descriptors in flight than
 * RLIMIT_NOFILE, because the peer does not take them. Both are a peer that lags behind, like
 * EAGAIN.
 */
static int
send_outcome(struct lw_chan *c, int error)
{
	switch (error) {
	case EAGAIN:
	case ENOBUFS:
	case ETOOMANYREFS:
		c->full++;
		return LW_CHAN_FULL;
	case ECONNRESET:
	case ENOTCONN:
		return -EPIPE;
	default:
		return -error;
	}
}

int
lw_chan_send(struct lw_chan *c, unsigned type, uint64_t id, const void *body, const int *fds,
	unsigned fd_count)
{
	const struct lw_message_rule *rule = lw_message_rule(type);
	union control control = {0};
	struct lw_frame frame;
	struct iovec iov[2];
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = LW_ARRAY_SIZE(iov)};
	ssize_t n;

	if (!rule || fd_count < rule->fds_min || fd_count > rule->fds_max)
		return -EPROTO;
	if (c->fd < 0)
		return -EPIPE;
	frame = (struct lw_frame){
		.type = type, .fd_count = fd_count, .length = rule->length, .id = id};
	iov[0] = (struct iovec){.iov_base = &frame, .iov_len = sizeof(frame)};
	iov[1] = (struct iovec){.iov_base = (void *)body, .iov_len = rule->length};
	control_put(&msg, &control, fds, fd_count);
	do
		n = sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return send_outcome(c, errno);
	c->sent++;
	return 0;
}

/* At most LW_CHAN_FDS can be there: the control buffer holds no more. */
static void
control_take(struct msghdr *msg, struct datagram *d)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t count;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		count = LW_MIN(count, LW_CHAN_FDS - d->fd_count);
		memcpy(&d->received.fds[d->fd_count], CMSG_DATA(cmsg), count * sizeof(int));
		d->fd_count += count;
	}
}

static void
datagram_done(struct datagram *d)
{
	for (unsigned i = 0; i < LW_CHAN_FDS; i++)
		lw_closep(&d->received.fds[i]);
}

#define NONE_WAITS 1

/* Returns 0, NONE_WAITS, -EPIPE at the end, or another negative errno. */
static int
datagram_receive(int fd, struct datagram *d)
{
	union control control;
	struct iovec iov[] = {
		{.iov_base = &d->received.frame, .iov_len = sizeof(d->received.frame)},
		{.iov_base = d->body, .iov_len = sizeof(d->body)},
	};
	struct msghdr msg;
	ssize_t n;

	/*
	 * ECONNRESET is said once, before frames that the peer sent ahead of closing its end with
	 * some of ours unread: what it said last is still to be had.
	 */
	do {
		msg = (struct msghdr){
			.msg_iov = iov,
			.msg_iovlen = LW_ARRAY_SIZE(iov),
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes),
		};
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == EAGAIN ? NONE_WAITS : -errno;
	control_take(&msg, d);
	d->length = n;
	d->flags = msg.msg_flags;
	return n == 0 ? -EPIPE : 0;
}

/*
 * MSG_CTRUNC with room left in our control buffer is no fault of the peer: the kernel could not
 * install the descriptor here (RLIMIT_NOFILE).
 */
static int
datagram_check(const struct datagram *d)
{
	const struct lw_frame *frame = &d->received.frame;
	const struct lw_message_rule *rule;

	if (d->length < sizeof(*frame) || d->flags & MSG_TRUNC)
		return -EPROTO;
	rule = lw_message_rule(frame->type);
	if (!rule || frame->length != rule->length || d->length != sizeof(*frame) + rule->length)
		return -EPROTO;
	if (frame->fd_count < rule->fds_min || frame->fd_count > rule->fds_max)
		return -EPROTO;
	if (d->flags & MSG_CTRUNC)
		return d->fd_count < frame->fd_count ? -EMFILE : -EPROTO;
	return d->fd_count == frame->fd_count ? 0 : -EPROTO;
}

static const struct lw_route *
route_find(const struct lw_chan *c, unsigned type)
{
	for (size_t i = 0; i < c->route_count; i++)
		if (c->routes[i].type == type && c->routes[i].phases & c->phase)
			return &c->routes[i];
	return NULL;
}

/* One frame, from the socket through its handler. As lw_chan_dispatch, or NONE_WAITS. */
static int
dispatch_one(struct lw_chan *c, struct datagram *d)
{
	const struct lw_route *route;
	int r = datagram_receive(c->fd, d);

	if (r != 0)
		return r;
	r = datagram_check(d);
	if (r < 0)
		return r;
	route = route_find(c, d->received.frame.type);
	if (!route)
		return -EPROTO;
	c->received++;
	r = route->fn(c->arg, &d->received);
	return r < 0 ? r : 0;
}

int
lw_chan_dispatch(struct lw_chan *c, unsigned most)
{
	struct datagram d;

	if (c->fd < 0)
		return -EPIPE;
	for (; most > 0 && c->fd >= 0; most--) {
		int r;

		d.received = (struct lw_received){.body = d.body, .fds = {-1, -1}};
		d.fd_count = 0;
		r = dispatch_one(c, &d);
		datagram_done(&d);
		if (r != 0)
			return LW_MIN(r, 0);
	}
	return 0;
}

static int
buffer_set(int fd, size_t buffer)
{
	int size = LW_MIN(buffer, INT32_MAX);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == 0)
		return 0;
	/* Without CAP_NET_ADMIN: as much as net.core.wmem_max allows. */
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0 ? 0 : -errno;
}

int
lw_chan_pair(int fds[2], size_t buffer)
{
	_cleanup_close_ int a = -1, b = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -errno;
	a = pair[0];
	b = pair[1];
	r = buffer_set(a, buffer);
	if (r == 0)
		r = buffer_set(b, buffer);
	if (r < 0)
		return r;
	fds[0] = TAKE_FD(a);
	fds[1] = TAKE_FD(b);
	return 0;
}
