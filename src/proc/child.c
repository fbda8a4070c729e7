/*
 * Two phases: SETUP until START, then RUN. Whatever ends the guard's side of the channel ends us:
 * in good order when the guard says so or is gone, with an error when what it says is malformed.
 */
#include "proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SETUP 1
#define RUN 2

#define FRAMES_A_ROUND 32

struct lw_child {
	struct lw_loop *loop;
	struct lw_chan chan;
	const struct lw_child_ops *ops;
	void *arg;
	uint64_t generation; /* of the newest CONFIG seen */
	bool stopping;
};

static void
stop(struct lw_child *c)
{
	if (c->stopping)
		return;
	c->stopping = true;
	lw_loop_del(c->loop, c->chan.fd);
	c->ops->stop(c->arg);
}

static int
read_config(const struct lw_msg_config *m, int fd, char **out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n;

	if (m->length > LW_CHILD_CONFIG_MAX)
		return -EPROTO;
	text = malloc((size_t)m->length + 1);
	if (!text)
		return -ENOMEM;
	n = lw_pread_full(fd, text, m->length, 0);
	if (n < 0)
		return (int)n;
	if ((size_t)n != m->length)
		return -EPROTO;
	text[m->length] = '\0';
	*out = TAKE_PTR(text);
	return 0;
}

static int
on_config(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;
	const struct lw_msg_config *m = r->body;
	_cleanup_free_ char *text = NULL;
	char detail[248] = "";
	int ret;

	if (!c->ops->config)
		return -EPROTO;
	ret = read_config(m, r->fds[0], &text);
	if (ret < 0)
		return ret;
	c->generation = m->generation;
	ret = c->ops->config(c->arg, text, m->length, m->generation, detail);
	if (ret < 0)
		return ret;
	detail[sizeof(detail) - 1] = '\0';
	if (ret == 0 && c->ops->own_ready)
		return 0;
	ret = lw_child_ready(c, ret == 0, 0, detail);
	return LW_MIN(ret, 0);
}

static int
on_resource(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;

	return c->ops->resource ? c->ops->resource(c->arg, r->body, TAKE_FD(r->fds[0])) : -EPROTO;
}

static int
on_peer(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;
	const struct lw_msg_peer *m = r->body;

	if (!c->ops->peer || m->role >= LW_ROLE_COUNT || m->instance >= LW_INSTANCES_MAX)
		return -EPROTO;
	return c->ops->peer(c->arg, m, TAKE_FD(r->fds[0]));
}

static int
on_start(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;

	c->chan.phase = RUN;
	return c->ops->start ? c->ops->start(c->arg, r->body) : 0;
}

static int
on_pause(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;

	return c->ops->pause ? c->ops->pause(c->arg, r->body) : -EPROTO;
}

static int
on_reopen(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;

	return c->ops->reopen ? c->ops->reopen(c->arg) : -EPROTO;
}

static int
on_processes(void *arg, struct lw_received *r)
{
	struct lw_child *c = arg;

	return c->ops->processes ? c->ops->processes(c->arg, r->body) : -EPROTO;
}

static int
on_stop(void *arg, struct lw_received *r)
{
	stop(arg);
	return -ECANCELED;
}

static const struct lw_route routes[] = {
	{LW_MSG_CONFIG, SETUP | RUN, on_config},
	{LW_MSG_RESOURCE, SETUP | RUN, on_resource},
	{LW_MSG_PEER, SETUP | RUN, on_peer},
	{LW_MSG_START, SETUP, on_start},
	{LW_MSG_PAUSE, RUN, on_pause},
	{LW_MSG_REOPEN, RUN, on_reopen},
	{LW_MSG_PROCESSES, RUN, on_processes},
	{LW_MSG_STOP, SETUP | RUN, on_stop},
};

static int
on_readable(void *arg, uint32_t events)
{
	struct lw_child *c = arg;
	int r = lw_chan_dispatch(&c->chan, FRAMES_A_ROUND);

	if (r == -EPIPE || r == -ECONNRESET)
		stop(c);
	return c->stopping ? 0 : r;
}

static int
on_signal(void *arg, int signo)
{
	stop(arg);
	return 0;
}

static int
take_signals(struct lw_child *c)
{
	static const int ignored[] = {SIGPIPE, SIGHUP, SIGUSR1, SIGUSR2};
	static const int stopping[] = {SIGTERM, SIGINT, 0};

	for (size_t i = 0; i < LW_ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	return lw_loop_signals(c->loop, stopping, on_signal, c);
}

/*
 * Started by hand, descriptor 3 is missing or something else: say so before anything is read from
 * it.
 */
static int
check_guard_fd(int fd)
{
	int type = 0, flags;
	socklen_t size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return -errno;
	if (type != SOCK_SEQPACKET)
		return -EPROTOTYPE;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int
enter_loop(struct lw_child *c)
{
	int r;

	r = take_signals(c);
	if (r < 0)
		return r;
	return lw_loop_add(c->loop, c->chan.fd, EPOLLIN, on_readable, c);
}

int
lw_child_new(struct lw_child **out, struct lw_loop *loop, const struct lw_child_ops *ops, void *arg)
{
	struct lw_child *c;
	int r;

	r = check_guard_fd(LW_FD_GUARD);
	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct lw_child){.loop = loop, .ops = ops, .arg = arg};
	lw_chan_init(&c->chan, LW_FD_GUARD, routes, LW_ARRAY_SIZE(routes), c);
	c->chan.phase = SETUP;
	r = enter_loop(c);
	if (r < 0) {
		lw_child_free(c);
		return r;
	}
	*out = c;
	return 0;
}

struct lw_child *
lw_child_free(struct lw_child *c)
{
	if (!c)
		return NULL;
	if (!c->stopping)
		lw_loop_del(c->loop, c->chan.fd);
	lw_chan_done(&c->chan);
	free(c);
	return NULL;
}

void
lw_child_freep(struct lw_child **c)
{
	*c = lw_child_free(*c);
}

int
lw_child_ready(struct lw_child *c, bool ok, uint32_t marks, const char *detail)
{
	struct lw_msg_ready m = {.ok = ok, .marks = marks};

	(void)lw_copy_string(m.detail, sizeof(m.detail), detail ? detail : "");
	return lw_chan_send(&c->chan, LW_MSG_READY, c->generation, &m, NULL, 0);
}

int
lw_child_heartbeat(struct lw_child *c)
{
	struct lw_msg_empty m = {0};

	return lw_chan_send(&c->chan, LW_MSG_HEARTBEAT, 0, &m, NULL, 0);
}

int
lw_child_replace(struct lw_child *c, enum lw_role role, uint32_t instance)
{
	struct lw_msg_replace m = {.role = role, .instance = instance};

	return lw_chan_send(&c->chan, LW_MSG_REPLACE, 0, &m, NULL, 0);
}

int
lw_child_control(
	struct lw_child *c, enum lw_control_request request, uint32_t seconds, int client_fd)
{
	struct lw_msg_control m = {.request = request, .seconds = seconds};

	return lw_chan_send(&c->chan, LW_MSG_CONTROL, 0, &m, &client_fd, 1);
}
