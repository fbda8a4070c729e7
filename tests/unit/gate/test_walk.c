#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate/discover.h"
#include "gate/namespace.h"
#include "gate/walk.h"

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda rw\n"
#define FUSE(id, at) #id " 20 0:70 / " at " rw - fuse.x x rw\n"
#define OVERLAY(id, parent, at) #id " " #parent " 0:50 / " at " rw - overlay o rw,lowerdir=/l\n"

static char text[4096];
static struct lw_walk w;

static struct lw_walk *
walk(const char *table)
{
	lw_walk_done(&w);
	memset(&w, 0, sizeof(w));
	strcpy(text, table);
	assert_int_equal(lw_walk_read(&w, text, strlen(text)), 0);
	return &w;
}

static int
tear_down(void **state)
{
	lw_walk_done(&w);
	return 0;
}

static void
mounts_are_found_by_id_in_any_order(void **state)
{
	walk(OVERLAY(31, 20, "/m") ROOT FUSE(25, "/f"));
	assert_int_equal(w.count, 3);
	assert_string_equal(lw_walk_find(&w, 20)->mount_point, "/");
	assert_string_equal(lw_walk_find(&w, 31)->mount_point, "/m");
	assert_null(lw_walk_find(&w, 21));
	walk("");
	assert_null(lw_walk_find(&w, 20));
}

static void
only_what_lies_on_the_way_matters_to_a_mount(void **state)
{
	walk(ROOT FUSE(25, "/f") OVERLAY(31, 20, "/m") OVERLAY(32, 25, "/f/m"));
	assert_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 31)));
	assert_string_equal(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 32)), "fuse.x");
	assert_string_equal(w.foreign_type, "fuse.x");
}

static void
a_way_without_end_is_foreign(void **state)
{
	walk("5 6 0:1 / /a rw - tmpfs t rw\n6 5 0:2 / /b rw - tmpfs t rw\n");
	assert_non_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 5)));
	walk("7 7 0:1 / /a rw - tmpfs t rw\n");
	assert_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 7)));
}

/* A host's own FUSE mount, which its containers' tables show too, is nobody's trick. */
static void
what_is_foreign_to_us_as_well_is_discounted(void **state)
{
	struct lw_foreign ours;

	walk(ROOT FUSE(25, "/f"));
	lw_walk_keep_foreign(&w, &ours);
	assert_int_equal(ours.count, 1);
	walk(ROOT FUSE(90, "/elsewhere"));
	lw_walk_discount_foreign(&w, &ours);
	assert_null(w.foreign_type);
	walk(ROOT FUSE(90, "/elsewhere") "91 20 0:71 / /g rw - nfs4 s:/ rw\n");
	lw_walk_discount_foreign(&w, &ours);
	assert_string_equal(w.foreign_type, "nfs4");
}

static void
no_more_foreign_ones_are_kept_than_there_is_room_for(void **state)
{
	static struct lw_mount mounts[LW_FOREIGN_MAX + 5];
	static char type[] = "fuse";
	struct lw_walk many = {.mounts = mounts, .count = LW_ARRAY_SIZE(mounts)};
	struct lw_foreign ours;

	for (size_t i = 0; i < many.count; i++)
		mounts[i].fs_type = type;
	lw_walk_keep_foreign(&many, &ours);
	assert_int_equal(ours.count, LW_FOREIGN_MAX);
}

/* The line that can't be read could be the FUSE mount beneath which the layers lie. */
static void
a_line_that_cannot_be_read_is_foreign_and_stays_so(void **state)
{
	struct lw_foreign none = {0};

	walk(ROOT "nonsense\n" OVERLAY(31, 20, "/m"));
	assert_true(w.incomplete);
	lw_walk_discount_foreign(&w, &none);
	assert_non_null(w.foreign_type);
	/* our own table's root has a parent that no table shows */
	assert_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 31)));
	w.pid = 1;
	assert_non_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 31)));
	walk(ROOT OVERLAY(31, 20, "/m"));
	w.pid = 1;
	assert_null(lw_walk_foreign_on_way(&w, lw_walk_find(&w, 31)));
}

static char *
long_text(size_t *length)
{
	char *t = malloc(LW_MOUNTS_MAX * 40ul + 100);

	*length = 0;
	for (uint32_t i = 0; i <= LW_MOUNTS_MAX; i++)
		*length += sprintf(&t[*length], "%u 1 0:9 / /x rw - tmpfs t rw\n", i + 2);
	return t;
}

static void
a_table_beyond_its_bound_is_foreign(void **state)
{
	size_t length;
	_cleanup_free_ char *t = long_text(&length);
	struct lw_foreign none = {0};

	walk("");
	assert_int_equal(lw_walk_read(&w, t, length), 0);
	assert_int_equal(w.count, LW_MOUNTS_MAX);
	assert_true(w.incomplete);
	lw_walk_discount_foreign(&w, &none);
	assert_non_null(w.foreign_type);
}

/* Whole lines up to the bound: only the length tells that more may follow. */
static void
a_text_that_was_cut_is_foreign(void **state)
{
	_cleanup_free_ char *t = malloc(LW_MOUNTINFO_TEXT_MAX);
	static const char head[] = "20 1 8:1 / /", tail[] = " rw - ext4 /dev/sda rw\n";
	const size_t line = 1024;

	walk("");
	memset(t, 'x', LW_MOUNTINFO_TEXT_MAX);
	for (size_t at = 0; at < LW_MOUNTINFO_TEXT_MAX; at += line) {
		memcpy(&t[at], head, strlen(head));
		memcpy(&t[at + line - strlen(tail)], tail, strlen(tail));
	}
	assert_int_equal(lw_walk_read(&w, t, LW_MOUNTINFO_TEXT_MAX), 0);
	assert_int_equal(w.count, LW_MOUNTINFO_TEXT_MAX / line);
	assert_true(w.incomplete);
	assert_non_null(w.foreign_type);
}

struct met {
	unsigned count;
	int stop;
};

static int
on_task(uint32_t pid, void *arg)
{
	struct met *m = arg;

	m->count++;
	return m->stop;
}

static void
each_namespace_is_met_once_and_a_result_ends_the_walk(void **state)
{
	uint64_t own = lw_namespace_inode(0, "mnt");
	struct met all = {0}, others = {0}, first = {.stop = 7};
	uint32_t left_out = 1;

	assert_int_equal(lw_walk_namespaces(0, SIZE_MAX, on_task, &all, &left_out), 0);
	assert_int_equal(left_out, 0);
	assert_int_equal(lw_walk_namespaces(own, SIZE_MAX, on_task, &others, &left_out), 0);
	assert_true(all.count >= 1);
	assert_true(others.count < all.count);
	assert_int_equal(lw_walk_namespaces(0, SIZE_MAX, on_task, &first, &left_out), 7);
	assert_int_equal(first.count, 1);
}

/* The bug: nobody heard of those for which there was no room. */
static void
namespaces_beyond_the_bound_are_counted(void **state)
{
	struct met none = {0};
	uint32_t left_out = 0;

	assert_int_equal(lw_walk_namespaces(0, 0, on_task, &none, &left_out), 0);
	assert_int_equal(none.count, 0);
	assert_true(left_out >= 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mounts_are_found_by_id_in_any_order),
		TEST(only_what_lies_on_the_way_matters_to_a_mount),
		TEST(a_way_without_end_is_foreign),
		TEST(what_is_foreign_to_us_as_well_is_discounted),
		TEST(no_more_foreign_ones_are_kept_than_there_is_room_for),
		TEST(a_line_that_cannot_be_read_is_foreign_and_stays_so),
		TEST(a_table_beyond_its_bound_is_foreign),
		TEST(a_text_that_was_cut_is_foreign),
		TEST(each_namespace_is_met_once_and_a_result_ends_the_walk),
		TEST(namespaces_beyond_the_bound_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
