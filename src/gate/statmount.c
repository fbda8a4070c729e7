#include "gate/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* linux/mount.h and linux/nsfs.h of Linux 6.11: newer than Debian 12's headers. */
#define SYS_STATMOUNT 457 /* the same on every architecture */
#define GET_NAMESPACE_ID _IOR(0xb7, 0x5, uint64_t)
#define WANT_SUPERBLOCK 0x01u
#define WANT_ROOT 0x08u
#define WANT_POINT 0x10u

struct request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount_id;
	uint64_t want;
	uint64_t namespace_id;
};

/* struct statmount; strings follow, found by their offsets from `text`. */
struct answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t major, minor;
	uint64_t magic;
	uint32_t flags, type;
	uint64_t id, parent;
	uint32_t old_id, old_parent;
	uint64_t attributes, propagation, peer, master, from;
	uint32_t root, point;
	uint64_t rest[50];
	char text[2 * PATH_MAX];
};

_Static_assert(offsetof(struct answer, text) == 512, "struct statmount has 512 bytes");

static int
namespace_id(uint32_t tid, uint64_t *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return ioctl(fd, GET_NAMESPACE_ID, out) < 0 ? -errno : 0;
}

static bool
copy_text(char *out, const struct answer *a, uint32_t offset)
{
	size_t room = sizeof(a->text);

	if (offset >= room || !memchr(&a->text[offset], '\0', room - offset))
		return false;
	return lw_copy_string(out, PATH_MAX, &a->text[offset]);
}

int
lw_statmount(uint32_t tid, uint64_t unique_id, struct lw_statmount *out)
{
	struct request ask = {
		.size = sizeof(ask),
		.mount_id = unique_id,
		.want = WANT_SUPERBLOCK | WANT_ROOT | WANT_POINT,
	};
	struct answer a;
	int r = namespace_id(tid, &ask.namespace_id);

	if (r < 0)
		return r;
	if (syscall(SYS_STATMOUNT, &ask, &a, sizeof(a), 0) < 0)
		return -errno;
	if ((a.mask & ask.want) != ask.want || !copy_text(out->root, &a, a.root) ||
		!copy_text(out->point, &a, a.point))
		return -ENOENT;
	out->major = a.major;
	out->minor = a.minor;
	return 0;
}
