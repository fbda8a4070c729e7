#include "gate/group.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>

/* Newer than Debian 12's headers: Linux 6.14 (group) and 6.15 (marks). */
#ifndef FAN_REPORT_MNT
#define FAN_REPORT_MNT 0x00004000
#endif
#ifndef FAN_MARK_MNTNS
#define FAN_MARK_MNTNS 0x00000110
#endif
#ifndef FAN_MNT_ATTACH
#define FAN_MNT_ATTACH 0x01000000
#endif
#ifndef FAN_MNT_DETACH
#define FAN_MNT_DETACH 0x02000000
#endif

#define DRAIN_MOST 64 /* reads in a row: who mounts without end does not keep us */

int
lw_group_open(struct lw_group *g)
{
	unsigned flags = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
			 FAN_UNLIMITED_MARKS | FAN_REPORT_TID;

	g->read_errors = 0;
	g->mount_fd = -1;
	/* O_NONBLOCK: our own opening of an event's file waits for no lease (kernel-facts 43). */
	g->fd = fanotify_init(flags, O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK);
	if (g->fd < 0)
		return errno == EINVAL ? -ENOSYS : -errno;
	g->mount_fd =
		fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_MNT, 0);
	if (g->mount_fd < 0)
		g->mount_fd = -1;
	return 0;
}

void
lw_group_done(struct lw_group *g)
{
	lw_closep(&g->fd);
	lw_closep(&g->mount_fd);
}

static int
mark(int group, unsigned flags, uint64_t mask, int fd, const char *path)
{
	return fanotify_mark(group, flags, mask, fd, path) < 0 ? -errno : 0;
}

int
lw_group_mark_superblock(struct lw_group *g, int dirfd, bool opens)
{
	unsigned flags = FAN_MARK_ADD | FAN_MARK_FILESYSTEM;
	int r = mark(g->fd, flags, FAN_OPEN_EXEC_PERM | (opens ? FAN_OPEN_PERM : 0), dirfd, ".");

	if (r < 0 || opens)
		return r;
	/* The mark stays for executions; -ENOENT cannot be. */
	return mark(g->fd, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, dirfd, ".");
}

int
lw_group_unmark_superblock(struct lw_group *g, int dirfd)
{
	return mark(g->fd, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM,
		FAN_OPEN_EXEC_PERM | FAN_OPEN_PERM, dirfd, ".");
}

int
lw_group_mark_file(struct lw_group *g, int fd)
{
	return mark(g->fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, fd, NULL);
}

#define EVICTABLE (FAN_MARK_ADD | FAN_MARK_EVICTABLE)
#define IGNORE (FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY)
#define WRITES (FAN_MODIFY | FAN_CLOSE_WRITE)

/*
 * Asks for `mask` of one file or folder. What is ignored besides says nothing, and keeps the mark
 * when nothing is asked any more.
 */
static int
ask(struct lw_group *g, int fd, const char *path, uint64_t mask)
{
	int r = mark(g->fd, EVICTABLE | IGNORE, FAN_ACCESS, fd, path);

	return r < 0 ? r : mark(g->fd, EVICTABLE, mask, fd, path);
}

int
lw_group_watch_close(struct lw_group *g, int fd)
{
	return ask(g, fd, NULL, FAN_CLOSE_NOWRITE);
}

int
lw_group_unwatch_close(struct lw_group *g, int fd)
{
	return mark(g->fd, FAN_MARK_REMOVE, FAN_CLOSE_NOWRITE, fd, NULL);
}

int
lw_group_watch_opens(struct lw_group *g, int fd)
{
	return ask(g, fd, NULL, FAN_OPEN_PERM);
}

int
lw_group_unwatch_opens(struct lw_group *g, int fd)
{
	return mark(g->fd, FAN_MARK_REMOVE, FAN_OPEN_PERM, fd, NULL);
}

int
lw_group_watch_opens_in(struct lw_group *g, int dirfd)
{
	return ask(g, dirfd, ".", FAN_OPEN_PERM | FAN_EVENT_ON_CHILD);
}

int
lw_group_unwatch_opens_in(struct lw_group *g, int dirfd)
{
	return mark(g->fd, FAN_MARK_REMOVE, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, dirfd, ".");
}

int
lw_group_watch_writes(struct lw_group *g, int fd)
{
	return ask(g, fd, NULL, WRITES);
}

int
lw_group_ignore_opens(struct lw_group *g, int fd)
{
	return mark(g->fd, EVICTABLE | IGNORE, FAN_OPEN_PERM, fd, NULL);
}

int
lw_group_heed_opens(struct lw_group *g, int fd)
{
	int r = mark(g->fd, FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, FAN_OPEN_PERM, fd, NULL);

	mark(g->fd, FAN_MARK_REMOVE, WRITES, fd, NULL);
	return r == -ENOENT ? 0 : r; /* no mark, nothing ignored */
}

/* Nobody waits; several can be told by one record. */
static bool
take_notice(struct lw_group *g, const struct fanotify_event_metadata *m, struct lw_group_event *out)
{
	if (m->mask & WRITES)
		lw_group_heed_opens(g, m->fd);
	close(m->fd);
	out->fd = -1;
	out->what = LW_GROUP_CLOSING;
	return m->mask & FAN_CLOSE_NOWRITE;
}

/* One record; false when it is of no interest to others. */
static bool
take_event(struct lw_group *g, const struct fanotify_event_metadata *m, struct lw_group_event *out)
{
	if (m->fd < 0) /* FAN_NOFD: queue overflow, impossible with an unlimited queue */
		return false;
	if (m->vers != FANOTIFY_METADATA_VERSION) {
		lw_group_answer(g, m->fd, true);
		close(m->fd);
		return false;
	}
	*out = (struct lw_group_event){.fd = m->fd, .tid = m->pid};
	if (m->mask & FAN_OPEN_EXEC_PERM)
		out->what = LW_GROUP_EXECUTION;
	else if (m->mask & FAN_OPEN_PERM)
		out->what = LW_GROUP_OPENING;
	else
		return take_notice(g, m, out);
	return true;
}

int
lw_group_read(struct lw_group *g, struct lw_group_event *out, int most)
{
	struct fanotify_event_metadata buf[LW_GROUP_BATCH];
	int count = 0;
	ssize_t n;

	if (most > LW_GROUP_BATCH)
		most = LW_GROUP_BATCH;
	if (most <= 0)
		return 0;
	n = read(g->fd, buf, most * sizeof(buf[0]));
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		if (errno == EBADF || errno == EFAULT || errno == EINVAL)
			return -errno;
		/* opening one event's fd failed: that exec is denied, the queue lives on */
		g->read_errors++;
		return 0;
	}
	struct fanotify_event_metadata *m = buf;
	for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
		count += take_event(g, m, &out[count]);
	return count;
}

int
lw_group_answer(struct lw_group *g, int event_fd, bool allow)
{
	struct fanotify_response r = {.fd = event_fd, .response = allow ? FAN_ALLOW : FAN_DENY};

	return write(g->fd, &r, sizeof(r)) < 0 ? -errno : 0;
}

int
lw_group_watch_namespace(struct lw_group *g, int nsfd)
{
	if (g->mount_fd < 0)
		return -EOPNOTSUPP;
	return mark(g->mount_fd, FAN_MARK_ADD | FAN_MARK_MNTNS, FAN_MNT_ATTACH | FAN_MNT_DETACH,
		nsfd, NULL);
}

bool
lw_group_drain_mounts(struct lw_group *g)
{
	char buf[4096];
	int reads = 0;

	while (g->mount_fd >= 0 && reads < DRAIN_MOST && read(g->mount_fd, buf, sizeof(buf)) > 0)
		reads++;
	return reads > 0;
}
