#include "guard/control.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "layerwatch/control.h"

static int
address_of(const char *path, struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (path[0] != '/')
		return -EINVAL;
	return lw_copy_string(a->sun_path, sizeof(a->sun_path), path) ? 0 : -ENAMETOOLONG;
}

static int
make_folder(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	(void)lw_copy_string(copy, sizeof(copy), path);
	if (mkdir(dirname(copy), 0755) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int
new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/*
 * Does somebody listen there? A full queue (EAGAIN) is an answer too. 0 = nobody, else a negative
 * errno.
 */
static int
probe(const struct sockaddr_un *a)
{
	_cleanup_close_ int fd = new_socket();

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN)
		return -EADDRINUSE;
	return errno == ECONNREFUSED || errno == ENOENT ? 0 : -errno;
}

static int
clear_way(const struct sockaddr_un *a)
{
	struct stat st;
	int r;

	if (lstat(a->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	r = probe(a);
	if (r < 0)
		return r;
	return unlink(a->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int
bind_private(int fd, const struct sockaddr_un *a)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? -errno : 0;

	(void)umask(before);
	return r;
}

static int
listen_there(struct lw_control *c, const struct sockaddr_un *a)
{
	_cleanup_close_ int fd = new_socket();
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	r = bind_private(fd, a);
	if (r < 0)
		return r;
	if (lstat(a->sun_path, &st) < 0 || listen(fd, LW_CONTROL_CLIENTS) < 0)
		return -errno;
	memcpy(c->path, a->sun_path, sizeof(c->path));
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	c->fd = TAKE_FD(fd);
	return 0;
}

int
lw_control_open(struct lw_control *c, const char *path)
{
	struct sockaddr_un a;
	int r;

	*c = (struct lw_control){.fd = -1};
	r = address_of(path, &a);
	if (r == 0)
		r = make_folder(path);
	if (r == 0)
		r = clear_way(&a);
	return r < 0 ? r : listen_there(c, &a);
}

void
lw_control_close(struct lw_control *c)
{
	struct stat st;

	if (c->fd < 0)
		return;
	if (lstat(c->path, &st) == 0 && st.st_dev == c->dev && st.st_ino == c->ino)
		(void)unlink(c->path);
	lw_closep(&c->fd);
	c->fd = -1;
}

int
lw_control_check(const struct lw_control *c, int client, uid_t *uid)
{
	struct sockaddr_un a = {0};
	socklen_t length = sizeof(a);
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockname(client, (struct sockaddr *)&a, &length) < 0)
		return -errno;
	if (a.sun_family != AF_UNIX || strncmp(a.sun_path, c->path, sizeof(a.sun_path)) != 0)
		return -EPROTO;
	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return -errno;
	*uid = who.uid;
	return who.uid == 0 || who.uid == geteuid() ? 0 : -EPERM;
}
