#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ctl/tree.h"
#include "layerwatch/control.h"

#define READ_SIZE 65536

static int
open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (!lw_copy_string(address.sun_path, sizeof(address.sun_path), path))
		return -ENAMETOOLONG;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	return TAKE_FD(fd);
}

static int
send_request(int fd, const char *request)
{
	char line[LW_CONTROL_LINE + 1];
	int length = snprintf(line, sizeof(line), "%s\n", request);

	if (length >= (int)sizeof(line))
		return -EMSGSIZE;
	/*
	 * A server that has no room for a client closes at once: that is no reason to die of
	 * SIGPIPE.
	 */
	return send(fd, line, length, MSG_NOSIGNAL) == length ? 0 : -errno;
}

/* 1 when there are new bytes, 0 at the end. */
static int
receive(struct lw_client *c, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = c->fd, .events = POLLIN};
	char bytes[READ_SIZE];
	int r;

	do
		r = poll(&poll_fd, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	ssize_t n = read(c->fd, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	lw_text_add(&c->in, bytes, n);
	if (c->in.failed)
		return -EMSGSIZE;
	return n > 0;
}

/* Lines that were handed out make room when nothing whole is left. */
static void
forget_read(struct lw_client *c)
{
	size_t left = c->in.length - c->at;

	if (c->at == 0)
		return;
	memmove(c->in.data, &c->in.data[c->at], left);
	lw_text_cut(&c->in, left);
	c->at = 0;
}

int
lw_client_line(struct lw_client *c, int timeout_ms, const char **line, size_t *length)
{
	size_t looked = 0;

	for (;;) {
		char *from = c->in.data ? &c->in.data[c->at] : NULL;
		size_t left = c->in.length - c->at;
		char *end = left > looked ? memchr(&from[looked], '\n', left - looked) : NULL;

		if (end) {
			*end = '\0';
			*line = from;
			*length = end - from;
			c->at += *length + 1;
			return 1;
		}
		looked = left;
		if (c->ended)
			return left > 0 ? -EPROTO : 0;
		forget_read(c);
		int r = receive(c, timeout_ms);
		if (r < 0)
			return r;
		c->ended = r == 0;
	}
}

/* {"ok":true} or {"ok":false,"error":"..."} */
static int
read_verdict(struct lw_client *c, struct lw_text *error)
{
	_cleanup_tree_ struct lw_tree *tree = NULL;
	const char *line;
	size_t length;
	int r = lw_client_line(c, LW_CLIENT_ANSWER_MS, &line, &length);

	if (r <= 0)
		return r < 0 ? r : -EPROTO;
	if (lw_tree_parse(line, length, &tree) != 0)
		return -EPROTO;
	const struct lw_tree_node *root = lw_tree_root(tree);
	if (lw_tree_is_true(root, "ok"))
		return 0;
	const char *reason = lw_tree_text(root, "error");
	if (!lw_tree_text(root, "ok"))
		return -EPROTO;
	lw_text_adds(error, reason ? reason : "no reason given");
	return 1;
}

int
lw_client_ask(
	struct lw_client *c, const char *socket_path, const char *request, struct lw_text *error)
{
	*c = (struct lw_client){.fd = -1};
	lw_text_init(&c->in, LW_CLIENT_LINE_MAX);
	int fd = open_socket(socket_path);
	if (fd < 0)
		return fd;
	c->fd = fd;
	int r = send_request(fd, request);
	/* A refusal can be there although the request was not taken. */
	return r < 0 && r != -EPIPE ? r : read_verdict(c, error);
}

void
lw_client_done(struct lw_client *c)
{
	lw_closep(&c->fd);
	lw_text_done(&c->in);
	c->fd = -1;
}
