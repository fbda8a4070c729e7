#include "gate/superblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/kernel.h"

static struct lw_superblock **
bucket(struct lw_superblocks *t, uint32_t major, uint32_t minor)
{
	return &t->buckets[(major * 31 + minor) % LW_SUPERBLOCK_BUCKETS];
}

struct lw_superblock *
lw_superblock_find(struct lw_superblocks *t, uint32_t major, uint32_t minor)
{
	struct lw_superblock *sb = *bucket(t, major, minor);

	while (sb && (sb->major != major || sb->minor != minor))
		sb = sb->next;
	return sb;
}

struct lw_superblock *
lw_superblock_get(struct lw_superblocks *t, uint32_t major, uint32_t minor)
{
	struct lw_superblock *sb = lw_superblock_find(t, major, minor);

	if (sb)
		return sb;
	if (t->count >= LW_SUPERBLOCKS_MAX || !(sb = calloc(1, sizeof(*sb))))
		return NULL;
	struct lw_superblock **head = bucket(t, major, minor);
	sb->major = major;
	sb->minor = minor;
	sb->next = *head;
	*head = sb;
	t->count++;
	return sb;
}

static void
forget_layers(struct lw_superblock *sb)
{
	for (size_t i = 0; i < sb->lower_count; i++)
		free(sb->lowers[i]);
	free(sb->lowers);
	free(sb->upper);
	free(sb->mount_point);
	sb->lowers = NULL;
	sb->lower_count = 0;
	sb->upper = sb->mount_point = NULL;
	sb->filesystem_count = 0;
}

static bool
same_string(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool
same_overlay(
	const struct lw_superblock *sb, const char *mount_point, const struct lw_overlay_options *o)
{
	if (!same_string(sb->mount_point, mount_point) || !same_string(sb->upper, o->upper) ||
		sb->lower_count != o->lower_count + o->data_count ||
		sb->userxattr != o->userxattr || sb->metacopy != (o->metacopy == LW_OVERLAY_ON))
		return false;
	for (size_t i = 0; i < sb->lower_count; i++)
		if (strcmp(sb->lowers[i], o->lower[i]) != 0)
			return false;
	return true;
}

static int
copy_layers(struct lw_superblock *sb, const char *mount_point, const struct lw_overlay_options *o)
{
	sb->mount_point = strdup(mount_point);
	sb->upper = o->upper ? strdup(o->upper) : NULL;
	sb->lowers = calloc(o->lower_count + o->data_count + 1, sizeof(char *));
	if (!sb->mount_point || (o->upper && !sb->upper) || !sb->lowers)
		return -ENOMEM;
	for (size_t i = 0; i < o->lower_count + o->data_count; i++) {
		sb->lowers[i] = strdup(o->lower[i]);
		if (!sb->lowers[i])
			return -ENOMEM;
		sb->lower_count++;
	}
	return 0;
}

int
lw_superblock_describe(
	struct lw_superblock *sb, const char *mount_point, const struct lw_overlay_options *o)
{
	if (sb->mount_point && same_overlay(sb, mount_point, o))
		return 0;
	forget_layers(sb);
	memset(&sb->facts, 0, sizeof(sb->facts));
	sb->facts_asked = 0;
	sb->facts_pending = false; /* a question under way is about the one before */
	sb->facts_next_us = 0;
	sb->state = LW_MARK_NONE;
	sb->told = false;
	sb->events = 0;
	sb->instance++;
	sb->userxattr = o->userxattr;
	sb->metacopy = o->metacopy == LW_OVERLAY_ON;
	int r = copy_layers(sb, mount_point, o);
	if (r < 0)
		forget_layers(sb);
	return r;
}

void
lw_superblock_remove(struct lw_superblocks *t, struct lw_superblock *sb)
{
	struct lw_superblock **at = bucket(t, sb->major, sb->minor);

	while (*at && *at != sb)
		at = &(*at)->next;
	if (*at) {
		*at = sb->next;
		t->count--;
	}
	forget_layers(sb);
	free(sb);
}

void
lw_superblocks_each(
	struct lw_superblocks *t, void (*fn)(struct lw_superblock *sb, void *arg), void *arg)
{
	for (size_t i = 0; i < LW_SUPERBLOCK_BUCKETS; i++) {
		struct lw_superblock *next;

		for (struct lw_superblock *sb = t->buckets[i]; sb; sb = next) {
			next = sb->next;
			fn(sb, arg);
		}
	}
}

void
lw_superblocks_done(struct lw_superblocks *t)
{
	for (size_t i = 0; i < LW_SUPERBLOCK_BUCKETS; i++)
		while (t->buckets[i])
			lw_superblock_remove(t, t->buckets[i]);
}

int
lw_superblock_root(const struct lw_superblock *sb)
{
	char path[64] = "/";
	int fd;

	if (sb->pid)
		snprintf(path, sizeof(path), "/proc/%u/root", sb->pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int
open_beneath(int root, const char *path, int flags)
{
	return lw_openat2(root, path, flags | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/*
 * The folder two levels above a layer's own: ".../overlay2" of ".../overlay2/ID/diff",
 * ".../snapshots" of ".../snapshots/7/fs".
 */
static bool
layers_folder(const char *path, char *out, size_t size)
{
	if (!path || path[0] != '/' || !lw_copy_string(out, size, path))
		return false;
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(out, '/');

		if (!slash || slash == out)
			return false;
		*slash = '\0';
	}
	return true;
}

static int
open_relative(const struct lw_superblock *sb, int root, const char *path, int flags)
{
	const char *bases[] = {sb->upper, sb->mount_point};
	char folder[PATH_MAX], full[2 * PATH_MAX];
	int fd = -ENOENT;

	for (size_t i = 0; i < LW_ARRAY_SIZE(bases) && fd < 0; i++) {
		if (!layers_folder(bases[i], folder, sizeof(folder)))
			continue;
		snprintf(full, sizeof(full), "%s/%s", folder, path);
		fd = open_beneath(root, full, flags);
	}
	return fd;
}

int
lw_superblock_open_layer(const struct lw_superblock *sb, int layer, int flags)
{
	_cleanup_close_ int root = lw_superblock_root(sb);
	const char *path = layer < 0			  ? sb->upper
			   : layer < (int)sb->lower_count ? sb->lowers[layer]
							  : NULL;

	if (root < 0)
		return root;
	if (!path)
		return -ENOENT;
	return path[0] == '/' ? open_beneath(root, path, flags)
			      : open_relative(sb, root, path, flags);
}
