#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/superblock.h"

static struct lw_superblocks table;

static int
tear_down(void **state)
{
	lw_superblocks_done(&table);
	assert_int_equal(table.count, 0);
	return 0;
}

static void
entries_of_one_bucket_are_told_apart(void **state)
{
	struct lw_superblock *a = lw_superblock_get(&table, 1, 31);
	struct lw_superblock *b = lw_superblock_get(&table, 2, 0);
	struct lw_superblock *c = lw_superblock_get(&table, 0, 62);

	assert_true(a && b && c && a != b && b != c && a != c);
	assert_ptr_equal(lw_superblock_get(&table, 1, 31), a);
	lw_superblock_remove(&table, b); /* the middle one of its chain */
	assert_null(lw_superblock_find(&table, 2, 0));
	assert_ptr_equal(lw_superblock_find(&table, 1, 31), a);
	assert_ptr_equal(lw_superblock_find(&table, 0, 62), c);
	assert_int_equal(table.count, 2);
}

static void
a_full_table_takes_nothing_more(void **state)
{
	for (uint32_t i = 0; i < LW_SUPERBLOCKS_MAX; i++)
		assert_non_null(lw_superblock_get(&table, 0, i));
	assert_null(lw_superblock_get(&table, 1, 0));
	assert_non_null(lw_superblock_get(&table, 0, 7));
	lw_superblock_remove(&table, lw_superblock_find(&table, 0, 7));
	assert_non_null(lw_superblock_get(&table, 1, 0));
}

static void
remove_even(struct lw_superblock *sb, void *arg)
{
	(*(int *)arg)++;
	if (sb->minor % 2 == 0)
		lw_superblock_remove(&table, sb);
}

static void
a_walk_may_remove_what_it_is_given(void **state)
{
	int met = 0;

	for (uint32_t i = 0; i < 3000; i++)
		lw_superblock_get(&table, 0, i);
	lw_superblocks_each(&table, remove_even, &met);
	assert_int_equal(met, 3000);
	assert_int_equal(table.count, 1500);
}

static char upper[] = "/up", low1[] = "/l1", low2[] = "/l2", other[] = "/other";

static struct lw_overlay_options
usual(void)
{
	return (struct lw_overlay_options){
		.lower = {low1, low2}, .lower_count = 1, .data_count = 1, .upper = upper};
}

static struct lw_superblock *
described(void)
{
	struct lw_superblock *sb = lw_superblock_get(&table, 0, 5);
	struct lw_overlay_options o = usual();

	assert_int_equal(lw_superblock_describe(sb, "/m", &o), 0);
	sb->facts.complete = 1;
	sb->facts_asked = 3;
	sb->facts_pending = true;
	sb->facts_next_us = 9;
	sb->state = LW_MARK_MARKED;
	sb->told = true;
	sb->events = 7;
	sb->filesystem_count = 1;
	return sb;
}

static void
the_same_options_change_nothing(void **state)
{
	struct lw_superblock *sb = described();
	struct lw_overlay_options o = usual();

	assert_int_equal(lw_superblock_describe(sb, "/m", &o), 0);
	assert_int_equal(sb->instance, 1);
	assert_true(sb->facts.complete && sb->facts_pending && sb->told);
	assert_int_equal(sb->state, LW_MARK_MARKED);
	assert_int_equal(sb->filesystem_count, 1);
}

/* Nothing of what was known of the one before may be taken for the new one's. */
static void
is_another(const char *mount_point, const struct lw_overlay_options *o)
{
	struct lw_superblock *sb = described();

	assert_int_equal(lw_superblock_describe(sb, mount_point, o), 0);
	assert_int_equal(sb->instance, 2);
	assert_false(sb->facts.complete || sb->facts_pending || sb->told);
	assert_int_equal(sb->facts_asked, 0);
	assert_int_equal(sb->facts_next_us, 0);
	assert_int_equal(sb->state, LW_MARK_NONE);
	assert_int_equal(sb->events, 0);
	assert_int_equal(sb->filesystem_count, 0);
	assert_int_equal(sb->lower_count, o->lower_count + o->data_count);
	assert_int_equal(sb->userxattr, o->userxattr);
	assert_int_equal(sb->metacopy, o->metacopy == LW_OVERLAY_ON);
	lw_superblock_remove(&table, sb);
}

static void
any_other_option_is_another_overlay(void **state)
{
	struct lw_overlay_options o = usual();

	is_another("/elsewhere", &o);
	o.upper = NULL;
	is_another("/m", &o);
	o.upper = other;
	is_another("/m", &o);
	o = usual();
	o.lower[1] = other;
	is_another("/m", &o);
	o = usual();
	o.data_count = 0;
	is_another("/m", &o);
	o = usual();
	o.userxattr = true;
	is_another("/m", &o);
	o = usual();
	o.metacopy = LW_OVERLAY_ON;
	is_another("/m", &o);
}

static char base[] = "/tmp/lw-superblock-XXXXXX";

static bool
is_folder(const struct lw_superblock *sb, int layer, const char *name)
{
	struct stat there, wanted;
	char path[128];
	_cleanup_close_ int fd = lw_superblock_open_layer(sb, layer, O_PATH);

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(stat(path, &wanted), 0);
	return fd >= 0 && fstat(fd, &there) == 0 && there.st_ino == wanted.st_ino &&
	       there.st_dev == wanted.st_dev;
}

static void
make(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* Docker: lowerdir=l/AB:l/CD, from its overlay2 folder; containerd: beneath snapshots. */
static void
relative_layers_lie_beside_the_upper(void **state)
{
	struct lw_superblock *sb = lw_superblock_get(&table, 0, 1);
	char up[128], absolute[128], link_path[128], relative[] = "l/AB", bad[] = "l/none";
	char escape[] = "../../../../../../../../tmp";
	struct lw_overlay_options o = {
		.lower = {relative, absolute, bad, escape}, .lower_count = 4, .upper = up};

	assert_non_null(mkdtemp(base));
	for (const char *const *d =
			(const char *const[]){"o", "o/ID", "o/ID/diff", "o/ID2", "o/l", NULL};
		*d; d++)
		make(*d);
	snprintf(up, sizeof(up), "%s/o/ID/diff", base);
	snprintf(absolute, sizeof(absolute), "%s/o/ID2", base);
	snprintf(link_path, sizeof(link_path), "%s/o/l/AB", base);
	assert_int_equal(symlink("../ID2", link_path), 0);
	assert_int_equal(lw_superblock_describe(sb, "/none", &o), 0);
	assert_true(is_folder(sb, -1, "o/ID/diff"));
	assert_true(is_folder(sb, 0, "o/ID2"));
	assert_true(is_folder(sb, 1, "o/ID2"));
	assert_int_equal(lw_superblock_open_layer(sb, 2, O_PATH), -ENOENT);
	assert_int_equal(lw_superblock_open_layer(sb, 4, O_PATH), -ENOENT);
	o.upper = NULL;
	assert_int_equal(lw_superblock_describe(sb, "/none", &o), 0);
	assert_int_equal(lw_superblock_open_layer(sb, -1, O_PATH), -ENOENT);
	assert_int_equal(lw_superblock_open_layer(sb, 0, O_PATH), -ENOENT);
	unlink(link_path);
	for (const char *const *d =
			(const char *const[]){"o/l", "o/ID2", "o/ID/diff", "o/ID", "o", NULL};
		*d; d++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", base, *d);
		assert_int_equal(rmdir(path), 0);
	}
	rmdir(base);
}

static void
the_root_of_a_task_that_is_gone_is_an_error(void **state)
{
	struct lw_superblock sb = {.pid = 0x7fffffff};

	assert_int_equal(lw_superblock_root(&sb), -ENOENT);
	assert_int_equal(lw_superblock_open_layer(&sb, -1, O_PATH), -ENOENT);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_of_one_bucket_are_told_apart),
		TEST(a_full_table_takes_nothing_more),
		TEST(a_walk_may_remove_what_it_is_given),
		TEST(the_same_options_change_nothing),
		TEST(any_other_option_is_another_overlay),
		TEST(relative_layers_lie_beside_the_upper),
		TEST(the_root_of_a_task_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
