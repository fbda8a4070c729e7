#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "resolve/place.h"

static int
open_at(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int
lw_procfs_open(struct lw_procfs *p)
{
	_cleanup_close_ int proc = open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	int self_fd;

	if (proc < 0)
		return proc;
	self_fd = open_at(proc, "self/fd", O_PATH | O_DIRECTORY);
	if (self_fd < 0)
		return self_fd;
	*p = (struct lw_procfs){TAKE_FD(proc), self_fd};
	return 0;
}

void
lw_procfs_close(struct lw_procfs *p)
{
	lw_closep(&p->proc);
	lw_closep(&p->self_fd);
	*p = (struct lw_procfs){-1, -1};
}

int
lw_place_open(struct lw_place *p, const struct lw_procfs *procfs, pid_t tid)
{
	int task = open_at(procfs->proc, lw_fd_name(tid).text, O_PATH | O_DIRECTORY);

	if (task < 0)
		return task;
	p->procfs = procfs;
	p->tid = tid;
	p->task = task;
	p->root = p->cwd = -1;
	p->prefix_known = false;
	return 0;
}

void
lw_place_close(struct lw_place *p)
{
	lw_closep(&p->task);
	lw_closep(&p->root);
	lw_closep(&p->cwd);
	p->task = p->root = p->cwd = -1;
}

static int
open_once(struct lw_place *p, int *fd, const char *name)
{
	int r;

	if (*fd >= 0)
		return *fd;
	r = open_at(p->task, name, O_PATH | O_DIRECTORY);
	if (r >= 0)
		*fd = r;
	return r;
}

int
lw_place_root(struct lw_place *p)
{
	return open_once(p, &p->root, "root");
}

int
lw_place_cwd(struct lw_place *p)
{
	return open_once(p, &p->cwd, "cwd");
}

void
lw_place_enter(struct lw_place *p, int fd)
{
	if (fd < 0)
		return;
	lw_closep(&p->cwd);
	p->cwd = fd;
}

static ssize_t
read_link(int dir, const char *name, char *out, size_t size)
{
	ssize_t n = readlinkat(dir, name, out, size - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	return n;
}

ssize_t
lw_proc_read(int dir, const char *name, char *out, size_t size)
{
	_cleanup_close_ int fd = open_at(dir, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return n;
}

ssize_t
lw_place_link(const struct lw_place *p, const char *name, char *out, size_t size)
{
	return read_link(p->task, name, out, size);
}

/*
 * The kernel shows paths from our own root, or, for another mount namespace, from that namespace's
 * top. A container that was entered by chroot(2) has its root further down.
 */
static void
learn_prefix(struct lw_place *p)
{
	ssize_t n = lw_place_link(p, "root", p->prefix, sizeof(p->prefix));

	if (n <= 1)
		p->prefix[0] = '\0';
	p->prefix_known = true;
}

size_t
lw_place_strip(struct lw_place *p, char *path)
{
	size_t length = strlen(path), n;

	if (!p->prefix_known)
		learn_prefix(p);
	n = strlen(p->prefix);
	if (n == 0 || length < n || memcmp(path, p->prefix, n) != 0)
		return length;
	if (length == n) {
		path[0] = '/';
		path[1] = '\0';
		return 1;
	}
	if (path[n] != '/')
		return length;
	memmove(path, &path[n], length - n + 1);
	return length - n;
}

ssize_t
lw_place_path_of(struct lw_place *p, int fd, char *out, size_t size)
{
	ssize_t n = read_link(p->procfs->self_fd, lw_fd_name(fd).text, out, size);

	return n < 0 ? n : (ssize_t)lw_place_strip(p, out);
}

struct lw_fd_name
lw_fd_name(int fd)
{
	struct lw_fd_name name;

	snprintf(name.text, sizeof(name.text), "%d", fd);
	return name;
}

int
lw_stat_quietly(int fd, const char *path, unsigned mask, struct statx *out)
{
	int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | (path[0] ? 0 : AT_EMPTY_PATH);

	return statx(fd, path, flags, mask, out) == 0 ? 0 : -errno;
}

bool
lw_stat_same(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor;
}
