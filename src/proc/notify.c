/*
 * Protocol: sd_notify(3), "NOTIFY_SOCKET". Only AF_UNIX: a daemon that needs the host's pid
 * namespace has no vsock manager.
 */
#include "proc/notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int
connect_to(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	_cleanup_close_ int fd = -1;

	if ((name[0] != '/' && name[0] != '@') || name[1] == '\0')
		return -EAFNOSUPPORT;
	if (length >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, name, length);
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, offsetof(struct sockaddr_un, sun_path) + length) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static uint64_t
read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t value = 0, whose = 0;

	if (!usec || lw_parse_u64(usec, &value) < 0)
		return 0;
	if (pid && (lw_parse_u64(pid, &whose) < 0 || whose != (uint64_t)getpid()))
		return 0;
	return value;
}

int
lw_notify_open(struct lw_notify *n)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int fd = name ? connect_to(name) : -1;

	*n = (struct lw_notify){.fd = LW_MAX(fd, -1), .watchdog_us = read_watchdog()};
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	return name && fd < 0 ? fd : 0;
}

void
lw_notify_done(struct lw_notify *n)
{
	lw_closep(&n->fd);
	n->fd = -1;
	n->watchdog_us = 0;
}

int
lw_notify_send(struct lw_notify *n, const char *fields)
{
	if (n->fd < 0)
		return 0;
	return send(n->fd, fields, strlen(fields), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}
