#include "gate/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "gate/real.h"

#ifndef AT_HANDLE_FID /* Linux 6.5 */
#define AT_HANDLE_FID 0x200
#endif

void
lw_layer_answer_init(struct lw_layer_answer *a)
{
	*a = (struct lw_layer_answer){.layer = LW_LAYER_UNKNOWN, .real_fd = -1, .original_fd = -1};
}

void
lw_layer_answer_done(struct lw_layer_answer *a)
{
	lw_closep(&a->real_fd);
	lw_closep(&a->original_fd);
}

void
lw_layer_handle_of(int fd, struct lw_layer_handle *out)
{
	int mount_id;

	memset(out, 0, sizeof(*out));
	out->raw.handle.handle_bytes = LW_OVL_HANDLE_SIZE;
	out->valid = name_to_handle_at(fd, "", &out->raw.handle, &mount_id,
			     AT_EMPTY_PATH | AT_HANDLE_FID) == 0;
}

static bool
same_size(int fd, const struct lw_identity *id)
{
	struct lw_identity other;

	return lw_identity_of(fd, &other) == 0 && other.size == id->size;
}

/* The image's file is at hand: same size may be the same content, another size can't. */
static void
differs_from(struct lw_layer_answer *out, const struct lw_identity *id, int original_fd)
{
	out->original_fd = original_fd;
	out->layer = LW_LAYER_MODIFIED;
	out->compare = same_size(original_fd, id);
}

/* The overlay's image has a file at this path: replaced; nothing: born in the upper layer. */
static void
by_path_in_lowers(struct lw_superblock *sb, const struct lw_identity *id,
	const struct lw_place_paths *paths, struct lw_layer_answer *out)
{
	int fd = paths->exact && !paths->deleted ? lw_real_lower(sb, paths->relative) : -ENOENT;

	if (fd >= 0)
		differs_from(out, id, fd);
	else
		out->layer = fd == -EISDIR || fd == -ENODATA ? LW_LAYER_MODIFIED : LW_LAYER_ADDED;
}

/* A real inode that holds only metadata is no place to read the bytes from. */
static void
keep_real(struct lw_superblock *sb, struct lw_layer_answer *out, int fd)
{
	if (fd >= 0 && lw_real_is_metacopy(fd, sb->userxattr))
		close(fd);
	else
		out->real_fd = fd >= 0 ? fd : -1;
}

/*
 * An upper file without a usable origin: perhaps its attribute still names one (hard links,
 * index=off). Takes upper_fd (-errno: it could not be opened).
 */
static void
of_upper(struct lw_superblock *sb, int upper_fd, const struct lw_identity *id,
	const struct lw_place_paths *paths, struct lw_layer_answer *out)
{
	struct lw_ovl_handle origin;

	out->upper = true;
	bool named = upper_fd >= 0 && lw_real_origin(upper_fd, sb->userxattr, &origin) == 0;
	keep_real(sb, out, upper_fd);
	if (named) {
		_cleanup_close_ int fd = lw_real_by_handle(sb, &origin, NULL);

		if (fd >= 0 && !lw_real_is_metacopy(fd, sb->userxattr)) {
			differs_from(out, id, TAKE_FD(fd));
			return;
		}
	}
	by_path_in_lowers(sb, id, paths, out);
}

/*
 * Copied up: the origin is the image's file, if its data are there; else what the lowers have at
 * the path.
 */
static void
copied_up(struct lw_superblock *sb, const struct lw_ovl_handle *h, const struct lw_identity *id,
	const struct lw_place_paths *paths, struct lw_layer_answer *out)
{
	_cleanup_close_ int origin = lw_real_by_handle(sb, h, NULL);

	out->upper = true;
	keep_real(sb, out, paths->exact ? lw_real_upper(sb, paths->relative, id) : -ENOENT);
	if (origin >= 0 && !lw_real_is_metacopy(origin, sb->userxattr)) {
		differs_from(out, id, TAKE_FD(origin));
		return;
	}
	int fd = paths->exact ? lw_real_lower(sb, paths->relative) : -ENOENT;
	if (fd >= 0)
		differs_from(out, id, fd);
	else
		out->layer = LW_LAYER_UNKNOWN;
}

static void
by_handle(struct lw_superblock *sb, const struct lw_ovl_handle *h, const struct lw_identity *id,
	const struct lw_place_paths *paths, struct lw_layer_answer *out)
{
	out->by_handle = true;
	int fd = lw_real_by_handle(sb, h, id);
	if (h->upper) {
		of_upper(sb, fd, id, paths, out);
	} else if (fd >= 0) {
		out->layer = LW_LAYER_IMAGE;
		keep_real(sb, out, fd);
	} else {
		copied_up(sb, h, id, paths, out);
	}
}

static void
by_proof(struct lw_superblock *sb, const struct lw_identity *id, const struct lw_place_paths *paths,
	struct lw_layer_answer *out)
{
	if (!paths->exact || sb->filesystem_count == 0)
		return; /* neither proven nor refuted: unknown */
	int fd = paths->deleted ? -ENOENT : lw_real_proof(sb, paths->relative, id);
	if (fd >= 0) {
		out->layer = LW_LAYER_IMAGE;
		keep_real(sb, out, fd);
		return;
	}
	fd = paths->deleted ? -ENOENT : lw_real_upper(sb, paths->relative, id);
	of_upper(sb, fd, id, paths, out);
}

void
lw_layer_of(struct lw_superblock *sb, const struct lw_layer_handle *handle,
	const struct lw_identity *id, const struct lw_place_paths *paths,
	struct lw_layer_answer *out)
{
	const struct file_handle *raw = &handle->raw.handle;
	struct lw_ovl_handle h;

	lw_layer_answer_init(out);
	if (handle->valid &&
		lw_ovl_handle_decode(raw->handle_type, raw->f_handle, raw->handle_bytes, &h) == 0)
		by_handle(sb, &h, id, paths, out);
	else
		by_proof(sb, id, paths, out);
}

static bool
is_on_overlay(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

void
lw_layer_beneath(
	struct lw_places *places, const struct lw_superblock *sb, struct lw_layer_answer *a)
{
	struct lw_layer_answer beneath;
	struct lw_layer_handle handle;
	struct lw_place_paths paths;
	struct lw_identity id;

	if (a->layer != LW_LAYER_IMAGE || a->real_fd < 0 || !is_on_overlay(a->real_fd) ||
		lw_identity_of(a->real_fd, &id) < 0)
		return;
	const struct lw_place_mount *place =
		lw_places_find(places, a->real_fd, &id, sb->pid ? sb->pid : (uint32_t)getpid());
	if (!place || place->superblock == sb || place->superblock->state != LW_MARK_MARKED)
		return;
	lw_place_paths(place, a->real_fd, &paths);
	lw_layer_handle_of(a->real_fd, &handle);
	lw_layer_of(place->superblock, &handle, &id, &paths, &beneath);
	if (beneath.layer == LW_LAYER_IMAGE) {
		lw_layer_answer_done(&beneath);
		return;
	}
	lw_layer_answer_done(a);
	*a = beneath;
}

int
lw_layer_lease(int real_fd)
{
	return fcntl(real_fd, F_SETLEASE, F_RDLCK) < 0 ? -errno : 0;
}

void
lw_layer_end_lease(int real_fd)
{
	if (real_fd >= 0)
		fcntl(real_fd, F_SETLEASE, F_UNLCK);
}
