#include "gate/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/kernel.h"
#include "gate/namespace.h"
#include "gate/statmount.h"
#include "gate/walk.h"

#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8 */
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

#define NS_PER_SECOND 1000000000ull

static uint64_t
nanoseconds(const struct statx_timestamp *t)
{
	return (uint64_t)t->tv_sec * NS_PER_SECOND + t->tv_nsec;
}

int
lw_identity_of(int fd, struct lw_identity *out)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		    STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE, &sx) < 0)
		return -errno;
	*out = (struct lw_identity){
		.mount_id = sx.stx_mnt_id,
		.unique = sx.stx_mask & STATX_MNT_ID_UNIQUE,
		.dev = makedev(sx.stx_dev_major, sx.stx_dev_minor),
		.ino = sx.stx_ino,
		.size = sx.stx_size,
		.ctime_ns = nanoseconds(&sx.stx_ctime),
		.mtime_ns = nanoseconds(&sx.stx_mtime),
		.mode = sx.stx_mode,
		.links = sx.stx_nlink,
	};
	return 0;
}

bool
lw_identity_same_inode(const struct lw_identity *a, const struct lw_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* What b has now, a has before or after. */
bool
lw_identity_same_file(int a, int b)
{
	struct lw_identity before, now, after;

	if (lw_identity_of(a, &before) < 0 || lw_identity_of(b, &now) < 0 ||
		lw_identity_of(a, &after) < 0)
		return true;
	return lw_identity_same_inode(&before, &now) || lw_identity_same_inode(&after, &now);
}

bool
lw_identity_same_content(const struct lw_identity *a, const struct lw_identity *b)
{
	return a->size == b->size && a->ctime_ns == b->ctime_ns && a->mtime_ns == b->mtime_ns;
}

void
lw_places_init(struct lw_places *p, struct lw_discover *discover)
{
	memset(p, 0, sizeof(*p));
	p->discover = discover;
}

static void
forget(struct lw_place_mount *m)
{
	free(m->prefix);
	free(m->root);
	free(m->inside);
	memset(m, 0, sizeof(*m));
}

void
lw_places_done(struct lw_places *p)
{
	for (size_t i = 0; i < LW_PLACES_MAX; i++)
		forget(&p->mounts[i]);
	forget(&p->scratch);
}

void
lw_places_forget(struct lw_places *p, const struct lw_superblock *sb)
{
	for (size_t i = 0; i < LW_PLACES_MAX; i++)
		if (p->mounts[i].superblock == sb)
			forget(&p->mounts[i]);
	if (p->scratch.superblock == sb)
		forget(&p->scratch);
}

/* "/" becomes "": prefixes are joined and cut without a special case. */
static char *
prefix_of(const char *path)
{
	return strdup(strcmp(path, "/") == 0 ? "" : path);
}

/* path without prefix when it lies beneath it, else NULL. */
static const char *
beneath(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(path, prefix, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return path + n;
}

/* The task's root folder, as we are shown it: in front of every mount point of its table. */
static bool
task_root(uint32_t tid, char out[PATH_MAX])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/root", tid);
	ssize_t n = readlink(path, out, PATH_MAX - 1);
	if (n <= 0)
		return false;
	out[n] = '\0';
	if (strcmp(out, "/") == 0)
		out[0] = '\0';
	return true;
}

static bool
remember(struct lw_place_mount *slot, struct lw_superblock *sb, const struct lw_mount *m,
	uint32_t tid)
{
	char root[PATH_MAX], prefix[2 * PATH_MAX];

	if (!task_root(tid, root))
		return false;
	snprintf(prefix, sizeof(prefix), "%s%s", root,
		strcmp(m->mount_point, "/") == 0 ? "" : m->mount_point);
	slot->superblock = sb;
	slot->prefix = prefix_of(prefix);
	slot->root = prefix_of(m->root);
	slot->inside = prefix_of(m->mount_point);
	slot->exact = true;
	return slot->prefix && slot->root && slot->inside;
}

/* Another task has reached this overlay by a mount that its own table showed. */
static const struct lw_place_mount *
exact_mount(const struct lw_places *p, const struct lw_superblock *sb)
{
	for (size_t i = 0; i < LW_PLACES_MAX; i++)
		if (p->mounts[i].superblock == sb && p->mounts[i].exact)
			return &p->mounts[i];
	return NULL;
}

/*
 * Found by elimination. After a chroot the task's table shows no mount above its new root; the
 * path then begins as it does for the container's other tasks.
 */
static bool
remember_guess(struct lw_places *p, struct lw_place_mount *slot, struct lw_superblock *sb)
{
	const struct lw_place_mount *known = exact_mount(p, sb);

	slot->superblock = sb;
	slot->exact = known;
	if (known) {
		slot->prefix = strdup(known->prefix);
		slot->root = strdup(known->root);
		slot->inside = strdup(known->inside);
		return slot->prefix && slot->root && slot->inside;
	}
	slot->prefix = strdup("");
	slot->root = strdup("");
	slot->inside = strdup("");
	return slot->prefix && slot->root && slot->inside;
}

static struct lw_superblock *
superblock_of(struct lw_places *p, const struct lw_mount *m)
{
	if (!m || strcmp(m->fs_type, "overlay") != 0)
		return NULL;
	return lw_superblock_find(p->discover->superblocks, m->major, m->minor);
}

static struct lw_superblock *
guess(struct lw_places *p, const struct lw_walk *w, const struct lw_identity *id)
{
	struct lw_superblock *sb =
		lw_superblock_find(p->discover->superblocks, major(id->dev), minor(id->dev));

	for (size_t i = 0; !sb && i < w->count; i++) {
		sb = superblock_of(p, &w->mounts[i]);
		if (sb && sb->state != LW_MARK_MARKED)
			sb = NULL;
	}
	return sb;
}

/*
 * The same from statmount(2), whose mount point counts from the namespace's root: the task's own
 * root lies beneath that, or, after a chroot, beneath the mount.
 */
static bool
remember_statmount(struct lw_place_mount *slot, struct lw_superblock *sb,
	const struct lw_statmount *m, uint32_t tid)
{
	char root[PATH_MAX];

	if (!task_root(tid, root))
		return false;
	const char *point = strcmp(m->point, "/") == 0 ? "" : m->point;
	const char *inside = beneath(point, root);
	slot->superblock = sb;
	slot->prefix = strdup(point);
	slot->root = prefix_of(m->root);
	slot->inside = prefix_of(inside ? inside : point);
	slot->exact = true;
	return slot->prefix && slot->root && slot->inside;
}

/* Without the table, where the kernel can. */
static bool
ask_statmount(struct lw_places *p, struct lw_place_mount *slot, const struct lw_identity *id,
	uint32_t tid)
{
	struct lw_statmount m;

	if (!id->unique || lw_statmount(tid, id->mount_id, &m) < 0)
		return false;
	struct lw_superblock *sb = lw_superblock_find(p->discover->superblocks, m.major, m.minor);
	return sb && remember_statmount(slot, sb, &m, tid);
}

/* Looks the mount up in the task's own table. */
static bool
look_up(struct lw_places *p, struct lw_place_mount *slot, int fd, const struct lw_identity *id,
	uint32_t tid)
{
	_cleanup_(lw_walk_done) struct lw_walk w = {.pid = tid};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	uint32_t plain;

	if (ask_statmount(p, slot, id, tid))
		return true;
	ssize_t length = lw_namespace_read(tid, &text, &size);
	if (length < 0 || lw_walk_read(&w, text, length) < 0)
		return false;
	const struct lw_mount *m = lw_mount_id(fd, &plain) == 0 ? lw_walk_find(&w, plain) : NULL;
	struct lw_superblock *sb = superblock_of(p, m);
	if (sb)
		return remember(slot, sb, m, tid);
	sb = guess(p, &w, id);
	return sb && remember_guess(p, slot, sb);
}

const struct lw_place_mount *
lw_places_find(struct lw_places *p, int fd, const struct lw_identity *id, uint32_t tid)
{
	struct lw_place_mount *slot =
		id->unique ? &p->mounts[id->mount_id % LW_PLACES_MAX] : &p->scratch;

	if (id->unique && slot->id == id->mount_id && slot->superblock)
		return slot;
	for (int attempt = 0; attempt < 2; attempt++) {
		forget(slot);
		if (!look_up(p, slot, fd, id, tid))
			forget(slot); /* nothing, or half of it */
		else if (slot->exact)
			break;
		if (attempt == 0) /* an overlay that no scan has met yet */
			lw_discover_namespace(p->discover, tid);
	}
	slot->id = id->mount_id;
	return slot->superblock ? slot : NULL;
}

bool
lw_place_is_tmpfs(int fd, uint32_t tid)
{
	_cleanup_(lw_walk_done) struct lw_walk w = {.pid = tid};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	uint32_t plain;
	ssize_t length = lw_namespace_read(tid, &text, &size);

	if (length < 0 || lw_walk_read(&w, text, length) < 0 || lw_mount_id(fd, &plain) < 0)
		return false;
	const struct lw_mount *m = lw_walk_find(&w, plain);
	return m && strcmp(m->fs_type, "tmpfs") == 0;
}

static void
cut_deleted(struct lw_place_paths *out)
{
	static const char mark[] = " (deleted)";
	size_t n = strlen(out->shown), m = sizeof(mark) - 1;

	if (out->deleted && n > m && strcmp(out->shown + n - m, mark) == 0)
		out->shown[n - m] = '\0';
}

void
lw_place_paths(const struct lw_place_mount *m, int fd, struct lw_place_paths *out)
{
	char link[64];
	struct stat st;

	out->inside[0] = out->relative[0] = out->shown[0] = '\0';
	out->exact = out->deleted = false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, out->shown, sizeof(out->shown) - 1);
	if (n <= 0 || n == sizeof(out->shown) - 1)
		return;
	out->shown[n] = '\0';
	out->deleted = fstat(fd, &st) == 0 && st.st_nlink == 0;
	cut_deleted(out);
	const char *rest = beneath(out->shown, m->prefix);
	if (!rest || !m->exact) {
		lw_copy_string(out->inside, sizeof(out->inside), out->shown);
		return;
	}
	int a = snprintf(out->inside, sizeof(out->inside), "%s%s", m->inside, rest);
	int b = snprintf(out->relative, sizeof(out->relative), "%s%s",
		m->root[0] ? m->root + 1 : "",
		m->root[0] ? rest
		: rest[0]  ? rest + 1
			   : "");
	out->exact = a < (int)sizeof(out->inside) && b < (int)sizeof(out->relative);
}
