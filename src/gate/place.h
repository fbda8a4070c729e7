/*
 * place: which container's overlay a held file lies on, and its paths there.
 *
 * By the mount id of the event's descriptor (kernel-facts 17a): unique ids (Linux 6.8+) are cached;
 * older kernels reuse ids, so there the task's mount table is read each time. A file reached
 * through a mount that no table shows (a nested overlay's private clone of a layer, a detached
 * mount) is attributed by what else the task's namespace shows; such a place is not exact.
 */
#ifndef LW_GATE_PLACE_H
#define LW_GATE_PLACE_H

#include <limits.h>
#include <linux/stat.h>
#include <sys/stat.h>

#include "base/util.h"
#include "gate/discover.h"

#define LW_PLACES_MAX 1024 /* mounts remembered */

/* One mount of a known superblock. */
struct lw_place_mount {
	uint64_t id; /* unique mount id, 0 = free */
	struct lw_superblock *superblock;
	char *prefix; /* path of the mount point as /proc/self/fd shows it to us; "" for "/" */
	char *root; /* what of the overlay is mounted; "" for all */
	char *inside; /* mount point inside the container; "" for "/" */
	bool exact; /* the mount itself was found */
};

struct lw_places {
	struct lw_discover *discover;
	struct lw_place_mount mounts[LW_PLACES_MAX];
	struct lw_place_mount
		scratch; /* where ids can't be trusted: good until the next question */
};

/* Paths of one file; "" = not known. */
struct lw_place_paths {
	char shown[PATH_MAX]; /* as /proc/self/fd shows it */
	char inside[PATH_MAX]; /* inside the container */
	char relative[PATH_MAX]; /* from the root of the overlay, without a leading "/" */
	bool exact;
	bool deleted;
};

/* What identifies the file behind a descriptor. */
struct lw_identity {
	uint64_t mount_id;
	bool unique;
	uint64_t dev, ino, size;
	uint64_t ctime_ns, mtime_ns;
	uint32_t mode, links;
};

/* 0 or -errno. Never waits: AT_STATX_DONT_SYNC. */
int lw_identity_of(int fd, struct lw_identity *out);
bool lw_identity_same_inode(const struct lw_identity *a, const struct lw_identity *b);
/*
 * Are both descriptors one file? A hard link of the image gets other numbers when it is copied up,
 * and is one file all the same. True when it can't be told.
 */
bool lw_identity_same_file(int a, int b);
/* Do both show the same bytes, as far as times and size can tell? */
bool lw_identity_same_content(const struct lw_identity *a, const struct lw_identity *b);

void lw_places_init(struct lw_places *p, struct lw_discover *discover);
void lw_places_done(struct lw_places *p);
void lw_places_forget(struct lw_places *p, const struct lw_superblock *sb);

/*
 * The mount that the held file was reached by; NULL when no overlay of ours explains it. The task's
 * namespace is scanned when it shows something new. Valid until the next call.
 */
const struct lw_place_mount *lw_places_find(
	struct lw_places *p, int fd, const struct lw_identity *id, uint32_t tid);
/*
 * Does this file lie on a tmpfs of the task's namespace? Asked of the mount table only: the
 * filesystem is not touched.
 */
bool lw_place_is_tmpfs(int fd, uint32_t tid);
void lw_place_paths(const struct lw_place_mount *m, int fd, struct lw_place_paths *out);

#endif
