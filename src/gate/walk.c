#include "gate/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xxh.h"
#include "gate/discover.h"
#include "gate/namespace.h"

static const char incomplete[] = "more than can be looked at";

static int
by_id(const void *a, const void *b)
{
	const struct lw_mount *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool
add(struct lw_walk *w, const struct lw_mount *m, size_t *capacity)
{
	if (w->count == *capacity) {
		size_t larger = *capacity ? *capacity * 2 : 128;
		struct lw_mount *p = reallocarray(w->mounts, larger, sizeof(*p));

		if (!p)
			return false;
		w->mounts = p;
		*capacity = larger;
	}
	w->mounts[w->count++] = *m;
	return true;
}

int
lw_walk_read(struct lw_walk *w, char *text, size_t length)
{
	struct lw_mountinfo mi;
	struct lw_mount m;
	size_t capacity = 0;

	lw_mountinfo_init(&mi, text, length);
	while (lw_mountinfo_next(&mi, &m) > 0) {
		if (w->count == LW_MOUNTS_MAX) {
			w->incomplete = true;
			break;
		}
		if (!add(w, &m, &capacity))
			return -ENOMEM;
		if (!w->foreign_type && !lw_namespace_type_is_local(m.fs_type))
			w->foreign_type = m.fs_type;
	}
	w->incomplete |= mi.bad || length >= LW_MOUNTINFO_TEXT_MAX;
	if (w->incomplete)
		w->foreign_type = incomplete;
	if (w->count)
		qsort(w->mounts, w->count, sizeof(w->mounts[0]), by_id);
	return 0;
}

void
lw_walk_done(struct lw_walk *w)
{
	free(w->mounts);
	w->mounts = NULL;
	w->count = 0;
}

static uint64_t
device(const struct lw_mount *m)
{
	return (uint64_t)m->major << 32 | m->minor;
}

void
lw_walk_keep_foreign(const struct lw_walk *w, struct lw_foreign *out)
{
	out->count = 0;
	for (size_t i = 0; i < w->count && out->count < LW_FOREIGN_MAX; i++)
		if (!lw_namespace_type_is_local(w->mounts[i].fs_type))
			out->devices[out->count++] = device(&w->mounts[i]);
}

static bool
is_ours(const struct lw_foreign *ours, uint64_t dev)
{
	for (size_t i = 0; i < ours->count; i++)
		if (ours->devices[i] == dev)
			return true;
	return false;
}

void
lw_walk_discount_foreign(struct lw_walk *w, const struct lw_foreign *ours)
{
	if (!w->foreign_type || w->incomplete)
		return;
	w->foreign_type = NULL;
	for (size_t i = 0; i < w->count && !w->foreign_type; i++)
		if (!lw_namespace_type_is_local(w->mounts[i].fs_type) &&
			!is_ours(ours, device(&w->mounts[i])))
			w->foreign_type = w->mounts[i].fs_type;
}

const struct lw_mount *
lw_walk_find(const struct lw_walk *w, uint32_t id)
{
	struct lw_mount key = {.id = id};

	return w->count ? bsearch(&key, w->mounts, w->count, sizeof(key), by_id) : NULL;
}

const char *
lw_walk_foreign_on_way(const struct lw_walk *w, const struct lw_mount *m)
{
	for (int i = 0; i < LW_WALK_DEPTH; i++) {
		const struct lw_mount *parent =
			m->parent != m->id ? lw_walk_find(w, m->parent) : NULL;

		if (!parent)
			return w->incomplete && w->pid ? incomplete : NULL;
		if (!lw_namespace_type_is_local(parent->fs_type))
			return parent->fs_type;
		m = parent;
	}
	return "too deep a tree of mounts";
}

/* A namespace seen from another root folder shows other mounts: both make the key. */
static uint64_t
view_key(uint32_t pid, uint64_t inode)
{
	char path[64], root[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	ssize_t n = readlink(path, root, sizeof(root));
	return lw_xxh(root, n > 0 ? n : 0, inode);
}

struct views {
	uint64_t keys[LW_NAMESPACES_MAX];
	size_t count;
};

static bool
is_known(const struct views *v, uint64_t key)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->keys[i] == key)
			return true;
	return false;
}

int
lw_walk_namespaces(uint64_t except, size_t most, int (*fn)(uint32_t pid, void *arg), void *arg,
	uint32_t *left_out)
{
	_cleanup_free_ struct views *v = calloc(1, sizeof(*v));
	DIR *proc = v ? opendir("/proc") : NULL;
	struct dirent *e;
	int r = 0;

	*left_out = 0;
	if (!proc)
		return v ? -errno : -ENOMEM;
	while (r == 0 && (e = readdir(proc))) {
		uint64_t pid, inode, key;

		if (lw_parse_u64(e->d_name, &pid) < 0 || pid == 0 || pid > INT_MAX)
			continue;
		inode = lw_namespace_inode(pid, "mnt");
		if (inode == 0 || inode == except || is_known(v, key = view_key(pid, inode)))
			continue;
		if (v->count == LW_MIN(most, LW_NAMESPACES_MAX)) {
			++*left_out;
			continue;
		}
		v->keys[v->count++] = key;
		r = fn(pid, arg);
	}
	closedir(proc);
	return r;
}
