/*
 * mountinfo: /proc/PID/mountinfo as text becomes mounts, and an overlay's super options become
 * its layers.
 *
 * Pure: no system call, no allocation. Everything is cut up in place in the caller's writable
 * buffer, and the strings handed out are parts of it: they live as long as the buffer does. Called
 * by the gate only.
 */
#ifndef LW_GATE_MOUNTINFO_H
#define LW_GATE_MOUNTINFO_H

#include "base/util.h"

/* bytes; what lies behind is not read, and flagged */
#define LW_MOUNTINFO_TEXT_MAX (16u * 1024 * 1024)
/*
 * The longest line that is taken. 500 lowers (the kernel's bound) of 4096 bytes, each escaped
 * fourfold, make 8 MiB:
 * a smaller bound would let a user namespace hide its overlay behind long names.
 */
#define LW_MOUNTINFO_LINE_MAX (9u * 1024 * 1024)
#define LW_OVERLAY_LAYERS_MAX 512 /* the kernel takes 500 */

struct lw_mountinfo {
	char *text;
	size_t length;
	size_t at;
	uint64_t bad; /* lines skipped: malformed, cut or too long */
	bool truncated; /* the text was longer than LW_MOUNTINFO_TEXT_MAX */
};

/* One line. Strings are never NULL; all but super_options are already unescaped. */
struct lw_mount {
	uint32_t id, parent;
	uint32_t major, minor; /* of the superblock; can differ from st_dev of its files */
	char *root; /* what of the superblock is mounted, from its root */
	char *mount_point; /* as seen from the root of the process */
	char *options; /* of this mount: "rw,noexec" */
	char *fs_type;
	char *source; /* can be "" */
	/* as the kernel has escaped them; lw_mount_overlay() cuts them up */
	char *super_options;
};

/* Takes the text over (it is changed); it need not end in NUL. */
void lw_mountinfo_init(struct lw_mountinfo *mi, char *text, size_t length);
/* 1 and a mount, or 0 at the end. Lines that make no sense are skipped and counted in mi->bad. */
int lw_mountinfo_next(struct lw_mountinfo *mi, struct lw_mount *out);

/* An option that mountinfo shows only where it differs from the module's default. */
enum lw_overlay_word {
	LW_OVERLAY_DEFAULT, /* not shown: /sys/module/overlay/parameters says */
	LW_OVERLAY_OFF,
	LW_OVERLAY_ON,
	LW_OVERLAY_FOLLOW, /* redirect_dir */
	LW_OVERLAY_NOFOLLOW,
	LW_OVERLAY_AUTO, /* xino, uuid */
	LW_OVERLAY_NULL, /* uuid */
	LW_OVERLAY_REQUIRE, /* verity */
	LW_OVERLAY_OTHER, /* a word that is not known here */
};

struct lw_overlay_options {
	/* top first: lower_count merged ones, then data_count data-only ones */
	char *lower[LW_OVERLAY_LAYERS_MAX];
	size_t lower_count;
	size_t data_count;
	char *upper; /* NULL: the overlay is read-only */
	char *work;
	enum lw_overlay_word metacopy, redirect_dir, index, nfs_export, xino, uuid, verity;
	bool userxattr; /* mounted in a user namespace, mostly */
	bool volatile_;
};

#define LW_MOUNT_NOT_OVERLAY 1 /* another filesystem */
#define LW_MOUNT_TOO_MANY_LAYERS 2 /* *out holds the first ones */

/*
 * Layers and flags of an overlay mount. Cuts m->super_options up (they are of no use afterwards).
 * Paths are as the mounter gave them: relative ones count from the mounter's working directory of
 * that time (Docker:
 * the graph root). Returns 0 or one of the outcomes above.
 */
int lw_mount_overlay(const struct lw_mount *m, struct lw_overlay_options *out);

#endif
