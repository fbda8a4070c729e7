#include "gate/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/nsfs.h>

#define FIRST_READ (64u * 1024)

/* Looked at as text only: what a mount table may hold on the way to an overlay. */
static const char *const local_types[] = {
	"ext4",
	"ext3",
	"ext2",
	"xfs",
	"btrfs",
	"tmpfs",
	"overlay",
	"erofs",
	"squashfs",
	"f2fs",
	"zfs",
	"bcachefs",
	"ramfs",
	"rootfs",
	"devtmpfs",
	"proc",
	"sysfs",
	"cgroup",
	"cgroup2",
	"devpts",
	"mqueue",
	"securityfs",
	"debugfs",
	"tracefs",
	"bpf",
	"hugetlbfs",
	"pstore",
	"configfs",
	"binfmt_misc",
	"nsfs",
	"efivarfs",
	"iso9660",
	"vfat",
	"selinuxfs",
	"fusectl",
	"rpc_pipefs",
};

bool
lw_namespace_type_is_local(const char *fs_type)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(local_types); i++)
		if (strcmp(fs_type, local_types[i]) == 0)
			return true;
	return false;
}

static void
proc_path(char out[64], uint32_t pid, const char *what)
{
	if (pid)
		snprintf(out, 64, "/proc/%u/%s", pid, what);
	else
		snprintf(out, 64, "/proc/self/%s", what);
}

/*
 * The link's text, "mnt:[4026531840]", says it without a visit to the namespace's own filesystem.
 */
uint64_t
lw_namespace_inode(uint32_t pid, const char *kind)
{
	char name[32], path[64], text[64];
	unsigned long long inode;

	snprintf(name, sizeof(name), "ns/%s", kind);
	proc_path(path, pid, name);
	ssize_t n = readlink(path, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *at = strchr(text, '[');
	return at && sscanf(at, "[%llu]", &inode) == 1 ? inode : 0;
}

uint64_t
lw_namespace_owner(uint32_t pid)
{
	char path[64];
	struct stat st;

	proc_path(path, pid, "ns/mnt");
	_cleanup_close_ int ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return 0;
	_cleanup_close_ int owner = ioctl(ns, NS_GET_USERNS);
	if (owner < 0)
		return 0;
	return fstat(owner, &st) == 0 ? st.st_ino : 0;
}

static bool
grow(char **text, size_t *size)
{
	size_t larger = *size ? *size * 2 : FIRST_READ;

	if (larger > LW_MOUNTINFO_TEXT_MAX)
		return false;
	char *p = realloc(*text, larger);
	if (!p)
		return false;
	*text = p;
	*size = larger;
	return true;
}

ssize_t
lw_namespace_read(uint32_t pid, char **text, size_t *size)
{
	char path[64];
	size_t length = 0;

	proc_path(path, pid, "mountinfo");
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		if (length == *size && !grow(text, size))
			return *size ? (ssize_t)length : -ENOMEM; /* cut at the bound */
		ssize_t n = read(fd, *text + length, *size - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return length;
		if (n > 0)
			length += n;
	}
}
