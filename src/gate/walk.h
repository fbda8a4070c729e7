/*
 * walk: one mount namespace's mounts as an array, with the questions that discover asks of the
 * whole: which mounts lie on the way to another, and is a filesystem there that is not local? And
 * the walk over all namespaces.
 */
#ifndef LW_GATE_WALK_H
#define LW_GATE_WALK_H

#include "base/util.h"
#include "gate/mountinfo.h"

#define LW_WALK_DEPTH 64 /* mounts on the way to a mount point, at most */
#define LW_FOREIGN_MAX 256 /* filesystems of our own namespace that are not local */

/* Device numbers of mounts in our own namespace that are not local: not a container's doing. */
struct lw_foreign {
	uint64_t devices[LW_FOREIGN_MAX];
	size_t count;
};

struct lw_walk {
	uint32_t pid; /* whose view this is, 0 = ours */
	uint64_t inode, owner; /* of the mount namespace; of the user namespace that owns it */
	uint64_t serial; /* of this scan */
	struct lw_mount *mounts; /* in order of mount id */
	size_t count;
	const char *foreign_type; /* NULL, or the type of a mount that is not local and not ours */
	bool incomplete; /* not every mount of the namespace is here */
};

/*
 * Cuts text up (it stays the caller's and must outlive w). 0, or -ENOMEM. What is left out, of more
 * than LW_MOUNTS_MAX lines or LW_MOUNTINFO_TEXT_MAX bytes, counts as foreign, and so does a line
 * that can't be read.
 */
int lw_walk_read(struct lw_walk *w, char *text, size_t length);
void lw_walk_done(struct lw_walk *w);
void lw_walk_keep_foreign(const struct lw_walk *w, struct lw_foreign *out);
void lw_walk_discount_foreign(struct lw_walk *w, const struct lw_foreign *ours);

/*
 * NULL, or the type of the first mount on the way to m that is not local. In another namespace than
 * ours that is incomplete, a mount that is missing could be any.
 */
const char *lw_walk_foreign_on_way(const struct lw_walk *w, const struct lw_mount *m);
/* The mount with this id, or NULL. */
const struct lw_mount *lw_walk_find(const struct lw_walk *w, uint32_t id);

/*
 * Calls fn with one task of each mount namespace and root folder that /proc shows, but for `except`
 * (an inode), up to `most` of them (at most LW_NAMESPACES_MAX). *left_out gets how many processes
 * live in those beyond. Returns 0, a negative errno, or the first non-zero fn returned.
 */
int lw_walk_namespaces(uint64_t except, size_t most, int (*fn)(uint32_t pid, void *arg), void *arg,
	uint32_t *left_out);

#endif
