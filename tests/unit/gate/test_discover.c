/*
 * Overlays of the test's own, found in real mount tables and marked in a real group.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "overlay.h"

/* What the group's fdinfo says: is this superblock marked? */
static bool
is_marked(struct overlay *o, const struct lw_superblock *sb)
{
	char path[64], text[8192], wanted[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", o->group.fd);
	assert_true(lw_read_file_at(AT_FDCWD, path, text, sizeof(text)) > 0);
	snprintf(wanted, sizeof(wanted), "fanotify sdev:%x ", sb->major << 20 | sb->minor);
	return strstr(text, wanted);
}

static struct lw_superblock *
scan(struct overlay *o)
{
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	return overlay_superblock(o, "m");
}

static void
open_group(struct overlay *o)
{
	if (lw_group_open(&o->group) < 0)
		skip();
}

static void
an_overlay_is_marked_and_described(void **state)
{
	struct overlay *o = *state;

	overlay_mount(o, "");
	open_group(o);
	struct lw_superblock *sb = scan(o);
	assert_non_null(sb);
	assert_int_equal(sb->state, LW_MARK_MARKED);
	assert_true(is_marked(o, sb));
	assert_string_equal(sb->mount_point, overlay_at(o, "m"));
	assert_string_equal(sb->upper, overlay_at(o, "u"));
	assert_int_equal(sb->lower_count, 2);
	assert_int_equal(sb->filesystem_count, 1);
	assert_int_equal(sb->pid, 0);
	assert_false(sb->user_namespace);
	unsigned told = o->changed;
	scan(o);
	assert_int_equal(o->changed, told); /* no news */
}

static void
the_policy_leaves_out_and_takes_in_again(void **state)
{
	struct overlay *o = *state;
	struct lw_string_list *out = &o->settings.watch.exclude;
	size_t others = out->count;

	overlay_mount(o, "");
	open_group(o);
	struct lw_superblock *sb = scan(o);
	out->items[out->count++] = strdup(overlay_at(o, "m"));
	scan(o);
	assert_int_equal(sb->state, LW_MARK_EXCLUDED);
	assert_int_equal(o->state, LW_MARK_EXCLUDED);
	assert_false(is_marked(o, sb));
	free(out->items[others]);
	out->count = others;
	scan(o);
	assert_int_equal(sb->state, LW_MARK_MARKED);
	assert_true(is_marked(o, sb));
}

static void
what_our_own_programs_run_from_is_never_marked(void **state)
{
	struct overlay *o = *state;
	struct stat st;

	overlay_mount(o, "");
	open_group(o);
	assert_int_equal(stat(overlay_at(o, "m"), &st), 0);
	o->discover.own_device = (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
	struct lw_superblock *sb = scan(o);
	assert_int_equal(sb->state, LW_MARK_OWN);
	assert_false(is_marked(o, sb));
}

/* Anybody who may mount could hide an overlay so: bind it elsewhere, cover the first mount. */
static void
an_overlay_whose_first_mount_is_covered_is_marked_by_the_second(void **state)
{
	struct overlay *o = *state;

	overlay_mount(o, "");
	open_group(o);
	assert_int_equal(mkdir(overlay_at(o, "second"), 0755), 0);
	assert_int_equal(mount(overlay_at(o, "m"), overlay_at(o, "second"), "", MS_BIND, NULL), 0);
	assert_int_equal(mount("tmpfs", overlay_at(o, "m"), "tmpfs", 0, NULL), 0);
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	struct lw_superblock *sb = overlay_superblock(o, "second");
	assert_non_null(sb);
	assert_int_equal(sb->state, LW_MARK_MARKED);
	assert_true(is_marked(o, sb));
	umount(overlay_at(o, "m"));
	umount(overlay_at(o, "second"));
}

static void
a_covered_overlay_is_told_as_not_watched(void **state)
{
	struct overlay *o = *state;
	struct stat st;

	overlay_mount(o, "");
	open_group(o);
	assert_int_equal(stat(overlay_at(o, "m"), &st), 0);
	assert_int_equal(mount("tmpfs", overlay_at(o, "m"), "tmpfs", 0, NULL), 0);
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	struct lw_superblock *sb =
		lw_superblock_find(&o->superblocks, major(st.st_dev), minor(st.st_dev));
	assert_int_equal(sb->state, LW_MARK_FAILED);
	assert_int_equal(sb->error, EXDEV);
	assert_int_equal(o->state, LW_MARK_FAILED);
	umount(overlay_at(o, "m"));
}

/* sysfs, which answers by code of its own, is none of the types that are known. */
static void
a_layer_on_a_filesystem_that_is_not_known_is_foreign(void **state)
{
	struct overlay *o = *state;
	char data[256];

	overlay_mount(o, "");
	open_group(o);
	umount(overlay_at(o, "m"));
	snprintf(data, sizeof(data), "lowerdir=/sys/kernel:%s/b", o->base);
	if (mount("overlay", overlay_at(o, "m"), "overlay", MS_RDONLY, data) < 0)
		skip();
	struct lw_superblock *sb = scan(o);
	assert_int_equal(sb->state, LW_MARK_FOREIGN);
	assert_false(is_marked(o, sb));
}

static void
a_layer_that_is_gone_leaves_it_marked_with_a_remark(void **state)
{
	struct overlay *o = *state;

	overlay_mount(o, "");
	open_group(o);
	assert_int_equal(rename(overlay_at(o, "a"), overlay_at(o, "moved")), 0);
	struct lw_superblock *sb = scan(o);
	assert_int_equal(sb->state, LW_MARK_MARKED);
	assert_true(sb->reason[0]);
}

static void
mount_inner(struct overlay *o)
{
	overlay_mount(o, "");
}

static void
an_overlay_of_another_namespace_is_found_there(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	open_group(o);
	pid_t pid = overlay_task_after(o, mount_inner);
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	size_t before = o->superblocks.count;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_int_equal(o->superblocks.count, before + 1);
	assert_int_equal(o->state, LW_MARK_MARKED);
	overlay_end_task(pid);
	assert_true(lw_discover_namespace(&o->discover, pid) < 0);
}

/* As if our user namespace were another: the task's is then not the initial one. */
static void
overlays_of_user_namespaces_follow_the_policy_and_the_quarantine(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	open_group(o);
	pid_t pid = overlay_task_after(o, mount_inner);
	o->discover.own_user_namespace = 1;
	o->settings.watch.user_namespaces = false;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_int_equal(o->state, LW_MARK_EXCLUDED);
	o->settings.watch.user_namespaces = true;
	o->discover.quarantine = true;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_int_equal(o->state, LW_MARK_QUARANTINE);
	overlay_end_task(pid);
}

static void
user_namespaces_cannot_fill_the_table(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	pid_t pid = overlay_task_after(o, mount_inner);
	for (uint32_t i = 0; o->superblocks.count < LW_DISCOVER_USER_MAX; i++)
		lw_superblock_get(&o->superblocks, 4000, i);
	uint64_t own = o->discover.own_user_namespace;
	o->discover.own_user_namespace = 1;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_int_equal(o->superblocks.count, LW_DISCOVER_USER_MAX);
	assert_true(o->discover.refused > 0);
	o->discover.own_user_namespace = own;
	o->discover.refused = 0;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_true(o->superblocks.count > LW_DISCOVER_USER_MAX);
	assert_int_equal(o->discover.refused, 0);
	overlay_end_task(pid);
}

static void
what_no_scan_shows_any_more_is_gone_when_nothing_refers_to_it(void **state)
{
	struct overlay *o = *state;

	overlay_mount(o, ""); /* no group: nothing is marked anywhere */
	assert_int_equal(lw_discover_all(&o->discover), 0);
	struct lw_superblock *sb = overlay_superblock(o, "m");
	uint32_t number[] = {sb->major, sb->minor};
	unsigned gone = o->gone;
	sb->references = 1;
	assert_int_equal(umount(overlay_at(o, "m")), 0);
	assert_int_equal(lw_discover_all(&o->discover), 0);
	assert_ptr_equal(lw_superblock_find(&o->superblocks, number[0], number[1]), sb);
	sb->references = 0;
	assert_int_equal(lw_discover_all(&o->discover), 0);
	assert_null(lw_superblock_find(&o->superblocks, number[0], number[1]));
	assert_true(o->gone > gone);
}

/* The bug: they were as good as gone, and so was what is known of their overlays. */
static void
what_was_not_looked_at_is_not_gone(void **state)
{
	struct overlay *o = *state;

	if (!o->discover.group)
		skip();
	pid_t pid = overlay_task_after(o, mount_inner);
	assert_int_equal(lw_discover_namespace(&o->discover, 0), 0);
	size_t ours = o->superblocks.count;
	assert_int_equal(lw_discover_namespace(&o->discover, pid), 0);
	assert_int_equal(o->superblocks.count, ours + 1);
	o->discover.namespaces = 0;
	assert_int_equal(lw_discover_all(&o->discover), 0);
	assert_true(o->discover.left_out >= 1);
	assert_int_equal(o->superblocks.count, ours + 1);
	overlay_end_task(pid);
	o->discover.namespaces = LW_NAMESPACES_MAX;
	assert_int_equal(lw_discover_all(&o->discover), 0);
	assert_int_equal(o->discover.left_out, 0);
	assert_true(o->gone >= 1);
}

static void
only_filesystems_of_this_kernel_alone_are_local(void **state)
{
	assert_true(lw_discover_is_local(EXT4_SUPER_MAGIC));
	assert_true(lw_discover_is_local(OVERLAYFS_SUPER_MAGIC));
	assert_false(lw_discover_is_local(FUSE_SUPER_MAGIC));
	assert_false(lw_discover_is_local(NFS_SUPER_MAGIC));
	assert_false(lw_discover_is_local(0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, overlay_set_up, overlay_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_overlay_is_marked_and_described),
		TEST(the_policy_leaves_out_and_takes_in_again),
		TEST(what_our_own_programs_run_from_is_never_marked),
		TEST(an_overlay_whose_first_mount_is_covered_is_marked_by_the_second),
		TEST(a_covered_overlay_is_told_as_not_watched),
		TEST(a_layer_on_a_filesystem_that_is_not_known_is_foreign),
		TEST(a_layer_that_is_gone_leaves_it_marked_with_a_remark),
		TEST(an_overlay_of_another_namespace_is_found_there),
		TEST(overlays_of_user_namespaces_follow_the_policy_and_the_quarantine),
		TEST(user_namespaces_cannot_fill_the_table),
		TEST(what_no_scan_shows_any_more_is_gone_when_nothing_refers_to_it),
		TEST(what_was_not_looked_at_is_not_gone),
		cmocka_unit_test(only_filesystems_of_this_kernel_alone_are_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
