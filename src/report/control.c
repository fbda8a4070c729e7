#include "report/control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "report/spool.h"

#define ACCEPT_PAUSE_US 1000000 /* after EMFILE: the queue waits in the kernel */
#define ANSWER_MAX (8u * 1024 * 1024) /* bytes of one answer while it is made */

enum client_state { CLIENT_FREE, CLIENT_READING, CLIENT_ANSWERED, CLIENT_TAILING };

struct client {
	struct lw_control *owner;
	enum client_state state;
	int fd;
	bool writable_wanted;
	bool said_all; /* it closed its side: only our answer is still to go */
	size_t have; /* bytes of the request */
	size_t at; /* bytes of the first spooled line that are out */
	struct lw_spool out;
	struct lw_timer deadline;
	uint64_t turn; /* the lower, the longer it is here */
	char request[LW_CONTROL_LINE];
};

struct lw_control {
	struct lw_loop *loop;
	const struct lw_control_ops *ops;
	void *arg;
	int fd;
	unsigned count;
	uint64_t turns; /* clients ever */
	uint64_t dropped;
	struct lw_timer pause;
	struct client clients[LW_CONTROL_CLIENTS];
};

struct verb {
	const char *name;
	bool wants_seconds;
	void (*answer)(struct client *c, uint32_t seconds);
};

static void
client_close(struct client *c)
{
	lw_timer_disarm(c->owner->loop, &c->deadline);
	lw_loop_del(c->owner->loop, c->fd);
	/* The guard may hold a descriptor of it still: the client must not wait for that one. */
	(void)shutdown(c->fd, SHUT_RDWR);
	lw_closep(&c->fd);
	lw_spool_done(&c->out);
	c->state = CLIENT_FREE;
	c->owner->count--;
}

static void
client_drop(struct client *c)
{
	c->owner->dropped++;
	client_close(c);
}

static int
on_deadline(void *arg)
{
	client_drop(arg);
	return 0;
}

static void
watch_writable(struct client *c, bool wanted)
{
	if (c->writable_wanted == wanted)
		return;
	c->writable_wanted = wanted;
	(void)lw_loop_mod(
		c->owner->loop, c->fd, (c->said_all ? 0 : EPOLLIN) | (wanted ? EPOLLOUT : 0));
}

/* The end of what a client says. One that waits for an answer still gets it. */
static void
client_said_all(struct client *c)
{
	if (c->state != CLIENT_ANSWERED) {
		client_close(c);
		return;
	}
	c->said_all = true;
	(void)lw_loop_mod(c->owner->loop, c->fd, EPOLLOUT);
	c->writable_wanted = true;
}

/* Sends what waits. May close the client. */
static void
client_pump(struct client *c)
{
	const char *line;
	size_t length;

	while ((line = lw_spool_first(&c->out, &length))) {
		ssize_t n = send(c->fd, &line[c->at], length - c->at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			watch_writable(c, true);
			return;
		}
		if (n < 0) {
			client_close(c);
			return;
		}
		c->at += n;
		if (c->at == length) {
			lw_spool_drop_first(&c->out);
			c->at = 0;
		}
	}
	watch_writable(c, false);
	if (c->state == CLIENT_ANSWERED)
		client_close(c);
}

static void
queue(struct client *c, const char *text)
{
	(void)lw_spool_add(&c->out, text, strlen(text));
}

static void
answer_error(struct client *c, const char *why)
{
	char line[128];

	snprintf(line, sizeof(line), "{\"ok\":false,\"error\":\"%s\"}\n", why);
	queue(c, line);
}

static void
answer_lines(struct client *c, void (*make)(void *arg, struct lw_text *out))
{
	_cleanup_text_ struct lw_text t = {0};

	lw_text_init(&t, ANSWER_MAX);
	make(c->owner->arg, &t);
	if (t.failed || t.length > LW_CONTROL_BACKLOG - LW_CONTROL_LINE) {
		answer_error(c, "the answer is too long");
		return;
	}
	queue(c, "{\"ok\":true}\n");
	if (t.length)
		(void)lw_spool_add(&c->out, t.data, t.length);
}

static void
answer_status(struct client *c, uint32_t seconds)
{
	answer_lines(c, c->owner->ops->status);
}

static void
answer_containers(struct client *c, uint32_t seconds)
{
	answer_lines(c, c->owner->ops->containers);
}

static unsigned
count_tails(const struct lw_control *control)
{
	unsigned tails = 0;

	for (size_t i = 0; i < LW_CONTROL_CLIENTS; i++)
		tails += control->clients[i].state == CLIENT_TAILING;
	return tails;
}

static void
answer_tail(struct client *c, uint32_t seconds)
{
	if (count_tails(c->owner) >= LW_CONTROL_TAILS) {
		answer_error(c, "too many clients follow already");
		return;
	}
	queue(c, "{\"ok\":true}\n");
	c->state = CLIENT_TAILING;
}

static void
hand_over(struct client *c, enum lw_control_request request, uint32_t seconds)
{
	int r = c->owner->ops->request(c->owner->arg, request, seconds, c->fd);

	if (r == 0)
		queue(c, "{\"ok\":true}\n");
	else
		answer_error(c, "the daemon could not be asked");
}

static void
answer_pause(struct client *c, uint32_t seconds)
{
	hand_over(c, LW_CONTROL_PAUSE, seconds);
}

static void
answer_resume(struct client *c, uint32_t seconds)
{
	hand_over(c, LW_CONTROL_RESUME, 0);
}

static void
answer_reload(struct client *c, uint32_t seconds)
{
	hand_over(c, LW_CONTROL_RELOAD, 0);
}

static const struct verb verbs[] = {
	{"status", false, answer_status},
	{"containers", false, answer_containers},
	{"tail", false, answer_tail},
	{"pause", true, answer_pause},
	{"resume", false, answer_resume},
	{"reload", false, answer_reload},
};

/* The number of "pause SECONDS": 1..LW_PAUSE_MAX. */
static bool
parse_seconds(const char *s, uint32_t *out)
{
	uint64_t v;

	if (!s || lw_parse_u64(s, &v) != 0 || v == 0 || v > LW_PAUSE_MAX)
		return false;
	*out = v;
	return true;
}

static void
answer(struct client *c)
{
	char *argument = strchr(c->request, ' ');
	uint32_t seconds = 0;

	if (argument)
		*argument++ = '\0';
	c->state = CLIENT_ANSWERED;
	for (size_t i = 0; i < LW_ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, c->request) != 0)
			continue;
		if (verbs[i].wants_seconds ? !parse_seconds(argument, &seconds) : argument != NULL)
			answer_error(c, "bad argument");
		else
			verbs[i].answer(c, seconds);
		return;
	}
	answer_error(c, "unknown request");
}

/* After the request nothing more is expected; a client that leaves is noticed. */
static void
begin_answer(struct client *c)
{
	answer(c);
	if (c->state == CLIENT_TAILING)
		lw_timer_disarm(c->owner->loop, &c->deadline);
	else
		(void)lw_timer_arm(
			c->owner->loop, &c->deadline, LW_CONTROL_REQUEST_US, on_deadline, c);
	client_pump(c);
}

static void
client_read(struct client *c)
{
	char junk[256], *end;
	bool reading = c->state == CLIENT_READING;
	ssize_t n = recv(c->fd, reading ? &c->request[c->have] : junk,
		reading ? sizeof(c->request) - c->have : sizeof(junk), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_said_all(c);
		return;
	}
	if (!reading)
		return;
	c->have += n;
	end = memchr(c->request, '\n', c->have);
	if (!end && c->have == sizeof(c->request)) {
		client_drop(c);
		return;
	}
	if (!end)
		return;
	*end = '\0';
	begin_answer(c);
}

static int
on_client(void *arg, uint32_t events)
{
	struct client *c = arg;

	if (events & (EPOLLHUP | EPOLLERR) && c->state != CLIENT_READING)
		client_close(c); /* nobody is there to read */
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		client_read(c);
	if (c->state != CLIENT_FREE && (events & EPOLLOUT))
		client_pump(c);
	return 0;
}

static struct client *
free_client(struct lw_control *control)
{
	for (size_t i = 0; i < LW_CONTROL_CLIENTS; i++) {
		if (control->clients[i].state == CLIENT_FREE)
			return &control->clients[i];
	}
	return NULL;
}

/* There is always one: fewer may follow than may be here. */
static struct client *
oldest_not_tailing(struct lw_control *control)
{
	struct client *oldest = NULL;

	for (size_t i = 0; i < LW_CONTROL_CLIENTS; i++) {
		struct client *c = &control->clients[i];

		if (c->state != CLIENT_TAILING && (!oldest || c->turn < oldest->turn))
			oldest = c;
	}
	return oldest;
}

/* Nobody is kept out by others who say nothing or do not take their answers. */
static struct client *
make_room(struct lw_control *control)
{
	static const char line[] = "{\"ok\":false,\"error\":\"too many clients\"}\n";
	struct client *c = free_client(control);

	if (c)
		return c;
	c = oldest_not_tailing(control);
	if (c->state == CLIENT_READING)
		(void)!send(c->fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	client_drop(c);
	return c;
}

static int
client_begin(struct lw_control *control, int fd)
{
	struct client *c = make_room(control);
	int r;

	*c = (struct client){
		.owner = control, .fd = fd, .state = CLIENT_READING, .turn = control->turns++};
	lw_spool_init(&c->out, LW_CONTROL_BACKLOG);
	r = lw_loop_add(control->loop, fd, EPOLLIN, on_client, c);
	if (r != 0) {
		c->state = CLIENT_FREE;
		return r;
	}
	control->count++;
	r = lw_timer_arm(control->loop, &c->deadline, LW_CONTROL_REQUEST_US, on_deadline, c);
	if (r != 0)
		client_close(c);
	return 0;
}

static int
on_pause_over(void *arg)
{
	struct lw_control *control = arg;

	return lw_loop_mod(control->loop, control->fd, EPOLLIN);
}

static int
on_connect(void *arg, uint32_t events)
{
	struct lw_control *control = arg;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
		(void)lw_loop_mod(control->loop, control->fd, 0);
		return lw_timer_arm(
			control->loop, &control->pause, ACCEPT_PAUSE_US, on_pause_over, control);
	}
	if (fd >= 0 && client_begin(control, fd) != 0)
		close(fd);
	return 0;
}

int
lw_control_new(struct lw_control **out, struct lw_loop *loop, int listen_fd,
	const struct lw_control_ops *ops, void *arg)
{
	_cleanup_close_ int fd = listen_fd;
	_cleanup_free_ struct lw_control *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	c->loop = loop;
	c->ops = ops;
	c->arg = arg;
	r = lw_loop_add(loop, fd, EPOLLIN, on_connect, c);
	if (r != 0)
		return r;
	c->fd = TAKE_FD(fd);
	*out = TAKE_PTR(c);
	return 0;
}

struct lw_control *
lw_control_free(struct lw_control *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < LW_CONTROL_CLIENTS; i++) {
		if (c->clients[i].state != CLIENT_FREE)
			client_close(&c->clients[i]);
	}
	lw_timer_disarm(c->loop, &c->pause);
	lw_loop_del(c->loop, c->fd);
	lw_closep(&c->fd);
	free(c);
	return NULL;
}

void
lw_control_tail(struct lw_control *control, const char *line, size_t length)
{
	for (size_t i = 0; control && i < LW_CONTROL_CLIENTS; i++) {
		struct client *c = &control->clients[i];

		if (c->state != CLIENT_TAILING)
			continue;
		if (!lw_spool_add(&c->out, line, length))
			client_drop(c);
		else if (!c->writable_wanted)
			client_pump(c);
	}
}

unsigned
lw_control_clients(const struct lw_control *c)
{
	return c ? c->count : 0;
}

uint64_t
lw_control_dropped(const struct lw_control *c)
{
	return c ? c->dropped : 0;
}
