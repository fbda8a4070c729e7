#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/reader.h"
#include "resolve/walk.h"

#define NAME_SIZE 256 /* NAME_MAX of every filesystem, with the NUL */

struct walk {
	struct lw_place *place;
	int at; /* where we are: owned */
	unsigned links;
	bool root_known;
	struct statx root;
	char rest[2 * LW_PLACE_PATH]; /* of the path */
};

/* One name of the path. */
struct step {
	char name[NAME_SIZE];
	bool more; /* a '/' follows: it must be a folder */
};

static int
duplicate(int fd)
{
	int copy;

	if (fd < 0)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return copy < 0 ? -errno : copy;
}

static int
open_path(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, O_PATH | O_CLOEXEC | flags);

	return fd < 0 ? -errno : fd;
}

static int
move_to(struct walk *w, int fd)
{
	if (fd < 0)
		return fd;
	lw_closep(&w->at);
	w->at = fd;
	return 0;
}

static int
move_to_root(struct walk *w)
{
	return move_to(w, duplicate(lw_place_root(w->place)));
}

/* Takes the next name off the path. False at its end. */
static int
next_step(struct walk *w, struct step *s)
{
	size_t skip = strspn(w->rest, "/");
	size_t length = strcspn(&w->rest[skip], "/");
	size_t total = strlen(w->rest);

	if (length == 0)
		return 0;
	if (length >= sizeof(s->name))
		return -ENAMETOOLONG;
	memcpy(s->name, &w->rest[skip], length);
	s->name[length] = '\0';
	s->more = w->rest[skip + length] == '/';
	memmove(w->rest, &w->rest[skip + length], total - skip - length + 1);
	return 1;
}

/* ".." of the task's root is the root. The mount id tells a bind mount of it elsewhere (5.8+). */
static int
is_root(struct walk *w)
{
	const unsigned mask = STATX_INO | STATX_MNT_ID;
	struct statx here;
	int r = 0;

	if (!w->root_known) {
		int root = lw_place_root(w->place);

		r = root < 0 ? root : lw_stat_quietly(root, "", mask, &w->root);
		w->root_known = r == 0;
	}
	if (r == 0)
		r = lw_stat_quietly(w->at, "", mask, &here);
	if (r < 0)
		return r;
	return lw_stat_same(&here, &w->root) && here.stx_mnt_id == w->root.stx_mnt_id;
}

static int
step_up(struct walk *w)
{
	int r = is_root(w);

	return r != 0 ? LW_MIN(r, 0) : move_to(w, open_path(w->at, "..", O_DIRECTORY));
}

/* Puts a link's text in front of what is left of the path. */
static int
follow_text(struct walk *w, const struct step *s, const char *target, size_t length)
{
	size_t rest = strlen(w->rest);

	if (length == 0)
		return -ENOENT;
	if (length + rest + 1 > sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(&w->rest[length], w->rest, rest + 1);
	memcpy(w->rest, target, length);
	return target[0] == '/' ? move_to_root(w) : 0;
}

static int
is_proc(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC;
}

static int
move_to_task(struct walk *w)
{
	return move_to(w, duplicate(w->place->task));
}

/*
 * Links of procfs: "self" and "thread-self" would be us, and are the task; "mounts" and "net" begin
 * with "self/"; the others (fd/N, cwd, root, exe) only look like text, and the kernel has to follow
 * them.
 */
static int
follow_proc(struct walk *w, const struct step *s, int link)
{
	char target[LW_PLACE_PATH];
	ssize_t n;

	if (strcmp(s->name, "self") == 0 || strcmp(s->name, "thread-self") == 0)
		return move_to_task(w);
	n = readlinkat(link, "", target, sizeof(target));
	if (n >= 5 && memcmp(target, "self/", 5) == 0)
		return follow_text(w, s, target, (size_t)n);
	return move_to(w, open_path(w->at, s->name, 0));
}

static int
follow_link(struct walk *w, const struct step *s, int link)
{
	char target[LW_PLACE_PATH];
	ssize_t n;
	int proc;

	if (++w->links > LW_WALK_LINKS)
		return -ELOOP;
	proc = is_proc(link);
	if (proc != 0)
		return proc < 0 ? proc : follow_proc(w, s, link);
	n = readlinkat(link, "", target, sizeof(target));
	if (n < 0)
		return -errno;
	return follow_text(w, s, target, (size_t)n);
}

static int
step_into(struct walk *w, const struct step *s)
{
	_cleanup_close_ int fd = -1;
	struct statx st;
	int r;

	/* Most names with something behind them are folders: one call. */
	fd = s->more ? open_path(w->at, s->name, O_DIRECTORY | O_NOFOLLOW) : -ENOTDIR;
	if (fd >= 0)
		return move_to(w, TAKE_FD(fd));
	if (fd != -ENOTDIR)
		return fd;
	fd = open_path(w->at, s->name, O_NOFOLLOW);
	if (fd < 0)
		return fd;
	r = lw_stat_quietly(fd, "", STATX_TYPE, &st);
	if (r < 0)
		return r;
	if (S_ISLNK(st.stx_mode))
		return follow_link(w, s, fd);
	if (s->more && !S_ISDIR(st.stx_mode))
		return -ENOTDIR;
	return move_to(w, TAKE_FD(fd));
}

static bool
is_number(const char *name)
{
	return name[0] && name[strspn(name, "0123456789")] == '\0';
}

/*
 * "/proc/self/task/N": the number is that of the container's pid namespace, which the host's /proc
 * does not know. All threads have the same descriptors and places (as good as always): it is the
 * task.
 */
static int
skip_thread(struct walk *w, const struct step *s)
{
	struct statx here, task;
	struct step number;
	char rest[sizeof(w->rest)];

	if (strcmp(s->name, "task") != 0 || lw_stat_quietly(w->at, "", STATX_INO, &here) != 0 ||
		lw_stat_quietly(w->place->task, "", STATX_INO, &task) != 0 ||
		!lw_stat_same(&here, &task))
		return 0;
	memcpy(rest, w->rest, sizeof(rest));
	if (next_step(w, &number) == 1 && is_number(number.name))
		return 1;
	memcpy(w->rest, rest, sizeof(rest));
	return 0;
}

static int
take_step(struct walk *w, const struct step *s)
{
	if (s->more && skip_thread(w, s))
		return 0;

	if (strcmp(s->name, ".") == 0)
		return 0;
	if (strcmp(s->name, "..") == 0)
		return step_up(w);
	return step_into(w, s);
}

static int
walk_slowly(struct lw_place *p, int start, const char *path)
{
	struct walk w = {.place = p, .at = duplicate(start)};
	struct step s;
	int r = w.at < 0 ? w.at : 0;

	lw_copy_string(w.rest, sizeof(w.rest), path);
	while (r == 0) {
		r = next_step(&w, &s);
		if (r == 0)
			return w.at;
		if (r > 0)
			r = take_step(&w, &s);
	}
	lw_closep(&w.at);
	return r;
}

/* Has the path a ".." between its slashes? */
static bool
goes_up(const char *path)
{
	for (size_t at = 0; path[at]; at += strspn(&path[at], "/")) {
		size_t length = strcspn(&path[at], "/");

		if (length == 2 && path[at] == '.' && path[at + 1] == '.')
			return true;
		at += length;
	}
	return false;
}

/* -ELOOP: a symbolic link is on the way. -ENOSYS before 5.6. */
static int
walk_quickly(int start, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, start, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int
lw_walk(struct lw_place *p, int start, const char *path)
{
	size_t slashes = strspn(path, "/");
	int r;

	if (path[0] == '\0')
		return -ENOENT;
	if (strlen(path) >= LW_PLACE_PATH)
		return -ENAMETOOLONG;
	if (slashes > 0)
		start = lw_place_root(p);
	else if (start < 0)
		start = lw_place_cwd(p);
	if (start < 0)
		return start;
	path = &path[slashes];
	if (path[0] == '\0')
		return duplicate(start);
	r = goes_up(path) ? -ELOOP : walk_quickly(start, path);
	if (r != -ELOOP && r != -ENOSYS)
		return r;
	return walk_slowly(p, start, path);
}
