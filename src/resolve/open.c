#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>

#include "resolve/open.h"
#include "resolve/pipe.h"

#define MEMFD "/memfd:"
#define DELETED " (deleted)"
#define LEASE_PAUSE_US 500

/* glibc's own folders come after --library-path; musl opens the name as it is. */
#define LOADER_FOLDERS                                                                             \
	"/lib:/usr/lib:/lib64:/usr/lib64:/lib/x86_64-linux-gnu:/lib/aarch64-linux-gnu"

void
lw_opened_close(struct lw_opened *o)
{
	lw_closep(&o->fd);
	lw_closep(&o->pipe_fd);
}

/* Cuts " (deleted)" off: a memfd has no other name. */
static void
cut_deleted(char *path)
{
	size_t length = strlen(path), tail = strlen(DELETED);

	if (length > tail && strcmp(&path[length - tail], DELETED) == 0)
		path[length - tail] = '\0';
}

bool
lw_open_is_memfd(struct lw_place *p, int fd, const char *path)
{
	struct statfs fs;

	if (strncmp(path, MEMFD, strlen(MEMFD)) != 0 || fstatfs(fd, &fs) != 0)
		return false;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC;
}

/*
 * Non-blocking: when somebody holds a lease to write, the first try asks for its end, and the next
 * ones see whether it has come.
 */
static int
reopen(struct lw_place *p, int path_fd)
{
	const struct timespec pause = {.tv_nsec = LEASE_PAUSE_US * 1000L};
	uint64_t end = lw_now_us() + LW_OPEN_LEASE_US;

	for (;;) {
		int fd = openat(p->procfs->self_fd, lw_fd_name(path_fd).text,
			O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN || lw_now_us() >= end)
			return -errno;
		nanosleep(&pause, NULL);
	}
}

int
lw_open_for_reading(struct lw_place *p, int path_fd, struct lw_opened *out)
{
	_cleanup_close_ int fd = path_fd;
	ssize_t n;
	int r;

	lw_opened_close(out);
	out->path[0] = '\0';
	r = lw_stat_quietly(fd, "", STATX_TYPE | STATX_INO | STATX_SIZE, &out->st);
	if (r < 0)
		return r;
	n = lw_place_path_of(p, fd, out->path, sizeof(out->path));
	out->memfd = n > 0 && lw_open_is_memfd(p, fd, out->path);
	if (out->memfd)
		cut_deleted(out->path);
	if (S_ISFIFO(out->st.stx_mode) && lw_pipe_is(fd))
		out->pipe_fd = TAKE_FD(fd);
	if (!S_ISREG(out->st.stx_mode))
		return LW_OPEN_NOT_REGULAR;
	r = reopen(p, fd);
	if (r < 0)
		return r;
	out->fd = r;
	return 0;
}

static int
open_at(struct lw_place *p, const char *path, struct lw_opened *out)
{
	int fd = lw_walk(p, -1, path);

	return fd < 0 ? fd : lw_open_for_reading(p, fd, out);
}

/* One folder of the list and the name; an empty folder is the working directory. */
static int
open_in(struct lw_place *p, const char *folder, size_t length, const char *name,
	struct lw_opened *out)
{
	char path[LW_PLACE_PATH];
	int n;

	if (length == 0)
		return open_at(p, name, out);
	n = snprintf(
		path, sizeof(path), "%.*s/%s", (int)LW_MIN(length, sizeof(path)), folder, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return open_at(p, path, out);
}

static int
open_among(struct lw_place *p, const char *folders, const char *name, struct lw_opened *out)
{
	int r = -ENOENT;

	for (unsigned i = 0; i < LW_OPEN_SEARCH && folders[0]; i++) {
		size_t length = strcspn(folders, ":");

		r = open_in(p, folders, length, name, out);
		if (r == 0)
			return 0;
		folders = &folders[length + (folders[length] == ':')];
	}
	return r;
}

static int
open_with_suffix(struct lw_place *p, const char *name, const char *suffix, struct lw_opened *out)
{
	char longer[LW_PLACE_PATH];
	int n, r = open_at(p, name, out);

	if (r != -ENOENT || !suffix)
		return r;
	n = snprintf(longer, sizeof(longer), "%s%s", name, suffix);
	return n < 0 || (size_t)n >= sizeof(longer) ? r : open_at(p, longer, out);
}

static int
open_among_with_suffix(
	struct lw_place *p, const struct lw_search *search, const char *name, struct lw_opened *out)
{
	char longer[LW_PLACE_PATH];
	int r = open_among(p, search->folders, name, out);

	if (r == 0 || !search->suffix)
		return r;
	snprintf(longer, sizeof(longer), "%s%s", name, search->suffix);
	return open_among(p, search->folders, longer, out);
}

static int
open_library(struct lw_place *p, const char *name, const char *folders, struct lw_opened *out)
{
	int r = open_among(p, folders, name, out);

	if (r != 0)
		r = open_among(p, LOADER_FOLDERS, name, out);
	return r == 0 ? r : open_at(p, name, out);
}

int
lw_open_named(
	struct lw_place *p, const char *name, const struct lw_search *search, struct lw_opened *out)
{
	bool bare = !strchr(name, '/');
	int r;

	lw_opened_close(out);
	if (bare && search->how == LW_SEARCH_LIBRARIES)
		return open_library(p, name, search->folders, out);
	if (bare && search->how == LW_SEARCH_PATH)
		return open_among(p, search->folders, name, out);
	if (bare && search->how == LW_SEARCH_PATH_THEN_CWD &&
		open_among_with_suffix(p, search, name, out) == 0)
		return 0;
	r = open_with_suffix(p, name, search->suffix, out);
	if (r == -ENOENT && bare && search->how == LW_SEARCH_CWD_THEN_PATH)
		r = open_among(p, search->folders, name, out);
	return r;
}
