/*
 * group: the fanotify group. The only file that includes sys/fanotify.h; everything the gate asks
 * of fanotify is a function here. Used by discover (marks), runtime (the barrier), gate (events).
 * Owns the group's descriptor. Kernel facts: fanotify(7), measured on 6.1, 6.12 and 6.18.
 */
#ifndef LW_GATE_GROUP_H
#define LW_GATE_GROUP_H

#include "base/util.h"

struct lw_group {
	int fd; /* FAN_CLASS_CONTENT, non-blocking; -1 = closed */
	int mount_fd; /* FAN_REPORT_MNT group (6.14+), -1 = the kernel has none */
	uint64_t read_errors; /* EMFILE, ENFILE: the kernel denied that exec */
};

/*
 * A held execution. fd is owned by whoever got the event; it must be answered exactly once.
 * fd < 0: nothing is held, the task has closed a file of lw_group_watch_close().
 */
struct lw_group_event {
	int fd;
	int tid; /* 0 = not visible in our pid namespace */
};

#define LW_GROUP_BATCH 32 /* events taken by one read, at most */

/* 0, -ENOSYS when the kernel has no permission events, -EPERM, or another negative errno. */
int lw_group_open(struct lw_group *g);
void lw_group_done(struct lw_group *g);

/* Marks the superblock that dirfd (O_PATH will do) lies on. Idempotent. 0 or a negative errno. */
int lw_group_mark_superblock(struct lw_group *g, int dirfd);
/* Takes the mark away; events that wait stay to be answered. -ENOENT when there is none. */
int lw_group_unmark_superblock(struct lw_group *g, int dirfd);
/* Marks one file: its executions are held wherever it is reached from. */
int lw_group_mark_file(struct lw_group *g, int fd);

/*
 * Asks to be told, in order with the executions, of the tasks that end an open of this very file;
 * and no more. Each such event holds the file's mount until it is read: ask only while the mount
 * is busy anyway. -EINVAL where the kernel can't (before 5.19). The file's mark stays when closes
 * are no longer asked for, as long as its inode is in memory: an execution that meets a mark while
 * it is taken away passes unseen (kernel-facts 42).
 */
int lw_group_watch_close(struct lw_group *g, int fd);
int lw_group_unwatch_close(struct lw_group *g, int fd);

/*
 * Takes at most `most` events (<= LW_GROUP_BATCH): each costs a descriptor of ours, so ask only
 * for what can be held.
 * Returns how many, 0 when none waits, or a negative errno. An event whose file can't be opened
 * without waiting for somebody (a lease) is denied by the kernel, and none of these.
 */
int lw_group_read(struct lw_group *g, struct lw_group_event *out, int most);

/* Lets the execution go on, or fail with EPERM. -ENOENT: the task was killed while it waited. */
int lw_group_answer(struct lw_group *g, int event_fd, bool allow);

/*
 * Asks for mount attach and detach in the namespace of nsfd (/proc/PID/ns/mnt). -EOPNOTSUPP
 * without mount_fd.
 */
int lw_group_watch_namespace(struct lw_group *g, int nsfd);
/* Empties mount_fd; true when anything was there. */
bool lw_group_drain_mounts(struct lw_group *g);

#endif
