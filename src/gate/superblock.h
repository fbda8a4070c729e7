/*
 * superblock: the table of overlay superblocks that the gate knows: a container's rootfs each.
 *
 * An entry lives from the first mountinfo line that shows it until a full rescan no longer does. It
 * owns copies of the layers' paths, never a descriptor of the overlay or of a layer: those would
 * block unmounting. Layers are opened for the moment of use, beneath the root of the mount
 * namespace that mounted the overlay.
 */
#ifndef LW_GATE_SUPERBLOCK_H
#define LW_GATE_SUPERBLOCK_H

#include <limits.h>

#include "base/util.h"
#include "gate/mountinfo.h"
#include "layerwatch/facts.h"

#define LW_SUPERBLOCKS_MAX 4096
#define LW_SUPERBLOCK_BUCKETS 1024
/* namespaces that may describe it anew, until one can prove its layers */
#define LW_SUPERBLOCK_VIEWS 8
#define LW_LAYER_FILESYSTEMS_MAX 8 /* distinct filesystems that one overlay's layers lie on */

/* One filesystem that holds layers: `layer` is one of them, to open for open_by_handle_at(2). */
struct lw_layer_filesystem {
	uint64_t dev;
	int layer; /* index into lowers, -1 = the upper layer */
	bool uuid_known, uuid_asked;
	uint8_t uuid[16];
};

struct lw_superblock {
	struct lw_superblock *next; /* of its bucket */
	uint32_t major, minor;
	uint64_t instance; /* a counter: tells a reused device number */
	enum lw_mark_state state;
	int error; /* errno of LW_MARK_FAILED */
	char reason[128]; /* for people */
	bool user_namespace; /* mounted in a user namespace that is not the initial one */
	bool userxattr;
	bool metacopy;
	bool nested; /* another overlay has layers on it: opens are not held */
	uint32_t pid; /* a task in the namespace that mounted it; 0 = our own namespace */
	uint64_t namespace_inode;
	unsigned views; /* namespaces that have described it anew */
	uint64_t generation; /* of the last full rescan that saw it */
	uint64_t seen; /* serial of the scan that described it */
	char *mount_point; /* in that namespace */
	char *upper; /* NULL: read-only overlay */
	char **lowers; /* topmost first */
	size_t lower_count;
	struct lw_layer_filesystem filesystems[LW_LAYER_FILESYSTEMS_MAX];
	size_t filesystem_count;

	struct lw_container_facts facts;
	unsigned facts_asked; /* requests sent so far */
	bool facts_pending; /* a request is under way */
	uint64_t facts_next_us; /* when to ask again */

	uint64_t events;
	uint64_t events_told, told_us; /* when report was last told of it, and what */
	uint32_t in_flight; /* executions held */
	uint32_t references; /* subjects under judgement: it is not forgotten before they end */
	uint64_t served; /* virtual time of the fair queue */
	bool told; /* report knows the present state */
};

struct lw_superblocks {
	struct lw_superblock *buckets[LW_SUPERBLOCK_BUCKETS];
	size_t count;
	uint64_t generation;
};

struct lw_superblock *lw_superblock_find(struct lw_superblocks *t, uint32_t major, uint32_t minor);
/* Finds or adds; NULL when the table is full or memory is out. */
struct lw_superblock *lw_superblock_get(struct lw_superblocks *t, uint32_t major, uint32_t minor);
/*
 * Takes the options of its mountinfo line. 0 or -ENOMEM; a change of the mount point, of a layer or
 * of what is remembered of the options makes it a new instance.
 */
int lw_superblock_describe(
	struct lw_superblock *sb, const char *mount_point, const struct lw_overlay_options *o);
void lw_superblock_remove(struct lw_superblocks *t, struct lw_superblock *sb);
void lw_superblocks_done(struct lw_superblocks *t);
/* Calls fn for each; fn may remove the one it is given. */
void lw_superblocks_each(
	struct lw_superblocks *t, void (*fn)(struct lw_superblock *sb, void *arg), void *arg);

/* O_PATH of the root of the namespace that mounted it, or -errno. */
int lw_superblock_root(const struct lw_superblock *sb);
/*
 * Opens a layer's folder (index into lowers, -1 = upper) with the flags given beside O_DIRECTORY |
 * O_CLOEXEC. Relative paths are tried as the engines make them: beneath the folder that holds the
 * layers. -ENOENT, or another -errno.
 */
int lw_superblock_open_layer(const struct lw_superblock *sb, int layer, int flags);

#endif
