/*
 * Standard output may be shared with others (the shell, the guard): O_NONBLOCK on its description
 * would change it for them too. So a pipe or terminal is opened anew through /proc, which gives a
 * description of our own; a socket takes MSG_DONTWAIT; where a pipe can't be opened anew, PIPE_BUF
 * bytes go into it after poll(2) said that there is room.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "report/sink.h"

int
lw_stdout_open(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) != 0)
		return -errno;
	if (S_ISFIFO(st.st_mode) || isatty(STDOUT_FILENO))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static int
stdout_open(struct lw_sink *s)
{
	int fd;

	if (s->stdout_fd < 0)
		return -EBADF;
	fd = fcntl(s->stdout_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	s->fd = fd;
	return 0;
}

static ssize_t
write_shared_pipe(int fd, const char *bytes, size_t length)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	if (poll(&p, 1, 0) == 1 && (p.revents & (POLLOUT | POLLERR)))
		return write(fd, bytes, LW_MIN(length, (size_t)PIPE_BUF));
	errno = EAGAIN;
	return -1;
}

static ssize_t
write_some(int fd, const char *bytes, size_t length)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISSOCK(st.st_mode))
		return send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (S_ISREG(st.st_mode) || (fcntl(fd, F_GETFL) & O_NONBLOCK))
		return write(fd, bytes, length);
	return write_shared_pipe(fd, bytes, length);
}

static int
stdout_write(struct lw_sink *s, const char *line, size_t length, size_t *at)
{
	while (*at < length) {
		ssize_t n = write_some(s->fd, &line[*at], length - *at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? LW_SINK_AGAIN : -errno;
		*at += n;
	}
	return 0;
}

const struct lw_sink_ops lw_sink_stdout = {
	.name = "stdout",
	.open = stdout_open,
	.write = stdout_write,
	.permanent = true,
};
