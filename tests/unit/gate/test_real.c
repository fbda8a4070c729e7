/*
 * The real files behind an overlay: each layer is opened beneath itself, and only regular files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/layer.h"
#include "gate/real.h"
#include "overlay.h"

static struct lw_superblock *
start(struct overlay *o, const char *options)
{
	overlay_write(o, "a/top", "top layer");
	overlay_write(o, "b/top", "beneath");
	overlay_write(o, "b/dir/x", "deep");
	overlay_mount(o, options);
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	return overlay_superblock(o, "m");
}

static bool
holds(int fd, const char *text)
{
	char got[64] = "";

	assert_true(fd >= 0);
	ssize_t n = read(fd, got, sizeof(got) - 1);
	close(fd);
	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static struct lw_identity
identity(struct overlay *o, const char *name)
{
	int fd = open(overlay_at(o, name), O_PATH | O_CLOEXEC);
	struct lw_identity id;

	assert_int_equal(lw_identity_of(fd, &id), 0);
	close(fd);
	return id;
}

static void
the_topmost_layer_that_has_the_file_is_the_images(void **state)
{
	struct overlay *o = *state;
	struct lw_superblock *sb = start(o, "");

	assert_true(holds(lw_real_lower(sb, "top"), "top layer"));
	assert_true(holds(lw_real_lower(sb, "dir/x"), "deep"));
	assert_int_equal(lw_real_lower(sb, "none"), -ENOENT);
	assert_int_equal(lw_real_lower(sb, "dir"), -EISDIR);
}

static void
a_whiteout_of_the_image_hides_what_lies_beneath(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	overlay_write(o, "b/hidden", "x");
	assert_int_equal(mknod(overlay_at(o, "a/hidden"), S_IFCHR, 0), 0);
	assert_int_equal(mknod(overlay_at(o, "a/dir"), S_IFCHR, 0), 0);
	struct lw_superblock *sb = start(o, "");
	assert_int_equal(lw_real_lower(sb, "hidden"), -ENOENT);
	assert_int_equal(lw_real_lower(sb, "dir/x"), -ENOENT);
}

/* None of these may be opened, let alone waited for. */
static void
what_is_no_regular_file_beneath_the_layer_is_not_opened(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	assert_int_equal(mkfifo(overlay_at(o, "a/fifo"), 0644), 0);
	assert_int_equal(symlink("/etc/passwd", overlay_at(o, "a/link")), 0);
	assert_int_equal(symlink("/etc", overlay_at(o, "a/folder")), 0);
	assert_int_equal(mkdir(overlay_at(o, "a/mounted"), 0755), 0);
	struct lw_superblock *sb = start(o, "");
	assert_int_equal(mount("tmpfs", overlay_at(o, "a/mounted"), "tmpfs", 0, NULL), 0);
	overlay_write(o, "a/mounted/x", "x");
	assert_int_equal(lw_real_lower(sb, "fifo"), -EISDIR);
	assert_true(lw_real_lower(sb, "link") < 0);
	assert_true(lw_real_lower(sb, "folder/passwd") < 0);
	assert_true(lw_real_lower(sb, "../u") < 0);
	assert_true(lw_real_lower(sb, "/etc/passwd") < 0);
	assert_true(lw_real_lower(sb, "mounted/x") < 0);
	umount(overlay_at(o, "a/mounted"));
}

static void
the_upper_file_must_look_like_what_is_held(void **state)
{
	struct overlay *o = *state;
	struct lw_superblock *sb = start(o, "");

	overlay_write(o, "m/new", "new");
	struct lw_identity id = identity(o, "m/new");
	assert_true(holds(lw_real_upper(sb, "new", &id), "new"));
	overlay_write(o, "m/new", "other");
	assert_int_equal(lw_real_upper(sb, "new", &id), -ESTALE);
	assert_int_equal(lw_real_upper(sb, "none", &id), -ENOENT);
}

/* kernel-facts 17 */
static void
only_the_very_inode_is_a_proof(void **state)
{
	struct overlay *o = *state;
	struct lw_superblock *sb = start(o, "");
	struct lw_identity image = identity(o, "m/top"), beneath = identity(o, "b/top");

	assert_true(holds(lw_real_proof(sb, "top", &image), "top layer"));
	assert_int_equal(lw_real_proof(sb, "top", &beneath), -ENOENT); /* hidden by the top one */
	assert_int_equal(lw_real_proof(sb, "dir/x", &image), -ENOENT);
	overlay_write(o, "m/top", "top LAYER");
	struct lw_identity changed = identity(o, "m/top");
	assert_int_equal(lw_real_proof(sb, "top", &changed), -ENOENT);
}

static void
a_renamed_folder_is_followed_to_where_it_was(void **state)
{
	struct overlay *o = *state;
	struct lw_superblock *sb = start(o, ",redirect_dir=on");

	assert_int_equal(rename(overlay_at(o, "m/dir"), overlay_at(o, "m/moved")), 0);
	struct lw_identity id = identity(o, "m/moved/x");
	assert_true(holds(lw_real_lower(sb, "moved/x"), "deep"));
	assert_true(holds(lw_real_proof(sb, "moved/x", &id), "deep"));
	assert_int_equal(mkdir(overlay_at(o, "m/in"), 0755), 0);
	assert_int_equal(rename(overlay_at(o, "m/moved"), overlay_at(o, "m/in/again")), 0);
	assert_true(holds(lw_real_lower(sb, "in/again/x"), "deep"));
}

static void
a_handle_opens_its_file_on_the_one_filesystem_that_has_it(void **state)
{
	struct overlay *o = *state;
	struct lw_superblock *sb = start(o, "");
	struct lw_ovl_handle h;
	struct lw_layer_handle raw;

	int fd = open(overlay_at(o, "m/dir/x"), O_RDONLY | O_CLOEXEC);
	lw_layer_handle_of(fd, &raw);
	close(fd);
	if (!raw.valid || lw_ovl_handle_decode(raw.raw.handle.handle_type, raw.raw.handle.f_handle,
				  raw.raw.handle.handle_bytes, &h) != 0)
		skip(); /* before Linux 6.6 */
	struct lw_identity id = identity(o, "b/dir/x");
	assert_true(holds(lw_real_by_handle(sb, &h, NULL), "deep"));
	assert_true(holds(lw_real_by_handle(sb, &h, &id), "deep"));
	id.size++;
	assert_int_equal(lw_real_by_handle(sb, &h, &id), -ESTALE);
	/* two filesystems that could have it, and nothing to tell them apart by */
	sb->filesystems[1] = sb->filesystems[0];
	sb->filesystems[1].uuid_asked = sb->filesystems[0].uuid_asked = true;
	sb->filesystems[0].uuid_known = sb->filesystems[1].uuid_known = false;
	sb->filesystem_count = 2;
	assert_int_equal(lw_real_by_handle(sb, &h, NULL), -EXDEV);
	/* one of them is another */
	sb->filesystems[0].uuid_known = true;
	memset(sb->filesystems[0].uuid, 0xee, LW_UUID_SIZE);
	assert_true(holds(lw_real_by_handle(sb, &h, NULL), "deep"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, overlay_set_up, overlay_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_topmost_layer_that_has_the_file_is_the_images),
		TEST(a_whiteout_of_the_image_hides_what_lies_beneath),
		TEST(what_is_no_regular_file_beneath_the_layer_is_not_opened),
		TEST(the_upper_file_must_look_like_what_is_held),
		TEST(only_the_very_inode_is_a_proof),
		TEST(a_renamed_folder_is_followed_to_where_it_was),
		TEST(a_handle_opens_its_file_on_the_one_filesystem_that_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
