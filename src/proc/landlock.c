/*
 * One table tells which rights came with which ABI; what the running kernel does not know is left
 * out, so that each kernel gives the most it can. Numbers of rights newer than the oldest
 * supported headers are written out here.
 */
#include "proc/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

#define FS(bit) (UINT64_C(1) << (bit))

enum {
	FS_EXECUTE,
	FS_WRITE_FILE,
	FS_READ_FILE,
	FS_READ_DIR,
	FS_REMOVE_DIR,
	FS_REMOVE_FILE,
	FS_MAKE_CHAR,
	FS_MAKE_DIR,
	FS_MAKE_REG,
	FS_MAKE_SOCK,
	FS_MAKE_FIFO,
	FS_MAKE_BLOCK,
	FS_MAKE_SYM,
	FS_REFER,
	FS_TRUNCATE,
	FS_IOCTL_DEV
};

/*
 * As struct landlock_ruleset_attr of Linux 6.12; older kernels take it while what they do not know
 * is 0.
 */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* What was added by which ABI. */
struct addition {
	int abi;
	uint64_t read; /* rights that only look */
	uint64_t write; /* rights that change things, granted beneath a folder */
	uint64_t never; /* granted nowhere */
	uint64_t net;
	uint64_t scoped;
};

static const struct addition additions[] = {
	{1, .read = FS(FS_READ_FILE) | FS(FS_READ_DIR),
		.write = FS(FS_WRITE_FILE) | FS(FS_REMOVE_DIR) | FS(FS_REMOVE_FILE) |
			 FS(FS_MAKE_DIR) | FS(FS_MAKE_REG),
		.never = FS(FS_EXECUTE) | FS(FS_MAKE_CHAR) | FS(FS_MAKE_SOCK) | FS(FS_MAKE_FIFO) |
			 FS(FS_MAKE_BLOCK) | FS(FS_MAKE_SYM)},
	{2, .write = FS(FS_REFER)},
	{3, .write = FS(FS_TRUNCATE)},
	{4, .net = 3 /* bind and connect of TCP */},
	{5, .never = FS(FS_IOCTL_DEV)},
	{6, .scoped = 3 /* abstract sockets, signals */},
};

static struct addition
rights_of(int abi)
{
	struct addition all = {.abi = abi};

	for (size_t i = 0; i < LW_ARRAY_SIZE(additions); i++) {
		const struct addition *a = &additions[i];

		if (a->abi > abi)
			break;
		all.read |= a->read;
		all.write |= a->write;
		all.never |= a->never;
		all.net |= a->net;
		all.scoped |= a->scoped;
	}
	return all;
}

int
lw_landlock_abi(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return r < 0 ? 0 : (int)r;
}

static int
create(const struct ruleset *r)
{
	long fd = syscall(SYS_landlock_create_ruleset, r, sizeof(*r), 0);

	return fd < 0 ? -errno : (int)fd;
}

static int
restrict_self(int ruleset)
{
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

int
lw_landlock_close_all(void)
{
	struct addition all = rights_of(lw_landlock_abi());
	struct ruleset r = {all.read | all.write | all.never, all.net, all.scoped};
	_cleanup_close_ int fd = -1;

	if (all.abi == 0)
		return 0;
	fd = create(&r);
	return fd < 0 ? fd : restrict_self(fd);
}

static int
grant(int ruleset, const char *folder, uint64_t rights)
{
	_cleanup_close_ int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = rights};

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rule.parent_fd = fd;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return -errno;
	return 0;
}

int
lw_landlock_write_beneath(const char *const *folders)
{
	struct addition all = rights_of(lw_landlock_abi());
	struct ruleset r = {.fs = all.write | all.never};
	_cleanup_close_ int fd = -1;

	if (all.abi == 0)
		return 0;
	fd = create(&r);
	if (fd < 0)
		return fd;
	for (; *folders; folders++) {
		int ret = grant(fd, *folders, all.write);

		if (ret < 0)
			return ret;
	}
	return restrict_self(fd);
}
