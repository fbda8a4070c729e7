#include "gate/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/kernel.h"
#include "base/text.h"
#include "gate/namespace.h"
#include "gate/walk.h"

/*
 * statfs(2) types that are answered by this kernel alone. Overlay counts: its own layers are
 * asked in turn.
 */
static const long local_magics[] = {
	EXT4_SUPER_MAGIC,
	XFS_SUPER_MAGIC,
	BTRFS_SUPER_MAGIC,
	TMPFS_MAGIC,
	0xe0f5e1e2L /* erofs */,
	SQUASHFS_MAGIC,
	F2FS_SUPER_MAGIC,
	RAMFS_MAGIC,
	0x2fc12fc1L /* zfs */,
	0xca451a4eL /* bcachefs */,
	ISOFS_SUPER_MAGIC,
	OVERLAYFS_SUPER_MAGIC,
};

bool
lw_discover_is_local(long f_type)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(local_magics); i++)
		if (local_magics[i] == f_type)
			return true;
	return false;
}

int
lw_discover_init(struct lw_discover *d)
{
	d->namespaces = LW_NAMESPACES_MAX;
	d->own_user_namespace = lw_namespace_inode(0, "user");
	d->own_mount_namespace = lw_namespace_inode(0, "mnt");
	return d->own_mount_namespace ? 0 : -EIO;
}

void
lw_discover_done(struct lw_discover *d)
{
	free(d->text);
	d->text = NULL;
	d->text_size = 0;
}

static void
set_state(struct lw_discover *d, struct lw_superblock *sb, enum lw_mark_state state, int error,
	const char *reason)
{
	if (sb->told && sb->state == state && strcmp(sb->reason, reason) == 0)
		return;
	sb->state = state;
	sb->error = error;
	lw_copy_string(sb->reason, sizeof(sb->reason), reason);
	sb->told = true;
	d->changed(sb, d->arg);
}

/*
 * Its files are opened beneath ours, which raises events of its own: opens of it are never held
 * (kernel-facts 5).
 */
static void
lie_upon(struct lw_discover *d, struct lw_superblock *outer, int fd)
{
	if (outer->nested)
		return;
	outer->nested = true;
	if (outer->state == LW_MARK_MARKED)
		lw_group_mark_superblock(d->group, fd, false);
	if (d->nested)
		d->nested(outer, d->arg);
}

/* Notes the filesystem of an opened layer; false when it is not local. */
static bool
note_layer(struct lw_discover *d, struct lw_superblock *sb, int fd, int layer)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0 || !lw_discover_is_local(fs.f_type))
		return false;
	if (fs.f_type == OVERLAYFS_SUPER_MAGIC) { /* nested: proven only when the outer one is */
		struct lw_superblock *outer =
			lw_superblock_find(d->superblocks, major(st.st_dev), minor(st.st_dev));

		if (!outer || outer == sb || outer->state == LW_MARK_FOREIGN)
			return false;
		lie_upon(d, outer, fd);
	}
	for (size_t i = 0; i < sb->filesystem_count; i++)
		if (sb->filesystems[i].dev == st.st_dev)
			return true;
	if (sb->filesystem_count < LW_LAYER_FILESYSTEMS_MAX)
		sb->filesystems[sb->filesystem_count++] =
			(struct lw_layer_filesystem){.dev = st.st_dev, .layer = layer};
	return true;
}

enum proof { PROVEN_LOCAL, NOT_LOCAL, NOT_REACHED };

/* Opens every layer O_PATH: the caller has seen to it that the paths cross local mounts only. */
static enum proof
prove_layers(struct lw_discover *d, struct lw_superblock *sb)
{
	sb->filesystem_count = 0;
	for (int i = sb->upper ? -1 : 0; i < (int)sb->lower_count; i++) {
		_cleanup_close_ int fd = lw_superblock_open_layer(sb, i, O_PATH);

		if (fd < 0)
			return NOT_REACHED;
		if (!note_layer(d, sb, fd, i))
			return NOT_LOCAL;
	}
	return PROVEN_LOCAL;
}

/* The mount point as O_PATH, if it still shows this very superblock; else -errno. */
static int
open_mount_point(const struct lw_superblock *sb, uint32_t pid, const char *mount_point)
{
	struct lw_superblock at = {.pid = pid};
	struct stat st;
	_cleanup_close_ int root = lw_superblock_root(&at);

	if (root < 0)
		return root;
	_cleanup_close_ int fd = lw_openat2(root, mount_point, O_PATH | O_DIRECTORY,
		RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (major(st.st_dev) != sb->major || minor(st.st_dev) != sb->minor)
		return -EXDEV;
	return TAKE_FD(fd);
}

static void
mark(struct lw_discover *d, struct lw_superblock *sb, uint32_t pid, const char *mount_point,
	const char *remark)
{
	char reason[128];
	bool opens = d->settings->watch.opens;
	_cleanup_close_ int fd = open_mount_point(sb, pid, mount_point);
	int r = fd < 0 ? fd : lw_group_mark_superblock(d->group, fd, opens && !sb->nested);

	if (r == 0) {
		if (opens && sb->nested)
			remark = "marked for executions, not for opens: another overlay lies on it";
		set_state(d, sb, LW_MARK_MARKED, 0, remark);
	} else if (sb->state !=
		   LW_MARK_MARKED) { /* covered by another mount here: another view may show it */
		snprintf(reason, sizeof(reason), "cannot be marked: %s",
			r == -EXDEV ? "another mount lies over its mount point" : strerror(-r));
		set_state(d, sb, LW_MARK_FAILED, -r, reason);
	}
}

/*
 * The policy leaves it out: a mark of an older policy goes. Events that are held already are
 * answered all the same. Nothing but the policy takes a mark away: what a container could bring
 * about, by mounting, must not.
 */
static void
exclude(struct lw_discover *d, struct lw_superblock *sb, const struct lw_walk *w,
	const struct lw_mount *m, const char *reason)
{
	if (sb->state == LW_MARK_MARKED) {
		_cleanup_close_ int fd = open_mount_point(sb, w->pid, m->mount_point);
		int r = fd < 0 ? fd : lw_group_unmark_superblock(d->group, fd);

		if (r < 0 && r != -ENOENT)
			return; /* another view may show it */
	}
	set_state(d, sb, LW_MARK_EXCLUDED, 0, reason);
}

static bool
is_excluded(const struct lw_discover *d, const char *mount_point)
{
	const struct lw_string_list *globs = &d->settings->watch.exclude;

	for (size_t i = 0; i < globs->count; i++)
		if (lw_glob_match(globs->items[i], mount_point, strlen(mount_point)))
			return true;
	return false;
}

static void
judge_layers(struct lw_discover *d, struct lw_superblock *sb, const struct lw_walk *w,
	const struct lw_mount *m)
{
	static const char unreached[] =
		"marked; its layers cannot be reached, so every layer is unknown";
	char reason[128];

	switch (prove_layers(d, sb)) {
	case PROVEN_LOCAL:
		mark(d, sb, w->pid, m->mount_point, "");
		break;
	case NOT_LOCAL:
		set_state(d, sb, LW_MARK_FOREIGN, 0,
			"a layer lies on a filesystem that is not local");
		break;
	case NOT_REACHED:
		if (!sb->user_namespace && !w->foreign_type && !d->settings->watch.opens) {
			mark(d, sb, w->pid, m->mount_point, unreached);
			break;
		}
		snprintf(reason, sizeof(reason),
			"its layers cannot be reached, so cannot be proven local");
		set_state(d, sb, LW_MARK_FOREIGN, 0, reason);
	}
}

/* What may be done with an overlay that this namespace shows. */
static void
judge(struct lw_discover *d, struct lw_superblock *sb, const struct lw_walk *w,
	const struct lw_mount *m)
{
	const char *foreign = lw_walk_foreign_on_way(w, m);
	char reason[128];

	if (((uint64_t)sb->major << 32 | sb->minor) == d->own_device) {
		set_state(d, sb, LW_MARK_OWN, 0, "layerwatch's own programs run from it");
	} else if (is_excluded(d, m->mount_point)) {
		exclude(d, sb, w, m, "watch.exclude names its mount point");
	} else if (sb->user_namespace && !d->settings->watch.user_namespaces) {
		exclude(d, sb, w, m, "watch.user_namespaces is off");
	} else if (sb->user_namespace && d->quarantine) {
		set_state(d, sb, LW_MARK_QUARANTINE, 0,
			"of a user namespace: refused since the gate was stalled");
	} else if (foreign || (sb->user_namespace && (foreign = w->foreign_type))) {
		snprintf(reason, sizeof(reason), "%s is mounted where its layers may lie", foreign);
		set_state(d, sb, LW_MARK_FOREIGN, 0, reason);
	} else {
		judge_layers(d, sb, w, m);
	}
}

/*
 * Is this view to describe the superblock? Our own namespace's always is; another one's only when
 * nothing better is known, or when what is known could not be proven.
 */
static bool
describes(const struct lw_discover *d, struct lw_superblock *sb, const struct lw_walk *w)
{
	bool unproven = sb->state == LW_MARK_FOREIGN || sb->state == LW_MARK_FAILED ||
			(sb->state == LW_MARK_MARKED && sb->reason[0]);

	if (!sb->mount_point || sb->namespace_inode == 0 || sb->namespace_inode == w->inode ||
		w->inode == d->own_mount_namespace)
		return true;
	if (sb->namespace_inode == d->own_mount_namespace || !unproven)
		return false;
	return sb->views++ < LW_SUPERBLOCK_VIEWS;
}

static bool
is_of_user_namespace(const struct lw_discover *d, const struct lw_walk *w)
{
	return w->owner && w->owner != d->own_user_namespace;
}

static struct lw_superblock *
known_or_new(struct lw_discover *d, const struct lw_walk *w, const struct lw_mount *m)
{
	if (d->superblocks->count >= LW_DISCOVER_USER_MAX && is_of_user_namespace(d, w))
		return lw_superblock_find(d->superblocks, m->major, m->minor);
	return lw_superblock_get(d->superblocks, m->major, m->minor);
}

static void
meet(struct lw_discover *d, const struct lw_walk *w, struct lw_mount *m)
{
	struct lw_overlay_options options;
	struct lw_superblock *sb = known_or_new(d, w, m);

	if (!sb) {
		d->refused++;
		return;
	}
	sb->generation = d->superblocks->generation;
	if (lw_mount_overlay(m, &options) != 0)
		return;
	if (sb->seen == w->serial) { /* a second mount of it in the same namespace */
		if (sb->state == LW_MARK_FAILED) /* the first one is covered */
			judge(d, sb, w, m);
		return;
	}
	if (!describes(d, sb, w)) {
		if (sb->state == LW_MARK_MARKED)
			mark(d, sb, w->pid, m->mount_point, sb->reason);
		return;
	}
	if (lw_superblock_describe(sb, m->mount_point, &options) < 0)
		return;
	sb->seen = w->serial;
	sb->pid = w->pid;
	sb->namespace_inode = w->inode;
	sb->user_namespace = is_of_user_namespace(d, w);
	judge(d, sb, w, m);
}

/*
 * Described from the scanned namespace, which shows it no longer: the next view describes it
 * anew.
 */
static void
orphan(struct lw_superblock *sb, void *arg)
{
	const struct lw_walk *w = arg;

	if (sb->namespace_inode == w->inode && sb->seen != w->serial)
		sb->namespace_inode = 0;
}

int
lw_discover_namespace(struct lw_discover *d, uint32_t pid)
{
	static uint64_t serial;
	_cleanup_(lw_walk_done) struct lw_walk w = {.pid = pid, .serial = ++serial};
	ssize_t length = lw_namespace_read(pid, &d->text, &d->text_size);

	d->rescans++;
	if (length < 0)
		return length;
	w.inode = lw_namespace_inode(pid, "mnt");
	if (w.inode == d->own_mount_namespace)
		w.pid = 0;
	w.owner = w.pid ? lw_namespace_owner(pid) : d->own_user_namespace;
	int r = lw_walk_read(&w, d->text, length);
	if (r < 0)
		return r;
	if (w.pid == 0)
		lw_walk_keep_foreign(&w, &d->own_foreign);
	else
		lw_walk_discount_foreign(&w, &d->own_foreign);
	for (size_t i = 0; i < w.count; i++)
		if (strcmp(w.mounts[i].fs_type, "overlay") == 0)
			meet(d, &w, &w.mounts[i]);
	lw_superblocks_each(d->superblocks, orphan, &w);
	return 0;
}

static void
sweep(struct lw_superblock *sb, void *arg)
{
	struct lw_discover *d = arg;

	if (sb->generation == d->superblocks->generation || sb->references)
		return;
	if (d->left_out && sb->namespace_inode) /* that one may not have been looked at */
		return;
	d->gone(sb, d->arg);
	lw_superblock_remove(d->superblocks, sb);
}

static int
scan_task(uint32_t pid, void *arg)
{
	struct lw_discover *d = arg;

	lw_discover_namespace(d, pid); /* the task may be gone by now */
	if (d->met)
		d->met(pid, d->arg);
	return 0;
}

int
lw_discover_all(struct lw_discover *d)
{
	d->superblocks->generation++;
	d->refused = 0;
	int r = lw_discover_namespace(d, 0);
	if (r < 0)
		return r;
	r = lw_walk_namespaces(d->own_mount_namespace, d->namespaces, scan_task, d, &d->left_out);
	if (r == 0)
		lw_superblocks_each(d->superblocks, sweep, d);
	return r < 0 ? r : 0;
}
