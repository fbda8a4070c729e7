/* What is done by hand must answer as the kernel does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/kernel.h"
#include "base/util.h"

static char base[] = "/tmp/kernel-XXXXXX";

static const struct {
	const char *name, *target; /* NULL: a folder, "": a file, else a symbolic link */
} tree[] = {
	{"in", NULL},
	{"in/a", NULL},
	{"in/a/b", NULL},
	{"in/a/b/file", ""},
	{"in/to-b", "a/b"},
	{"in/to-root", "/"},
	{"in/absolute", "/a/b/file"},
	{"in/up", "a/../../../.."},
	{"in/loop", "loop"},
	{"in/broken", "nowhere/at/all"},
	{"in/proc", "/proc/self/fd/0"},
	{"in/a/slash", "b/"},
	{"in/a/file-slash", "b/file/"},
	{"outside", ""},
};

static const char *const paths[] = {"a", "a/b", "a/b/file", "a/b/file/", "a/b/file/x",
	"a//b/./file", "/a/b/file", "to-b", "to-b/file", "to-b/../b/file", "to-root", "to-root/a",
	"absolute", "up", "up/a", "..", "../outside", "a/../../outside", "../../../a", "loop",
	"broken", "proc", "none", "none/..", "a/slash", "a/slash/file", "a/file-slash", ".", "/",
	"", "a/"};

static const uint64_t resolves[] = {RESOLVE_IN_ROOT, RESOLVE_BENEATH,
	RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};

static const uint64_t flags[] = {O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_RDONLY,
	O_RDONLY | O_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW};

static int
by_kernel(int root, const char *path, uint64_t f, uint64_t resolve)
{
	struct open_how how = {.flags = f | O_CLOEXEC, .resolve = resolve};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static void
compare(int root, const char *path, uint64_t f, uint64_t resolve)
{
	_cleanup_close_ int wanted = by_kernel(root, path, f, resolve);
	_cleanup_close_ int got = lw_openat2_by_hand(root, path, f, resolve);
	struct stat a, b;

	if (wanted < 0 || got < 0) {
		if (wanted != got)
			fail_msg("%s, flags %#lx, resolve %#lx: %d, the kernel says %d", path,
				(long)f, (long)resolve, got, wanted);
		return;
	}
	assert_int_equal(fstat(wanted, &a), 0);
	assert_int_equal(fstat(got, &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(got, F_GETFL) & (O_PATH | O_ACCMODE),
		fcntl(wanted, F_GETFL) & (O_PATH | O_ACCMODE));
}

static void
opens_as_the_kernel_does(void **state)
{
	char in[64];

	snprintf(in, sizeof(in), "%s/in", base);
	_cleanup_close_ int root = open(in, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (by_kernel(root, "a", O_PATH, RESOLVE_BENEATH) == -ENOSYS)
		skip();
	for (size_t p = 0; p < LW_ARRAY_SIZE(paths); p++)
		for (size_t r = 0; r < LW_ARRAY_SIZE(resolves); r++)
			for (size_t f = 0; f < LW_ARRAY_SIZE(flags); f++)
				compare(root, paths[p], flags[f], resolves[r]);
}

static void
depth_is_bounded(void **state)
{
	_cleanup_close_ int root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[2 * (LW_OPEN_DEPTH + 2) + 1] = "";

	for (int i = 0; i < LW_OPEN_DEPTH + 1; i++) {
		strcat(path, i ? "/d" : "d");
		assert_int_equal(mkdirat(root, path, 0755), 0);
	}
	assert_int_equal(lw_openat2_by_hand(root, path, O_PATH, RESOLVE_BENEATH), -ENAMETOOLONG);
	path[strlen(path) - 2] = '\0';
	_cleanup_close_ int fd = lw_openat2_by_hand(root, path, O_PATH, RESOLVE_BENEATH);
	assert_true(fd >= 0);
}

static void
stays_on_its_mount(void **state)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(lw_openat2_by_hand(root, "proc/self/status", O_PATH,
				 RESOLVE_BENEATH | RESOLVE_NO_XDEV),
		-EXDEV);
}

static void
mount_ids_agree(void **state)
{
	static const char *const places[] = {"/", "/proc", "/dev", "/tmp"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(places); i++) {
		_cleanup_close_ int fd = open(places[i], O_PATH | O_CLOEXEC);
		uint32_t a = 0, b = 1;

		assert_int_equal(lw_mount_id(fd, &a), 0);
		assert_int_equal(lw_mount_id_by_hand(fd, &b), 0);
		assert_int_equal(a, b);
	}
	uint32_t id;
	assert_true(lw_mount_id(-1, &id) < 0);
	assert_true(lw_mount_id_by_hand(-1, &id) < 0);
}

static int
make_tree(void **state)
{
	if (!mkdtemp(base))
		return -1;
	_cleanup_close_ int root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < LW_ARRAY_SIZE(tree); i++) {
		_cleanup_close_ int fd = -1;
		int r;

		if (!tree[i].target)
			r = mkdirat(root, tree[i].name, 0755);
		else if (tree[i].target[0])
			r = symlinkat(tree[i].target, root, tree[i].name);
		else
			r = fd = openat(root, tree[i].name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int
remove_tree(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command) == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_as_the_kernel_does),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(stays_on_its_mount),
		cmocka_unit_test(mount_ids_agree),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
