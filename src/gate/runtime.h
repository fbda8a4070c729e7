/*
 * runtime: the barrier. An inode mark on each container runtime's binary (runc, crun, ...) holds
 * its executions, so that the mounts it is about to use are marked before a container's first exec
 * (kernel-facts 7).
 *
 * A runtime is known by its inode, never by an event's path (kernel-facts 27). Binaries come from
 * usual paths, from watch.runtimes, from absolute paths in the engines' configuration files and
 * from what runs. inotify on their folders tells when a package upgrade replaces one: the new inode
 * is marked at once.
 */
#ifndef LW_GATE_RUNTIME_H
#define LW_GATE_RUNTIME_H

#include "base/util.h"
#include "gate/group.h"
#include "policy/policy.h"

#define LW_RUNTIMES_MAX 64
#define LW_RUNTIME_FOLDERS_MAX 64

struct lw_runtime {
	char path[256];
	uint64_t dev, ino; /* 0 = not there now */
};

struct lw_runtimes {
	struct lw_group *group;
	struct lw_runtime items[LW_RUNTIMES_MAX];
	size_t count;
	int inotify; /* owned; readable when a folder changed */
	char folders[LW_RUNTIME_FOLDERS_MAX][256];
	size_t folder_count;
};

int lw_runtimes_init(struct lw_runtimes *r, struct lw_group *group);
void lw_runtimes_done(struct lw_runtimes *r);

/* Looks everywhere for runtimes and marks what is new. Returns how many binaries are marked. */
size_t lw_runtimes_search(struct lw_runtimes *r, const struct lw_settings *settings);
/* After inotify: marks files that were replaced. */
void lw_runtimes_rearm(struct lw_runtimes *r);
bool lw_runtimes_has(const struct lw_runtimes *r, uint64_t dev, uint64_t ino);
size_t lw_runtimes_marked(const struct lw_runtimes *r);

/* Is this the base name of a runtime? For those that run inside containers (kernel-facts 34). */
bool lw_runtime_is_name(const char *path);

#endif
