/*
 * The layer question on real overlay mounts, in a mount namespace of the test's own. Each case
 * changes a file of the merged tree as a container would, then asks. Rows: what was done; columns:
 * how the layers lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "gate/discover.h"
#include "gate/layer.h"
#include "gate/place.h"

static char base[] = "/tmp/layer-XXXXXX";
static struct lw_superblocks superblocks;
static struct lw_group group = {.fd = -1, .mount_fd = -1};
static struct lw_settings settings;
static struct lw_discover discover;
static struct lw_places places;

static void
ignore(struct lw_superblock *sb, void *arg)
{
}

static void
must(int r)
{
	if (r < 0)
		fail_msg("%s", strerror(errno));
}

static const char *
at(const char *name)
{
	static char path[4][1024];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", base, name);
	return path[next];
}

static void
write_file(const char *name, const char *content)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0755);

	must(fd);
	must(lw_write_full(fd, content, strlen(content)));
	close(fd);
}

static void
mount_overlay(const char *options)
{
	char data[2048];

	snprintf(data, sizeof(data), "lowerdir=%s:%s,upperdir=%s,workdir=%s%s", at("low/a"),
		at("low/b"), at("up/u"), at("up/w"), options);
	must(mount("overlay", at("merged"), "overlay", 0, data));
	must(lw_discover_namespace(&discover, 0));
}

/* Layers a (top) and b; low and up are filesystems of their own when asked for. */
static void
make(bool apart, const char *options)
{
	must(mount("tmpfs", base, "tmpfs", 0, ""));
	for (const char *const *d = (const char *const[]){"low", "up", "merged", NULL}; *d; d++)
		must(mkdir(at(*d), 0755));
	if (apart) {
		must(mount("tmpfs", at("low"), "tmpfs", 0, ""));
		must(mount("tmpfs", at("up"), "tmpfs", 0, ""));
	}
	for (const char *const *d =
			(const char *const[]){"low/a", "low/b", "low/b/dir", "up/u", "up/w", NULL};
		*d; d++)
		must(mkdir(at(*d), 0755));
	write_file("low/b/tool", "the image's tool");
	write_file("low/b/other", "another tool!!!!");
	write_file("low/a/top", "of the top layer");
	write_file("low/b/dir/deep", "deep in a folder");
	must(link(at("low/b/tool"), at("low/b/tool2")));
	mount_overlay(options);
}

static void
unmake(void)
{
	umount(at("merged"));
	umount(at("low"));
	umount(at("up"));
	must(umount(base));
	lw_places_done(&places);
	lw_superblocks_done(&superblocks);
	lw_places_init(&places, &discover);
}

static bool
same_bytes(int a, int b)
{
	char x[4096], y[4096];
	ssize_t n = pread(a, x, sizeof(x), 0), m = pread(b, y, sizeof(y), 0);

	return n == m && n >= 0 && memcmp(x, y, n) == 0;
}

/* What the gate and classify say together. */
static enum lw_layer
layer_of_fd(int fd, bool handles)
{
	struct lw_layer_answer a;
	struct lw_layer_handle handle;
	struct lw_place_paths paths;
	struct lw_identity id;

	must(lw_identity_of(fd, &id));
	const struct lw_place_mount *place = lw_places_find(&places, fd, &id, getpid());
	assert_non_null(place);
	lw_place_paths(place, fd, &paths);
	lw_layer_handle_of(fd, &handle);
	handle.valid = handle.valid && handles;
	lw_layer_of(place->superblock, &handle, &id, &paths, &a);
	enum lw_layer layer = a.layer;
	if (a.real_fd >= 0)
		assert_true(same_bytes(a.real_fd, fd));
	if (a.compare && same_bytes(a.original_fd, fd))
		layer = LW_LAYER_TOUCHED;
	lw_layer_answer_done(&a);
	return layer;
}

static void
expect(const char *name, enum lw_layer by_handle, enum lw_layer by_proof)
{
	char full[600];

	snprintf(full, sizeof(full), "merged/%s", name);
	int fd = open(at(full), O_RDONLY | O_CLOEXEC);
	must(fd);
	if (layer_of_fd(fd, true) != by_handle || layer_of_fd(fd, false) != by_proof)
		fail_msg("%s: %s by handle, %s by proof", name,
			lw_layer_to_str(layer_of_fd(fd, true)),
			lw_layer_to_str(layer_of_fd(fd, false)));
	close(fd);
}

static void
drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "2", 1) != 1)
		fail_msg("drop_caches");
	close(fd);
}

static void
change_everything(void)
{
	write_file("merged/new", "born in the upper");
	must(chmod(at("merged/other"), 0700));
	must(rename(at("merged/dir/deep"), at("merged/dir/moved")));
	write_file("merged/put", "put over by a mv");
	must(rename(at("merged/put"), at("merged/top")));
}

static void
check_everything(void)
{
	expect("tool", LW_LAYER_IMAGE, LW_LAYER_IMAGE);
	expect("new", LW_LAYER_ADDED, LW_LAYER_ADDED);
	expect("other", LW_LAYER_TOUCHED, LW_LAYER_TOUCHED);
	expect("dir/moved", LW_LAYER_TOUCHED, LW_LAYER_TOUCHED);
	expect("top", LW_LAYER_MODIFIED, LW_LAYER_MODIFIED);
}

static void
all_ways(bool apart, const char *options)
{
	make(apart, options);
	change_everything();
	check_everything();
	drop_caches();
	check_everything();
	unmake();
}

static void
on_one_filesystem(void **state)
{
	all_ways(false, "");
}

static void
on_several_filesystems(void **state)
{
	all_ways(true, "");
}

static void
with_metacopy(void **state)
{
	all_ways(false, ",metacopy=on,redirect_dir=on");
	all_ways(true, ",metacopy=on,redirect_dir=on");
}

static void
with_index(void **state)
{
	all_ways(false, ",index=on");
}

static void
in_place_and_replaced(void **state)
{
	make(false, "");
	write_file("merged/tool", "THE IMAGE'S TOOL"); /* the same size */
	must(unlink(at("merged/other")));
	write_file("merged/other", "rm, then create");
	expect("tool", LW_LAYER_MODIFIED, LW_LAYER_MODIFIED);
	expect("other", LW_LAYER_MODIFIED, LW_LAYER_MODIFIED);
	must(unlink(at("merged/top")));
	write_file("merged/top", "of the top layer"); /* the same content again */
	expect("top", LW_LAYER_TOUCHED, LW_LAYER_TOUCHED);
	unmake();
}

static void
hard_links(void **state)
{
	make(false, "");
	must(chmod(at("merged/tool"), 0711)); /* breaks the link: copied up alone */
	must(link(at("merged/tool"), at("merged/alias")));
	expect("tool", LW_LAYER_TOUCHED, LW_LAYER_TOUCHED);
	expect("alias", LW_LAYER_TOUCHED, LW_LAYER_ADDED);
	drop_caches();
	/* The kernel keeps no origin of a file that had several names below, unless index=on. */
	expect("tool", LW_LAYER_TOUCHED, LW_LAYER_TOUCHED);
	expect("alias", LW_LAYER_ADDED, LW_LAYER_ADDED);
	unmake();
}

static void
unlinked(void **state)
{
	make(false, "");
	write_file("merged/gone", "soon unlinked");
	int added = open(at("merged/gone"), O_RDONLY | O_CLOEXEC);
	int image = open(at("merged/tool"), O_RDONLY | O_CLOEXEC);
	must(unlink(at("merged/gone")));
	must(unlink(at("merged/tool")));
	assert_int_equal(layer_of_fd(added, true), LW_LAYER_ADDED);
	assert_int_equal(layer_of_fd(added, false), LW_LAYER_ADDED);
	assert_int_equal(layer_of_fd(image, true), LW_LAYER_IMAGE);
	close(added);
	close(image);
	unmake();
}

static void
whiteout_hides_the_lower_file(void **state)
{
	must(mount("tmpfs", base, "tmpfs", 0, ""));
	for (const char *const *d = (const char *const[]){"low", "up", "merged", "low/a", "low/b",
		     "up/u", "up/w", NULL};
		*d; d++)
		must(mkdir(at(*d), 0755));
	write_file("low/b/old", "the image has dropped it");
	must(mknod(at("low/a/old"), S_IFCHR, makedev(0, 0)));
	mount_overlay("");
	write_file("merged/old", "the image has dropped it");
	expect("old", LW_LAYER_ADDED, LW_LAYER_ADDED);
	unmake();
}

/* The lowers keep a renamed folder's files at the old path: the upper's folder says where. */
static void
renamed_folders(void **state)
{
	make(false, ",redirect_dir=on");
	must(mkdir(at("merged/above"), 0755));
	must(rename(at("merged/dir"), at("merged/above/moved"))); /* redirect from the root */
	drop_caches();
	expect("above/moved/deep", LW_LAYER_IMAGE, LW_LAYER_IMAGE);
	write_file("merged/above/moved/new", "born there");
	expect("above/moved/new", LW_LAYER_ADDED, LW_LAYER_ADDED);
	must(unlink(at("merged/above/moved/deep")));
	write_file("merged/above/moved/deep", "rm, then create");
	expect("above/moved/deep", LW_LAYER_MODIFIED, LW_LAYER_MODIFIED);
	unmake();
	make(false, ",redirect_dir=on");
	must(rename(at("merged/dir"), at("merged/folder"))); /* another name in the same parent */
	expect("folder/deep", LW_LAYER_IMAGE, LW_LAYER_IMAGE);
	unmake();
}

static enum lw_layer
layer_of_nested(const char *name)
{
	struct lw_layer_answer a;
	struct lw_layer_handle handle = {.valid = false};
	struct lw_place_paths paths;
	struct lw_identity id;
	char full[600];

	snprintf(full, sizeof(full), "nested/%s", name);
	_cleanup_close_ int fd = open(at(full), O_RDONLY | O_CLOEXEC);
	must(fd);
	must(lw_identity_of(fd, &id));
	const struct lw_place_mount *place = lw_places_find(&places, fd, &id, getpid());
	assert_non_null(place);
	struct lw_superblock *sb = place->superblock;
	lw_place_paths(place, fd, &paths);
	lw_layer_of(sb, &handle, &id, &paths, &a);
	if (strcmp(name, "own") != 0)
		assert_int_equal(a.layer, LW_LAYER_IMAGE);
	lw_layer_beneath(&places, sb, &a);
	enum lw_layer layer = a.layer;
	lw_layer_answer_done(&a);
	return layer;
}

/* What a container has made itself can be the image of an overlay that it mounts. */
static void
nested_overlay(void **state)
{
	make(false, "");
	write_file("merged/made", "by the container");
	must(chmod(at("merged/other"), 0711));
	for (const char *const *d = (const char *const[]){"nested", "up/nu", "up/nw", NULL}; *d;
		d++)
		must(mkdir(at(*d), 0755));
	char data[2048];
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s", at("merged"),
		at("up/nu"), at("up/nw"));
	must(mount("overlay", at("nested"), "overlay", 0, data));
	must(lw_discover_namespace(&discover, 0));
	write_file("nested/own", "of the nested one");
	assert_int_equal(layer_of_nested("made"), LW_LAYER_ADDED);
	assert_int_equal(layer_of_nested("tool"), LW_LAYER_IMAGE);
	assert_int_equal(layer_of_nested("other"), LW_LAYER_MODIFIED); /* to be compared */
	assert_int_equal(layer_of_nested("own"), LW_LAYER_ADDED);
	must(umount(at("nested")));
	unmake();
}

/*
 * A live shared mapping of the upper inode changes bytes without a new ctime: only the lease tells
 * (kernel-facts 33).
 */
static void
lease_sees_a_live_mapping(void **state)
{
	make(false, "");
	write_file("merged/mapped", "0123456789");
	int fd = open(at("merged/mapped"), O_RDWR | O_CLOEXEC);
	char *p = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	close(fd);
	int real = open(at("up/u/mapped"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_layer_lease(real), -EAGAIN);
	munmap(p, 10);
	assert_int_equal(lw_layer_lease(real), 0);
	close(real);
	unmake();
}

static int
enter(void **state)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		return 0;
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (!mkdtemp(base))
		return -1;
	must(lw_group_open(&group));
	settings.watch.user_namespaces = true;
	discover = (struct lw_discover){.group = &group,
		.superblocks = &superblocks,
		.settings = &settings,
		.changed = ignore,
		.gone = ignore};
	must(lw_discover_init(&discover));
	lw_places_init(&places, &discover);
	return 0;
}

static int
leave(void **state)
{
	lw_group_done(&group);
	lw_discover_done(&discover);
	rmdir(base);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_one_filesystem),
		cmocka_unit_test(on_several_filesystems),
		cmocka_unit_test(with_metacopy),
		cmocka_unit_test(with_index),
		cmocka_unit_test(in_place_and_replaced),
		cmocka_unit_test(hard_links),
		cmocka_unit_test(unlinked),
		cmocka_unit_test(whiteout_hides_the_lower_file),
		cmocka_unit_test(renamed_folders),
		cmocka_unit_test(nested_overlay),
		cmocka_unit_test(lease_sees_a_live_mapping),
	};

	if (geteuid() != 0) {
		print_message("1..0 # SKIP needs root: real overlay mounts\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, enter, leave);
}
