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

enum lw_group_what {
	LW_GROUP_EXECUTION, /* held */
	LW_GROUP_OPENING, /* held */
	LW_GROUP_CLOSING, /* a file of lw_group_watch_close() was closed; nothing is held, no fd */
};

/* fd is owned by whoever got the event; what is held must be answered exactly once. */
struct lw_group_event {
	int fd;
	int tid; /* 0 = not visible in our pid namespace */
	enum lw_group_what what;
};

#define LW_GROUP_BATCH 32 /* events taken by one read, at most */

/* 0, -ENOSYS when the kernel has no permission events, -EPERM, or another negative errno. */
int lw_group_open(struct lw_group *g);
void lw_group_done(struct lw_group *g);

/*
 * Marks the superblock that dirfd (O_PATH will do) lies on: executions are held, and opens, too, or
 * no longer. Idempotent. 0 or a negative errno. Never hold opens where another marked overlay has
 * its layers: opening an event's file would then wait for ourselves (kernel-facts 5).
 */
int lw_group_mark_superblock(struct lw_group *g, int dirfd, bool opens);
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
 * The same for opens of this very file, and of whatever is reached through this folder (O_PATH will
 * do): each is held.
 */
int lw_group_watch_opens(struct lw_group *g, int fd);
int lw_group_unwatch_opens(struct lw_group *g, int fd);
int lw_group_watch_opens_in(struct lw_group *g, int dirfd);
int lw_group_unwatch_opens_in(struct lw_group *g, int dirfd);

/*
 * On a marked superblock opens of this file need not be held, until somebody writes to it or closes
 * it after writing: first watch_writes, then look once more at the file, then ignore_opens. A write
 * through a mapping is told when the mapping ends (kernel-facts 4). heed_opens takes it back.
 */
int lw_group_watch_writes(struct lw_group *g, int fd);
int lw_group_ignore_opens(struct lw_group *g, int fd);
int lw_group_heed_opens(struct lw_group *g, int fd);

/*
 * Takes at most `most` events (<= LW_GROUP_BATCH): each costs a descriptor of ours, so ask only
 * for what can be held.
 * Returns how many, 0 when none waits, or a negative errno. An event whose file can't be opened
 * without waiting for somebody (a lease) is denied by the kernel, and none of these.
 */
int lw_group_read(struct lw_group *g, struct lw_group_event *out, int most);

/*
 * Lets the execution go on, or fail with EPERM. Once: -ENOENT when there is nothing to answer. A
 * task that was killed while it waited is answered like any other.
 */
int lw_group_answer(struct lw_group *g, int event_fd, bool allow);

/*
 * Asks for mount attach and detach in the namespace of nsfd (/proc/PID/ns/mnt). -EOPNOTSUPP
 * without mount_fd.
 */
int lw_group_watch_namespace(struct lw_group *g, int nsfd);
/* Empties mount_fd, or takes a bounded part of it; true when anything was there. */
bool lw_group_drain_mounts(struct lw_group *g);

#endif
