#include "base/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/util.h"

struct walk {
	int fds[LW_OPEN_DEPTH + 1]; /* the way down; the first is the caller's */
	size_t depth;
	uint64_t flags, resolve;
	unsigned links;
	uint32_t mount; /* with RESOLVE_NO_XDEV: the only one */
	char rest[PATH_MAX]; /* still to go */
};

static void
climb(struct walk *w, size_t depth)
{
	while (w->depth > depth)
		close(w->fds[w->depth--]);
}

static void
walk_done(struct walk *w)
{
	climb(w, 0);
}

/* The next component; false at the end. `last`: nothing follows it, not even a slash. */
static bool
next_name(struct walk *w, char name[NAME_MAX + 1], bool *last)
{
	size_t slashes = strspn(w->rest, "/");
	size_t n = strcspn(&w->rest[slashes], "/");

	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, &w->rest[slashes], n);
	name[n] = '\0';
	memmove(w->rest, &w->rest[slashes + n], strlen(&w->rest[slashes + n]) + 1);
	*last = w->rest[0] == '\0';
	return true;
}

static int
go_up(struct walk *w)
{
	if (w->depth == 0)
		return w->resolve & RESOLVE_IN_ROOT ? 0 : -EXDEV;
	climb(w, w->depth - 1);
	return 0;
}

/* Puts the link's target in front of what is still to go. */
static int
follow(struct walk *w, int link)
{
	char target[PATH_MAX];
	struct statfs fs;
	size_t left = strlen(w->rest);

	if (w->resolve & RESOLVE_NO_SYMLINKS || ++w->links > LW_OPEN_LINKS)
		return -ELOOP;
	if (fstatfs(link, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC)
		return -ELOOP;
	ssize_t n = readlinkat(link, "", target, sizeof(target));
	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	if ((size_t)n + 1 + left >= sizeof(w->rest))
		return -ENAMETOOLONG;
	if (target[0] == '/') {
		if (!(w->resolve & RESOLVE_IN_ROOT))
			return -EXDEV;
		climb(w, 0);
	}
	memmove(&w->rest[n], w->rest, left + 1);
	memcpy(w->rest, target, n);
	return 0;
}

/* Hands out what the walk has come to, as the caller wanted it opened. */
static int
open_found(const struct walk *w, int fd, bool folder)
{
	char link[64];
	int flags = (int)w->flags & ~O_NOFOLLOW;
	int opened;

	if (w->flags & O_DIRECTORY && !folder)
		return -ENOTDIR;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (w->flags & O_PATH)
		opened = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	else
		opened = folder ? openat(fd, ".", flags) : open(link, flags);
	return opened < 0 ? -errno : opened;
}

static bool
is_other_mount(const struct walk *w, int fd)
{
	uint32_t mount;

	return w->resolve & RESOLVE_NO_XDEV && (lw_mount_id(fd, &mount) < 0 || mount != w->mount);
}

/* One component that is a name. 0: go on; 1: *out is the end, or it says why not. */
static int
go_down(struct walk *w, const char *name, bool last, int *out)
{
	struct stat st;
	_cleanup_close_ int fd = openat(w->fds[w->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (is_other_mount(w, fd))
		return -EXDEV;
	if (S_ISLNK(st.st_mode) && !(last && w->flags & O_NOFOLLOW))
		return follow(w, fd);
	if (S_ISDIR(st.st_mode)) {
		if (w->depth == LW_OPEN_DEPTH)
			return -ENAMETOOLONG;
		w->fds[++w->depth] = TAKE_FD(fd);
		return 0;
	}
	if (!last)
		return -ENOTDIR;
	if (S_ISLNK(st.st_mode) && !(w->flags & O_PATH))
		return w->flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	*out = open_found(w, fd, false);
	return 1;
}

int
lw_openat2_by_hand(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	_cleanup_(walk_done) struct walk w = {
		.fds = {dirfd}, .flags = flags | O_CLOEXEC, .resolve = resolve};
	char name[NAME_MAX + 1];
	bool last;
	int r = 0, found = -1;

	if (path[0] == '\0')
		return -ENOENT;
	if (!lw_copy_string(w.rest, sizeof(w.rest), path))
		return -ENAMETOOLONG;
	if (path[0] == '/' && !(resolve & RESOLVE_IN_ROOT))
		return -EXDEV;
	if (resolve & RESOLVE_NO_XDEV && (r = lw_mount_id(dirfd, &w.mount)) < 0)
		return r;
	while (r == 0 && next_name(&w, name, &last)) {
		if (strcmp(name, "..") == 0)
			r = go_up(&w);
		else if (strcmp(name, ".") != 0)
			r = go_down(&w, name, last, &found);
	}
	if (r != 0)
		return r < 0 ? r : found;
	if (w.rest[strspn(w.rest, "/")] != '\0')
		return -ENAMETOOLONG;
	return open_found(&w, w.fds[w.depth], true);
}

int
lw_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS)
		return lw_openat2_by_hand(dirfd, path, flags, resolve);
	return fd < 0 ? -errno : (int)fd;
}

int
lw_mount_id_by_hand(int fd, uint32_t *out)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ssize_t n = lw_read_file_at(AT_FDCWD, path, text, sizeof(text));
	if (n < 0 && n != -EFBIG) /* leases and locks make it longer; the id stands before them */
		return (int)n;
	const char *line = strstr(text, "\nmnt_id:");
	return line && sscanf(line, "\nmnt_id: %u", out) == 1 ? 0 : -ENODATA;
}

int
lw_mount_id(int fd, uint32_t *out)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &sx) < 0)
		return -errno;
	if (!(sx.stx_mask & STATX_MNT_ID))
		return lw_mount_id_by_hand(fd, out);
	*out = (uint32_t)sx.stx_mnt_id;
	return 0;
}
