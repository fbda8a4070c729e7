/*
 * verify: the script that was judged is the script that runs (bypass rows 21-23).
 *
 * An interpreter opens its script by itself, some time after its execution was answered, and the
 * file can be another by then. So, from that answer until the interpreter's process ends, opens of
 * the script and of everything in its folder are held (kernel-facts 30), and those of this task
 * are compared with what was judged. Enforce mode only.
 *
 * Not seen are opens of another file in another folder: a symbolic link or a folder of the path
 * that is changed meanwhile (coverage: open sees them), what is written after the open, and scripts
 * on volumes.
 */
#ifndef LW_GATE_VERIFY_H
#define LW_GATE_VERIFY_H

#include "base/loop.h"
#include "gate/group.h"
#include "gate/place.h"

#define LW_VERIFY_FDS 3 /* descriptors that one of them costs */
#define LW_VERIFY_MAX 64 /* tasks; those that have opened their script are pushed out first */

struct lw_verify;

struct lw_verify_item {
	struct lw_verify *owner;
	uint32_t tid; /* who will open it; 0 = free */
	int file, folder; /* owned: what is watched; folder -1 = not reached */
	int pidfd; /* owned, in the loop; -1 = none */
	struct lw_identity identity; /* of the script as it was judged */
	char *path; /* owned: of the script, in the task's root */
	enum lw_language language;
	const struct lw_superblock *superblock;
	uint64_t since_us; /* lw_now_us() */
	bool opened; /* once, at least */
};

struct lw_verify {
	struct lw_loop *loop;
	struct lw_group *group;
	struct lw_verify_item items[LW_VERIFY_MAX];
	uint32_t capacity; /* <= LW_VERIFY_MAX: each costs LW_VERIFY_FDS; 0 = off */
	uint64_t *lost; /* counts those pushed out before they had opened their script */
};

/* loop, group and the counter outlive v. */
void lw_verify_init(struct lw_verify *v, struct lw_loop *loop, struct lw_group *group,
	uint32_t capacity, uint64_t *lost);
void lw_verify_done(struct lw_verify *v);

/*
 * The task is about to be let go, as an interpreter of this script. fd is the script, by its
 * overlay, and stays the caller's; identity is what was judged; inside its path in the task's root;
 * tgid its process, 0 = not known. Without a free descriptor or where marks can't be made: nothing.
 */
void lw_verify_expect(struct lw_verify *v, uint32_t tid, uint32_t tgid, int fd,
	const struct lw_identity *identity, const struct lw_superblock *sb, const char *inside,
	enum lw_language language);

/* What this task is expected to open, or NULL. Valid until the next call. */
struct lw_verify_item *lw_verify_find(struct lw_verify *v, uint32_t tid);
/* Is the file just opened the script that was judged, unchanged as far as times can tell? */
bool lw_verify_is_same(const struct lw_verify_item *item, const struct lw_identity *id);
/*
 * Is it opened as the script: the same file, or what has its path now? Whatever else the
 * interpreter opens in that folder may be data.
 */
bool lw_verify_is_script(
	const struct lw_verify_item *item, const struct lw_identity *id, const char *inside);

/* Opens of this superblock are not held any more: see discover's nested. */
void lw_verify_drop_superblock(struct lw_verify *v, const struct lw_superblock *sb);

#endif
