/*
 * test_mountinfo: lines as kernels and engines write them, hostile names, and the running kernel's
 * own text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "gate/mountinfo.h"

static char text[64 * 1024];

static void
load(struct lw_mountinfo *mi, const char *s)
{
	assert_true(strlen(s) < sizeof(text));
	memcpy(text, s, strlen(s));
	lw_mountinfo_init(mi, text, strlen(s));
}

static void
one(struct lw_mount *m, const char *s)
{
	struct lw_mountinfo mi;

	load(&mi, s);
	assert_int_equal(lw_mountinfo_next(&mi, m), 1);
	assert_int_equal(mi.bad, 0);
}

static void
plain_line(void **state _unused_)
{
	struct lw_mount m;

	one(&m, "36 35 98:1 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n");
	assert_int_equal(m.id, 36);
	assert_int_equal(m.parent, 35);
	assert_int_equal(m.major, 98);
	assert_int_equal(m.minor, 1);
	assert_string_equal(m.root, "/mnt1");
	assert_string_equal(m.mount_point, "/mnt2");
	assert_string_equal(m.options, "rw,noatime");
	assert_string_equal(m.fs_type, "ext3");
	assert_string_equal(m.source, "/dev/root");
	assert_string_equal(m.super_options, "rw,errors=continue");
}

static void
optional_fields_from_none_to_many(void **state _unused_)
{
	struct lw_mount m;

	one(&m, "1 2 0:5 / /dev rw - devtmpfs udev rw\n");
	assert_string_equal(m.fs_type, "devtmpfs");
	one(&m, "1 2 0:5 / /dev rw shared:1 master:2 propagate_from:3 unbindable - devtmpfs udev "
		"rw\n");
	assert_string_equal(m.fs_type, "devtmpfs");
}

static void
empty_source_is_a_field(void **state _unused_)
{
	struct lw_mount m;

	one(&m, "1 2 0:5 / /t rw - tmpfs  rw,size=4k\n");
	assert_string_equal(m.source, "");
	assert_string_equal(m.super_options, "rw,size=4k");
}

static void
names_are_unescaped(void **state _unused_)
{
	struct lw_mount m;

	one(&m, "1 2 0:5 /a\\040b /c\\011d\\012e\\134f\\134040 rw - tmpfs x\\040y rw\n");
	assert_string_equal(m.root, "/a b");
	assert_string_equal(m.mount_point, "/c\td\ne\\f\\040");
	assert_string_equal(m.source, "x y");
}

static void
broken_escapes_stay_as_they_are(void **state _unused_)
{
	struct lw_mount m;

	one(&m, "1 2 0:5 /\\04 /\\999\\000\\777\\ rw - tmpfs \\1 rw\n");
	assert_string_equal(m.root, "/\\04");
	assert_string_equal(m.mount_point, "/\\999\\000\\777\\");
	assert_string_equal(m.source, "\\1");
}

static void
malformed_lines_are_skipped_and_counted(void **state _unused_)
{
	struct lw_mountinfo mi;
	struct lw_mount m;

	load(&mi, "\n"
		  "x 2 0:5 / / rw - tmpfs t rw\n"
		  "1 2 05 / / rw - tmpfs t rw\n"
		  "1 2 0:5 / / rw shared:1 tmpfs t rw\n"
		  "99999999999 2 0:5 / / rw - tmpfs t rw\n"
		  "-1 2 0:5 / / rw - tmpfs t rw\n"
		  "1 2 0:5 / / rw - tmpfs t\n"
		  "7 2 0:5 / / rw - tmpfs t rw\n"
		  "8 2 0:5 / / rw - tmpfs t rw");
	assert_int_equal(lw_mountinfo_next(&mi, &m), 1);
	assert_int_equal(m.id, 7);
	assert_int_equal(mi.bad, 7);
	assert_int_equal(lw_mountinfo_next(&mi, &m), 0);
	assert_int_equal(mi.bad, 8);
	assert_int_equal(lw_mountinfo_next(&mi, &m), 0);
	assert_int_equal(mi.bad, 8);
}

static void
nul_in_a_line_is_malformed(void **state _unused_)
{
	char line[] = "1 2 0:5 / /a\0b rw - tmpfs t rw\n3 2 0:5 / /c rw - tmpfs t rw\n";
	struct lw_mountinfo mi;
	struct lw_mount m;

	lw_mountinfo_init(&mi, line, sizeof(line) - 1);
	assert_int_equal(lw_mountinfo_next(&mi, &m), 1);
	assert_int_equal(m.id, 3);
	assert_int_equal(mi.bad, 1);
}

static void
docker_has_relative_links(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;

	one(&m, "812 29 0:52 / /var/lib/docker/overlay2/9f3c/merged rw,relatime shared:410 - "
		"overlay overlay "
		"rw,lowerdir=/var/lib/docker/overlay2/l/QSJ5:/var/lib/docker/overlay2/l/ZZT4,"
		"upperdir=/var/lib/docker/overlay2/9f3c/diff,"
		"workdir=/var/lib/docker/overlay2/9f3c/work\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 2);
	assert_int_equal(o.data_count, 0);
	assert_string_equal(o.lower[0], "/var/lib/docker/overlay2/l/QSJ5");
	assert_string_equal(o.lower[1], "/var/lib/docker/overlay2/l/ZZT4");
	assert_string_equal(o.upper, "/var/lib/docker/overlay2/9f3c/diff");
	assert_string_equal(o.work, "/var/lib/docker/overlay2/9f3c/work");
	assert_int_equal(o.metacopy, LW_OVERLAY_DEFAULT);
	/* many layers: Docker changes into its root first, and names them from there */
	one(&m, "812 29 0:52 / /m rw - overlay overlay rw,lowerdir=l/QSJ5:l/ZZT4,"
		"upperdir=9f3c/diff,workdir=9f3c/work\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_string_equal(o.lower[1], "l/ZZT4");
	assert_string_equal(o.upper, "9f3c/diff");
}

static void
rootless_podman(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;

	one(&m, "631 607 0:66 / /home/u/.local/share/containers/storage/overlay/ab/merged rw,"
		"nodev,relatime - overlay "
		"overlay rw,context=\"system_u:object_r:container_file_t:s0:c1\\054c2\","
		"lowerdir=/home/u/.local/share/"
		"containers/storage/overlay/l/AAA,upperdir=/home/u/x/diff,workdir=/home/u/x/work,"
		"redirect_dir=nofollow,"
		"index=off,metacopy=on,nfs_export=on,xino=auto,uuid=null,volatile,userxattr\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 1);
	assert_string_equal(o.upper, "/home/u/x/diff");
	assert_int_equal(o.redirect_dir, LW_OVERLAY_NOFOLLOW);
	assert_int_equal(o.index, LW_OVERLAY_OFF);
	assert_int_equal(o.metacopy, LW_OVERLAY_ON);
	assert_int_equal(o.nfs_export, LW_OVERLAY_ON);
	assert_int_equal(o.xino, LW_OVERLAY_AUTO);
	assert_int_equal(o.uuid, LW_OVERLAY_NULL);
	assert_true(o.volatile_);
	assert_true(o.userxattr);
}

static void
escaped_colons_commas_and_backslashes(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;

	/*
	 * "\:" is a colon of the name, "\\" a backslash; mountinfo shows the backslash as \134, the
	 * comma as \054
	 */
	one(&m, "1 2 0:5 / /m rw - overlay o rw,"
		"lowerdir=/a\\134:b:/c\\134\\134d:/e\\134\\054f:/g\\072h,"
		"upperdir=/u\\134:v\\012w,workdir=/w\\040x\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 4);
	assert_string_equal(o.lower[0], "/a:b");
	assert_string_equal(o.lower[1], "/c\\d");
	assert_string_equal(o.lower[2], "/e,f");
	assert_string_equal(o.lower[3], "/g:h");
	assert_string_equal(o.upper, "/u:v\nw");
	assert_string_equal(o.work, "/w x");
}

static void
data_only_layers(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;

	one(&m, "1 2 0:5 / /m ro - overlay o ro,lowerdir=/a:/b::/c::/d\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 2);
	assert_int_equal(o.data_count, 2);
	assert_string_equal(o.lower[1], "/b");
	assert_string_equal(o.lower[2], "/c");
	assert_string_equal(o.lower[3], "/d");
	assert_null(o.upper);
	one(&m, "1 2 0:5 / /m ro - overlay o ro,lowerdir+=/a:x,lowerdir+=/b\\134y,datadir+=/c,"
		"datadir+=/d\n");
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 2);
	assert_int_equal(o.data_count, 2);
	assert_string_equal(o.lower[0], "/a:x");
	assert_string_equal(o.lower[1], "/b\\y");
	assert_string_equal(o.lower[3], "/d");
}

static void
another_filesystem_is_no_overlay(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;

	one(&m, "1 2 0:5 / /m rw - fuse.fuse-overlayfs fuse-overlayfs rw,lowerdir=/a\n");
	assert_int_equal(lw_mount_overlay(&m, &o), LW_MOUNT_NOT_OVERLAY);
}

static void
more_layers_than_the_bound(void **state _unused_)
{
	struct lw_overlay_options o;
	struct lw_mount m;
	char line[8192] = "1 2 0:5 / /m rw - overlay o rw,lowerdir=/0";
	size_t at = strlen(line);

	for (int i = 1; i <= LW_OVERLAY_LAYERS_MAX; i++)
		at += (size_t)snprintf(&line[at], sizeof(line) - at, ":/%d", i);
	snprintf(&line[at], sizeof(line) - at, ",upperdir=/u\n");
	one(&m, line);
	assert_int_equal(lw_mount_overlay(&m, &o), LW_MOUNT_TOO_MANY_LAYERS);
	assert_int_equal(o.lower_count, LW_OVERLAY_LAYERS_MAX);
	assert_string_equal(o.upper, "/u");
}

static void
long_lines_hide_nothing(void **state _unused_)
{
	/* 128 lowers of 4000 bytes: half a MiB in one line */
	size_t size = 128 * 4002 + 1024, at;
	_cleanup_free_ char *big = malloc(size);
	struct lw_overlay_options o;
	struct lw_mountinfo mi;
	struct lw_mount m;

	assert_non_null(big);
	at = (size_t)snprintf(big, size, "1 2 0:5 / /m rw - overlay o rw,lowerdir=");
	for (int i = 0; i < 128; i++) {
		big[at++] = '/';
		memset(&big[at], 'a', 4000);
		at += 4000;
		big[at++] = i < 127 ? ':' : '\n';
	}
	lw_mountinfo_init(&mi, big, at);
	assert_int_equal(lw_mountinfo_next(&mi, &m), 1);
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 128);
}

/* A private tmpfs to mount in; skips when this is not allowed here. */
static void
private_tmpfs(char *dir)
{
	assert_non_null(mkdtemp(dir));
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		rmdir(dir);
		print_message("mounting needs CAP_SYS_ADMIN\n");
		skip();
	}
	assert_int_equal(mount("lw", dir, "tmpfs", 0, "size=1m"), 0);
	assert_int_equal(chdir(dir), 0);
}

static void
leave(const char *dir)
{
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
	assert_int_equal(rmdir(dir), 0);
}

static bool
find_own(struct lw_mountinfo *mi, const char *suffix, struct lw_mount *m)
{
	static char own[4 * 1024 * 1024];
	ssize_t n = lw_read_file_at(AT_FDCWD, "/proc/self/mountinfo", own, sizeof(own));
	size_t length = strlen(suffix);

	assert_true(n > 0);
	lw_mountinfo_init(mi, own, (size_t)n);
	while (lw_mountinfo_next(mi, m)) {
		size_t have = strlen(m->mount_point);

		if (have >= length && strcmp(&m->mount_point[have - length], suffix) == 0)
			return true;
	}
	return false;
}

static void
the_kernel_own_text(void **state _unused_)
{
	char dir[] = "/tmp/lw-mountinfo-XXXXXX";
	static const char *const names[] = {
		"lo:w,e\\r 1", "lower2", "up\n per:,", "wo\trk", "mer\\ged \n1"};
	struct lw_overlay_options o;
	struct lw_mountinfo mi;
	struct lw_mount m;
	struct stat st;

	private_tmpfs(dir);
	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		assert_int_equal(mkdir(names[i], 0755), 0);
	assert_int_equal(
		mount("a b", names[4], "overlay", 0,
			"lowerdir=lo\\:w\\,e\\\\r 1:lower2,upperdir=up\n per\\:\\,,workdir=wo\trk"),
		0);
	assert_true(find_own(&mi, "/mer\\ged \n1", &m));
	assert_int_equal(mi.bad, 0);
	assert_string_equal(m.source, "a b");
	assert_int_equal(stat(names[4], &st), 0);
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 2);
	assert_string_equal(o.lower[0], names[0]);
	assert_string_equal(o.lower[1], names[1]);
	assert_string_equal(o.upper, names[2]);
	assert_string_equal(o.work, names[3]);
	leave(dir);
}

static void
layers_given_one_by_one(void **state _unused_)
{
	char dir[] = "/tmp/lw-mountinfo-XXXXXX";
	struct lw_overlay_options o;
	struct lw_mountinfo mi;
	struct lw_mount m;
	int fs, mnt;

	private_tmpfs(dir);
	assert_int_equal(mkdir("a:b", 0755) | mkdir("c,\\d", 0755) | mkdir("one-by-one", 0755), 0);
	fs = fsopen("overlay", FSOPEN_CLOEXEC);
	assert_true(fs >= 0);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", "a:b", 0) != 0) {
		close(fs);
		leave(dir);
		print_message("this kernel has no lowerdir+ (6.8)\n");
		skip();
	}
	assert_int_equal(fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", "c,\\d", 0), 0);
	assert_int_equal(fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	assert_true(mnt >= 0);
	assert_int_equal(move_mount(mnt, "", AT_FDCWD, "one-by-one", MOVE_MOUNT_F_EMPTY_PATH), 0);
	close(mnt);
	close(fs);
	assert_true(find_own(&mi, "/one-by-one", &m));
	assert_int_equal(lw_mount_overlay(&m, &o), 0);
	assert_int_equal(o.lower_count, 2);
	assert_string_equal(o.lower[0], "a:b");
	assert_string_equal(o.lower[1], "c,\\d");
	assert_null(o.upper);
	leave(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_line),
		cmocka_unit_test(optional_fields_from_none_to_many),
		cmocka_unit_test(empty_source_is_a_field),
		cmocka_unit_test(names_are_unescaped),
		cmocka_unit_test(broken_escapes_stay_as_they_are),
		cmocka_unit_test(malformed_lines_are_skipped_and_counted),
		cmocka_unit_test(nul_in_a_line_is_malformed),
		cmocka_unit_test(docker_has_relative_links),
		cmocka_unit_test(rootless_podman),
		cmocka_unit_test(escaped_colons_commas_and_backslashes),
		cmocka_unit_test(data_only_layers),
		cmocka_unit_test(another_filesystem_is_no_overlay),
		cmocka_unit_test(more_layers_than_the_bound),
		cmocka_unit_test(long_lines_hide_nothing),
		cmocka_unit_test(the_kernel_own_text),
		cmocka_unit_test(layers_given_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
