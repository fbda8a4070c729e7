#include "resolve/pipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define ROOM (1024 * 1024) /* of our own pipe: as much as any other may have unasked */
#define CHILDREN_SIZE 2048
#define STEP_US 1000

bool
lw_pipe_is(int path_fd)
{
	struct statfs fs;

	return fstatfs(path_fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
}

static bool
is_before(uint64_t end_us)
{
	return lw_now_us() < end_us;
}

int
lw_pipe_open(struct lw_place *p, int path_fd)
{
	int fd = openat(
		p->procfs->self_fd, lw_fd_name(path_fd).text, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

enum lw_pipe_state
lw_pipe_wait(int fd, uint32_t wait_us)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	const struct timespec wait = {
		.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000L};

	if (ppoll(&p, 1, &wait, NULL) <= 0)
		return LW_PIPE_SILENT;
	return p.revents & POLLIN ? LW_PIPE_FILLED : LW_PIPE_ENDED;
}

/* Until nobody writes any more: we hold a reading end only. */
static bool
await_end(int fd)
{
	const struct timespec step = {.tv_nsec = STEP_US * 1000L};
	uint64_t end_us = lw_now_us() + LW_PIPE_SETTLE_US;

	do {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
			return true;
		nanosleep(&step, NULL);
	} while (is_before(end_us));
	return false;
}

static int
read_copy(int fd, struct lw_pipe_bytes *out)
{
	while (out->length < out->size) {
		ssize_t n = read(fd, &out->bytes[out->length], out->size - out->length);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		out->length += (size_t)n;
	}
	return 0;
}

static int
copy(int fd, struct lw_pipe_bytes *out)
{
	int ends[2];
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	_cleanup_close_ int in = ends[0], to = ends[1];
	(void)fcntl(to, F_SETPIPE_SZ, ROOM); /* where it is refused, the copy is shorter */
	n = tee(fd, to, out->size + 1, SPLICE_F_NONBLOCK);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	out->ended = (size_t)n <= out->size;
	return read_copy(in, out);
}

int
lw_pipe_peek(int fd, struct lw_pipe_bytes *out)
{
	bool ended = await_end(fd);
	int r;

	out->length = 0;
	out->ended = false;
	r = copy(fd, out);
	out->ended = out->ended && ended;
	return r;
}

static int
open_process(const struct lw_place *p, uint32_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/%s", pid, name);
	return openat(p->procfs->proc, path, O_RDONLY | O_CLOEXEC);
}

/* By enum lw_pipe_end: the mode that the link in /proc/PID/fd has, and the usual descriptor. */
static const struct end {
	mode_t mode;
	const char *usual;
} ends[] = {{S_IRUSR, "0"}, {S_IWUSR, "1"}};

/* Does a descriptor of this folder lead there, and is it that end? */
static bool
is_end(int dir, const char *name, const char *link, const struct end *end)
{
	char target[64];
	struct stat st;
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	return strcmp(target, link) == 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mode & end->mode;
}

static void
closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool
has_end(const struct lw_place *p, uint32_t pid, const char *link, const struct end *end)
{
	int fd = open_process(p, pid, "fd");
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		lw_closep(&fd);
		return false;
	}
	if (is_end(dirfd(dir), end->usual, link, end))
		return true;
	for (unsigned i = 0; i < LW_PIPE_FDS && (e = readdir(dir)); i++)
		if (e->d_name[0] != '.' && is_end(dirfd(dir), e->d_name, link, end))
			return true;
	return false;
}

/* The numbers of "12 13 14 ". */
static uint32_t
next_number(const char **text)
{
	uint64_t v = 0;

	*text = &(*text)[strspn(*text, " \n")];
	for (; **text >= '0' && **text <= '9' && v <= UINT32_MAX; ++*text)
		v = v * 10 + (uint64_t)(**text - '0');
	return v <= UINT32_MAX ? (uint32_t)v : 0;
}

uint32_t
lw_pipe_holder(
	struct lw_place *p, uint32_t ppid, uint32_t self, const char *link, enum lw_pipe_end which)
{
	const struct end *end = &ends[which];

	char children[CHILDREN_SIZE], name[64];
	const char *at = children;
	uint32_t pid;

	if (ppid == 0)
		return 0;
	snprintf(name, sizeof(name), "%u/task/%u/children", ppid, ppid);
	if (lw_proc_read(p->procfs->proc, name, children, sizeof(children)) < 0)
		children[0] = '\0';
	for (unsigned i = 0; i < LW_PIPE_SIBLINGS && (pid = next_number(&at)) != 0; i++)
		if (pid != self && has_end(p, pid, link, end))
			return pid;
	return has_end(p, ppid, link, end) ? ppid : 0;
}
