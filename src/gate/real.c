#include "gate/real.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/kernel.h"

#define STRICTLY_BENEATH                                                                           \
	(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)
#define REDIRECT_DEPTH 64 /* folders above a file; deeper ones are not followed */
#define ORIGIN_PADDING 3 /* struct ovl_fh begins three bytes before what the attribute holds */

/* FS_IOC_GETFSUUID of Linux 6.9, newer than Debian 12's headers: length, then 16 bytes. */
#define GET_FILESYSTEM_UUID _IOR(0x15, 0, uint8_t[1 + LW_UUID_SIZE])

/* The overlay shows inode numbers with its own bits on top (xino): the real one is below. */
#define REAL_INODE_BITS 0x0000ffffffffffffull

static bool
looks_like(int fd, const struct lw_identity *like)
{
	struct lw_identity id;

	return lw_identity_of(fd, &id) == 0 && S_ISREG(id.mode) &&
	       (!like || lw_identity_same_content(&id, like));
}

static int
open_on_filesystem(const struct lw_superblock *sb, const struct lw_layer_filesystem *fs,
	const struct lw_ovl_handle *h)
{
	union lw_file_handle inner = h->inner;
	_cleanup_close_ int mount = lw_superblock_open_layer(sb, fs->layer, O_RDONLY);

	if (mount < 0)
		return mount;
	int fd = open_by_handle_at(mount, &inner.handle, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool
may_be_on(const struct lw_layer_filesystem *fs, const struct lw_ovl_handle *h)
{
	return !fs->uuid_known || memcmp(fs->uuid, h->uuid, LW_UUID_SIZE) == 0;
}

static void
learn(struct lw_layer_filesystem *fs, const struct lw_ovl_handle *h)
{
	if (lw_uuid_is_null(h->uuid))
		return;
	memcpy(fs->uuid, h->uuid, LW_UUID_SIZE);
	fs->uuid_known = true;
}

/* Linux 6.9 says it outright; before, a file that was verified tells. */
static void
ask_uuid(const struct lw_superblock *sb, struct lw_layer_filesystem *fs)
{
	struct {
		uint8_t length;
		uint8_t uuid[LW_UUID_SIZE];
	} answer;

	if (fs->uuid_known || fs->uuid_asked)
		return;
	fs->uuid_asked = true;
	_cleanup_close_ int fd = lw_superblock_open_layer(sb, fs->layer, O_RDONLY);
	if (fd < 0 || ioctl(fd, GET_FILESYSTEM_UUID, &answer) < 0 || answer.length != LW_UUID_SIZE)
		return;
	memcpy(fs->uuid, answer.uuid, LW_UUID_SIZE);
	fs->uuid_known = true;
}

/*
 * With nothing to compare with, a file counts only when a single filesystem has one by that
 * handle: the wrong one mostly says ESTALE, but has been seen to give an unrelated file.
 */
static int
only_candidate(struct lw_superblock *sb, const struct lw_ovl_handle *h)
{
	_cleanup_close_ int found = -1;

	for (size_t i = 0; i < sb->filesystem_count; i++) {
		struct lw_layer_filesystem *fs = &sb->filesystems[i];

		if (sb->filesystem_count > 1)
			ask_uuid(sb, fs);
		_cleanup_close_ int fd = may_be_on(fs, h) ? open_on_filesystem(sb, fs, h) : -1;
		if (fd < 0 || !looks_like(fd, NULL))
			continue;
		if (found >= 0)
			return -EXDEV;
		found = TAKE_FD(fd);
	}
	return found >= 0 ? TAKE_FD(found) : -ESTALE;
}

int
lw_real_by_handle(
	struct lw_superblock *sb, const struct lw_ovl_handle *h, const struct lw_identity *like)
{
	if (!like)
		return only_candidate(sb, h);
	for (size_t i = 0; i < sb->filesystem_count; i++) {
		struct lw_layer_filesystem *fs = &sb->filesystems[i];
		_cleanup_close_ int fd = may_be_on(fs, h) ? open_on_filesystem(sb, fs, h) : -1;

		if (fd < 0 || !looks_like(fd, like))
			continue;
		learn(fs, h);
		return TAKE_FD(fd);
	}
	return -ESTALE;
}

/*
 * A regular file beneath dirfd: looked at before it is opened, since opening a FIFO or a device
 * has effects.
 */
static int
open_regular(int dirfd, const char *relative)
{
	char link[64];
	struct stat st;
	_cleanup_close_ int fd = lw_openat2(dirfd, relative, O_PATH | O_NOFOLLOW, STRICTLY_BENEATH);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) /* whiteout */
		return -ENOTDIR;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	int opened = open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return opened < 0 ? -errno : opened;
}

int
lw_real_upper(const struct lw_superblock *sb, const char *relative, const struct lw_identity *like)
{
	_cleanup_close_ int dir = lw_superblock_open_layer(sb, -1, O_PATH);

	if (dir < 0)
		return dir;
	_cleanup_close_ int fd = open_regular(dir, relative);
	if (fd < 0)
		return fd;
	return looks_like(fd, like) ? TAKE_FD(fd) : -ESTALE;
}

static ssize_t
get_attribute(int fd, bool userxattr, const char *name, char *out, size_t size)
{
	char full[64];

	snprintf(full, sizeof(full), "%s.overlay.%s", userxattr ? "user" : "trusted", name);
	return fgetxattr(fd, full, out, size);
}

static bool
has_attribute(int fd, bool userxattr, const char *name)
{
	return get_attribute(fd, userxattr, name, NULL, 0) >= 0;
}

bool
lw_real_is_metacopy(int fd, bool userxattr)
{
	return has_attribute(fd, userxattr, "metacopy");
}

/*
 * What one layer says of a path: an fd, -ENOENT = ask the next one, anything else ends the
 * search.
 */
static int
open_in_layer(const struct lw_superblock *sb, int layer, const char *relative)
{
	_cleanup_close_ int dir = lw_superblock_open_layer(sb, layer, O_PATH);

	return dir < 0 ? dir : open_regular(dir, relative);
}

/* Opens the folder's child `name` in its place; -1 when the layer has no such folder. */
static void
descend(int *dir, const char *name)
{
	int next = lw_openat2(*dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, STRICTLY_BENEATH);

	close(*dir);
	*dir = next;
}

/* Appends a name to a path that is bounded by PATH_MAX; false when it does not fit. */
static bool
append(char path[PATH_MAX], const char *name)
{
	size_t used = strlen(path);
	int n = snprintf(&path[used], PATH_MAX - used, "%s%s", used ? "/" : "", name);

	return n >= 0 && (size_t)n < PATH_MAX - used;
}

/*
 * The lowers' path of the folder that dir is in the upper layer, given that of its parent. A
 * renamed folder says where it was: from the root, or by another name in the same parent.
 */
static bool
append_folder(int dir, bool userxattr, const char *name, char path[PATH_MAX], bool *any)
{
	char was[PATH_MAX];
	ssize_t n = dir >= 0 ? get_attribute(dir, userxattr, "redirect", was, sizeof(was) - 1) : -1;

	if (n <= 0)
		return append(path, name);
	was[n] = '\0';
	*any = true;
	return was[0] == '/' ? lw_copy_string(path, PATH_MAX, &was[1]) : append(path, was);
}

/*
 * Where the lowers have what the overlay shows at this path, when a folder above it was renamed
 * (redirect_dir); false when none was. Redirects of the lower layers themselves are not followed.
 */
static bool
redirected(const struct lw_superblock *sb, const char *relative, char out[PATH_MAX])
{
	_cleanup_close_ int dir = lw_superblock_open_layer(sb, -1, O_RDONLY);
	char name[NAME_MAX + 1];
	bool any = false;

	out[0] = '\0';
	for (int depth = 0; dir >= 0 || any; depth++) {
		size_t n = strcspn(relative, "/");

		if (relative[n] == '\0')
			return any && append(out, relative);
		if (n >= sizeof(name) || depth == REDIRECT_DEPTH)
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)n, relative);
		relative = &relative[n + 1];
		if (dir >= 0)
			descend(&dir, name);
		if (!append_folder(dir, sb->userxattr, name, out, &any))
			return false;
	}
	return false;
}

static int
lower_at(const struct lw_superblock *sb, const char *relative)
{
	bool metadata_seen = false;

	for (int i = 0; i < (int)sb->lower_count; i++) {
		_cleanup_close_ int fd = open_in_layer(sb, i, relative);

		if (fd == -ENOENT)
			continue;
		if (fd == -ENOTDIR) /* a whiteout, here or on the way */
			return -ENOENT;
		if (fd < 0)
			return fd;
		if (!lw_real_is_metacopy(fd, sb->userxattr))
			return TAKE_FD(fd);
		if (has_attribute(fd, sb->userxattr, "redirect"))
			return -ENODATA;
		metadata_seen = true;
	}
	return metadata_seen ? -ENODATA : -ENOENT;
}

int
lw_real_lower(const struct lw_superblock *sb, const char *relative)
{
	char path[PATH_MAX];

	return lower_at(sb, redirected(sb, relative, path) ? path : relative);
}

static bool
is_same_inode(int fd, const struct lw_identity *like)
{
	struct lw_identity id;

	return lw_identity_of(fd, &id) == 0 && lw_identity_same_content(&id, like) &&
	       (id.ino & REAL_INODE_BITS) == (like->ino & REAL_INODE_BITS);
}

static int
proof_at(const struct lw_superblock *sb, const char *relative, const struct lw_identity *like)
{
	for (int i = 0; i < (int)sb->lower_count; i++) {
		_cleanup_close_ int fd = open_in_layer(sb, i, relative);

		if (fd >= 0)
			return is_same_inode(fd, like) ? TAKE_FD(fd) : -ENOENT;
		if (fd != -ENOENT)
			return -ENOENT;
	}
	return -ENOENT;
}

int
lw_real_proof(const struct lw_superblock *sb, const char *relative, const struct lw_identity *like)
{
	char path[PATH_MAX];
	int fd = proof_at(sb, relative, like);

	return fd < 0 && redirected(sb, relative, path) ? proof_at(sb, path, like) : fd;
}

int
lw_real_origin(int upper_fd, bool userxattr, struct lw_ovl_handle *out)
{
	const char *name = userxattr ? "user.overlay.origin" : "trusted.overlay.origin";
	uint8_t bytes[ORIGIN_PADDING + LW_OVL_HANDLE_SIZE] = {0};
	ssize_t n = fgetxattr(upper_fd, name, bytes + ORIGIN_PADDING, LW_OVL_HANDLE_SIZE);

	if (n <= 0) /* an empty one: the origin has no handle */
		return -ENODATA;
	return lw_ovl_handle_decode(LW_OVL_HANDLE_TYPE, bytes, ORIGIN_PADDING + n, out);
}
