/*
 * overlay: an overlay on a tmpfs of the test's own, in a mount namespace of its own. Layers "a"
 * (top) and "b", upper "u", mounted at "m". Nothing of the host's is marked: superblocks that the
 * namespace showed before are left out by name.
 */
#ifndef LW_TESTS_GATE_OVERLAY_H
#define LW_TESTS_GATE_OVERLAY_H

#include "gate/discover.h"

struct overlay {
	char base[32];
	int files; /* descriptors open before */
	struct lw_group group; /* closed, unless the test opens it */
	struct lw_settings settings;
	struct lw_superblocks superblocks;
	struct lw_discover discover;
	unsigned changed, gone;
	enum lw_mark_state state; /* of the last change */
};

/* cmocka's; *state is a struct overlay. */
int overlay_set_up(void **state);
int overlay_tear_down(void **state); /* fails if a descriptor was lost */

/* A path in base; good for four calls. */
const char *overlay_at(struct overlay *o, const char *name);
void overlay_write(struct overlay *o, const char *name, const char *content);
/* Mounts it with further options (",index=off" or ""). Skips where the kernel can't. */
void overlay_mount(struct overlay *o, const char *options);
/* The superblock that is mounted at a path of base; NULL = not known. */
struct lw_superblock *overlay_superblock(struct overlay *o, const char *name);

/* A task that sleeps: in a mount namespace of its own, with this root (NULL: ours). */
pid_t overlay_task(struct overlay *o, const char *root);
/* The same, in which fn has run. */
pid_t overlay_task_after(struct overlay *o, void (*fn)(struct overlay *o));
void overlay_end_task(pid_t pid);

#endif
