/*
 * discover: finds every overlay superblock in the mount namespaces that we can see, decides whether
 * it is watched, marks it, and says why not.
 *
 * States: see enum lw_mark_state. A mark is set anew at every scan that meets the overlay: device
 * numbers and mount ids are reused, and fanotify_mark(2) of a mark that is there changes nothing.
 * Nothing here opens a file of a container: mount points are reached O_PATH, and only where every
 * mount on the way is of a local filesystem (kernel-facts 21, 32, 35).
 */
#ifndef LW_GATE_DISCOVER_H
#define LW_GATE_DISCOVER_H

#include "base/util.h"
#include "gate/group.h"
#include "gate/superblock.h"
#include "gate/walk.h"
#include "policy/policy.h"

#define LW_NAMESPACES_MAX 4096 /* mount namespaces met in one full rescan */
#define LW_MOUNTS_MAX 65536 /* mounts of one namespace */
/* Beyond so many no overlay of a user namespace is taken in: anybody can mount those. */
#define LW_DISCOVER_USER_MAX (LW_SUPERBLOCKS_MAX / 2)

struct lw_discover {
	struct lw_group *group;
	struct lw_superblocks *superblocks;
	const struct lw_settings *settings;
	uint64_t
		/* major << 32 | minor of the superblock our programs run from, 0 = not overlay */
		own_device;
	uint64_t own_user_namespace; /* inode */
	uint64_t own_mount_namespace;
	bool quarantine; /* after a stall: no overlays of user namespaces */
	uint64_t rescans;
	size_t namespaces; /* met in one full scan at most; LW_NAMESPACES_MAX, less in tests */
	uint32_t refused; /* overlays that the last full scan found no room for */
	uint32_t left_out; /* processes in namespaces that it did not look at */
	void (*changed)(struct lw_superblock *sb, void *arg); /* new, or another state */
	void (*gone)(struct lw_superblock *sb, void *arg); /* before it is freed */
	/* another overlay was found to have its layers on it; may be NULL */
	void (*nested)(struct lw_superblock *sb, void *arg);
	/* a task of another mount namespace, at each full scan */
	void (*met)(uint32_t pid, void *arg);
	void *arg;
	struct lw_foreign own_foreign; /* what is not local in our own namespace */
	char *text; /* mountinfo buffer, grown as needed */
	size_t text_size;
};

int lw_discover_init(struct lw_discover *d);
void lw_discover_done(struct lw_discover *d);

/*
 * Scans one namespace: that of pid (0 = ours). 0 or a negative errno (the task may be gone: that
 * is no error of ours).
 */
int lw_discover_namespace(struct lw_discover *d, uint32_t pid);

/*
 * Scans every mount namespace that a task of /proc lives in, forgets superblocks that none shows
 * any more. Where some had to be left out, it forgets only what none but the scanned ones could
 * show.
 */
int lw_discover_all(struct lw_discover *d);

/*
 * Is this filesystem type (statfs f_type) known to answer from this host alone, without a
 * user-space server?
 */
bool lw_discover_is_local(long f_type);

#endif
