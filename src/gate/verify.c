#include "gate/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/kernel.h"

void
lw_verify_init(struct lw_verify *v, struct lw_loop *loop, struct lw_group *group, uint32_t capacity,
	uint64_t *lost)
{
	memset(v, 0, sizeof(*v));
	v->loop = loop;
	v->group = group;
	v->lost = lost;
	v->capacity = LW_MIN(capacity, LW_VERIFY_MAX);
	for (uint32_t i = 0; i < LW_VERIFY_MAX; i++)
		v->items[i] =
			(struct lw_verify_item){.owner = v, .file = -1, .folder = -1, .pidfd = -1};
}

/*
 * Is the file, or the folder, watched for another task, too? A copy-up gives it another number: one
 * that changes meanwhile counts as watched.
 */
static bool
is_shared(const struct lw_verify *v, const struct lw_verify_item *one, bool folder)
{
	int fd = folder ? one->folder : one->file;
	struct lw_identity before, after, now;

	if (lw_identity_of(fd, &before) < 0)
		return true;
	for (uint32_t i = 0; i < v->capacity; i++) {
		const struct lw_verify_item *o = &v->items[i];
		int other = folder ? o->folder : o->file;

		if (o == one || o->tid == 0 || o->superblock != one->superblock || other < 0)
			continue;
		if (lw_identity_of(other, &now) < 0 || lw_identity_same_inode(&before, &now))
			return true;
	}
	return lw_identity_of(fd, &after) < 0 || !lw_identity_same_inode(&before, &after);
}

static void
drop(struct lw_verify_item *one)
{
	struct lw_verify *v = one->owner;

	if (one->tid == 0)
		return;
	if (one->pidfd >= 0)
		lw_loop_del(v->loop, one->pidfd);
	lw_closep(&one->pidfd);
	if (one->file >= 0 && !is_shared(v, one, false))
		lw_group_unwatch_opens(v->group, one->file);
	if (one->folder >= 0 && !is_shared(v, one, true))
		lw_group_unwatch_opens_in(v->group, one->folder);
	lw_closep(&one->file);
	lw_closep(&one->folder);
	free(one->path);
	one->path = NULL;
	*v->lost += !one->opened;
	one->tid = 0;
}

void
lw_verify_done(struct lw_verify *v)
{
	for (uint32_t i = 0; i < v->capacity; i++)
		drop(&v->items[i]);
	v->capacity = 0;
}

struct lw_verify_item *
lw_verify_find(struct lw_verify *v, uint32_t tid)
{
	for (uint32_t i = 0; tid && i < v->capacity; i++)
		if (v->items[i].tid == tid)
			return &v->items[i];
	return NULL;
}

/* The task's own, a free one, or the oldest; those that have opened their script go first. */
static struct lw_verify_item *
slot_for(struct lw_verify *v, uint32_t tid)
{
	struct lw_verify_item *best = lw_verify_find(v, tid);

	if (best)
		return best;
	for (uint32_t i = 0; i < v->capacity; i++) {
		struct lw_verify_item *o = &v->items[i];

		if (o->tid == 0)
			return o;
		if (!best || o->opened > best->opened ||
			(o->opened == best->opened && o->since_us < best->since_us))
			best = o;
	}
	return best;
}

static int
on_exit_of(void *arg, uint32_t events)
{
	struct lw_verify_item *one = arg;

	one->opened = true; /* or never will: nothing is lost */
	drop(one);
	return 0;
}

/*
 * O_PATH of the folder that holds `inside`, or a negative errno. From the task's root without
 * crossing a mount: so nothing but the overlay itself is asked, and no user-space server.
 */
static int
open_folder(uint32_t tid, const struct lw_superblock *sb, const char *inside)
{
	const char *slash = strrchr(inside, '/');
	char path[PATH_MAX];
	struct lw_identity id;

	if (!slash)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%u/root", tid);
	_cleanup_close_ int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	if (lw_identity_of(root, &id) < 0 || id.dev != makedev(sb->major, sb->minor))
		return -EXDEV;
	snprintf(path, sizeof(path), ".%.*s", (int)(slash - inside), inside);
	return lw_openat2(root, path, O_PATH | O_DIRECTORY,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static void
watch_folder(struct lw_verify_item *one, const char *inside)
{
	one->folder = LW_MAX(open_folder(one->tid, one->superblock, inside), -1);
	if (one->folder >= 0 && lw_group_watch_opens_in(one->owner->group, one->folder) < 0)
		lw_closep(&one->folder);
}

void
lw_verify_expect(struct lw_verify *v, uint32_t tid, uint32_t tgid, int fd,
	const struct lw_identity *identity, const struct lw_superblock *sb, const char *inside,
	enum lw_language language)
{
	uint32_t opener = tgid ? tgid : tid; /* who it is once it has executed */
	struct lw_verify_item *one = v->capacity && tid ? slot_for(v, opener) : NULL;

	if (!one || fd < 0) {
		++*v->lost;
		return;
	}
	one->opened |= one->tid == opener; /* "#!/usr/bin/env python3": env opens no script */
	drop(one);
	one->file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (one->file >= 0) /* coverage: open may have been told that it need not be held */
		lw_group_heed_opens(v->group, one->file);
	if (one->file < 0 || lw_group_watch_opens(v->group, one->file) < 0) {
		lw_closep(&one->file);
		++*v->lost;
		return;
	}
	one->tid = opener;
	one->identity = *identity;
	one->superblock = sb;
	one->language = language;
	one->since_us = lw_now_us();
	one->opened = false;
	one->path = strdup(inside);
	watch_folder(one, inside);
	one->pidfd = syscall(SYS_pidfd_open, one->tid, 0);
	if (one->pidfd >= 0 && lw_loop_add(v->loop, one->pidfd, EPOLLIN, on_exit_of, one) < 0)
		lw_closep(&one->pidfd);
}

bool
lw_verify_is_same(const struct lw_verify_item *item, const struct lw_identity *id)
{
	return lw_identity_same_inode(&item->identity, id) &&
	       lw_identity_same_content(&item->identity, id);
}

bool
lw_verify_is_script(
	const struct lw_verify_item *item, const struct lw_identity *id, const char *inside)
{
	return lw_identity_same_inode(&item->identity, id) ||
	       (item->path && item->path[0] && strcmp(item->path, inside) == 0);
}

void
lw_verify_drop_superblock(struct lw_verify *v, const struct lw_superblock *sb)
{
	for (uint32_t i = 0; i < v->capacity; i++)
		if (v->items[i].tid && v->items[i].superblock == sb)
			drop(&v->items[i]);
}
