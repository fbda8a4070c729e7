/*
 * A child's datagram is one line or a few (a sanitizer's report, an assertion). It is hostile as
 * far as its bytes go: a child that was taken over must not be able to speak as another one or to
 * move the terminal's cursor.
 */
#include "guard/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"

#define DATAGRAM_MAX 9216 /* above the longest line of base/log */
#define LINE_MAX_ PIPE_BUF /* written to a pipe in one piece or not at all */
#define PATIENCE_MS 50 /* for a reader that is slow, once; then 0 until it reads again */

void
lw_logs_open(struct lw_logs *l)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	*l = (struct lw_logs){.fd = STDERR_FILENO};
	if (fstat(STDERR_FILENO, &st) < 0 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return;
	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_APPEND | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		(void)dup2(fd, STDERR_FILENO);
}

int
lw_logs_pair(int ends[2])
{
	int made[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, made) < 0)
		return -errno;
	memcpy(ends, made, sizeof(made));
	return 0;
}

static bool
has_room(struct lw_logs *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};
	int n = poll(&p, 1, l->stalled ? 0 : PATIENCE_MS);

	l->stalled = n <= 0 || !(p.revents & POLLOUT);
	return !l->stalled;
}

static bool
put(struct lw_logs *l, const char *line, size_t length)
{
	struct iovec iov = {.iov_base = (char *)line, .iov_len = length};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (!has_room(l))
		return false;
	n = sendmsg(l->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK)
		n = write(l->fd, line, length);
	l->stalled = n < 0 && errno == EAGAIN;
	return n > 0;
}

static void
tell_dropped(struct lw_logs *l)
{
	char line[80];
	int n;

	if (l->dropped == l->told)
		return;
	n = snprintf(line, sizeof(line), "layerwatchd: warning: %llu log lines were dropped\n",
		(unsigned long long)(l->dropped - l->told));
	if (n > 0 && put(l, line, (size_t)n))
		l->told = l->dropped;
}

/*
 * Lines of base/log begin with the role; whatever else comes out of a child is given that
 * beginning.
 */
static bool
names_itself(const char *line, size_t length, const char *who)
{
	size_t n = strlen(who);

	return length > n && memcmp(line, who, n) == 0 && (line[n] == ':' || line[n] == '[');
}

static void
put_line(struct lw_logs *l, const char *line, size_t length, const char *who, uint32_t instance)
{
	_cleanup_text_ struct lw_text text = {0};

	lw_text_init(&text, 4 * DATAGRAM_MAX + 64);
	if (!names_itself(line, length, who))
		lw_text_addf(&text, "%s[%u]: ", who, instance);
	lw_text_add_visible(&text, line, length);
	if (text.failed || !text.data) {
		l->dropped++;
		return;
	}
	text.length = LW_MIN(text.length, LINE_MAX_ - 1);
	text.data[text.length] = '\n';
	tell_dropped(l);
	if (put(l, text.data, text.length + 1))
		l->written++;
	else
		l->dropped++;
}

static void
put_lines(struct lw_logs *l, const char *bytes, size_t length, const char *who, uint32_t instance)
{
	for (size_t at = 0; at < length;) {
		const char *end = memchr(&bytes[at], '\n', length - at);
		size_t n = end ? (size_t)(end - &bytes[at]) : length - at;

		if (n > 0)
			put_line(l, &bytes[at], n, who, instance);
		at += n + 1;
	}
}

/*
 * A read of nothing is the end, or an empty datagram (a write(2) of no bytes, as sanitizers make):
 * it is the end only when the other side has closed and no byte waits any more.
 */
static bool
has_ended(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int waiting = 0;

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) && ioctl(fd, SIOCINQ, &waiting) == 0 &&
	       waiting == 0;
}

int
lw_logs_take(struct lw_logs *l, int fd, const char *who, uint32_t instance)
{
	char buf[DATAGRAM_MAX];

	for (int i = 0; i < LW_LOGS_A_ROUND; i++) {
		ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		if (n == 0 && has_ended(fd))
			return -EPIPE;
		put_lines(l, buf, (size_t)n, who, instance);
	}
	return 0;
}
