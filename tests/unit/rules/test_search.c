#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/search.h"

struct hits {
	unsigned count[4];
	size_t last[4];
};

static void
on_hit(void *data, uint32_t id, size_t end)
{
	struct hits *h = data;

	assert_true(id < 4);
	h->count[id]++;
	h->last[id] = end;
}

static struct hits
scanned(const struct lw_sought *rows, size_t count, const char *text)
{
	struct lw_search_scratch *scratch = NULL;
	struct lw_search *s = NULL;
	struct hits h = {0};
	size_t bad;

	assert_int_equal(lw_search_new(rows, count, &scratch, &s, &bad), 0);
	lw_search_scan(s, scratch, (const uint8_t *)text, strlen(text), on_hit, &h);
	lw_search_free(s);
	lw_search_scratch_free(scratch);
	return h;
}

#define ROW(text)                                                                                  \
	{                                                                                          \
		.bytes = (const uint8_t *)text, .length = sizeof(text) - 1                         \
	}

static void
each_place_of_each_text_is_told(void **state)
{
	static const struct lw_sought rows[] = {ROW("he"), ROW("she"), ROW("hers"), ROW("e")};
	struct hits h = scanned(rows, 4, "ushers and hens");

	assert_int_equal(h.count[0], 2);
	assert_int_equal(h.last[0], 13);
	assert_int_equal(h.count[1], 1);
	assert_int_equal(h.last[1], 4);
	assert_int_equal(h.count[2], 1);
	assert_int_equal(h.last[2], 6);
	assert_int_equal(h.count[3], 2);
}

static void
one_hit_is_enough_where_that_is_said(void **state)
{
	static const struct lw_sought rows[] = {
		{.bytes = (const uint8_t *)"a", .length = 1, .once = true}};

	assert_true(scanned(rows, 1, "aaaa").count[0] >= 1);
	assert_int_equal(scanned(rows, 1, "bbbb").count[0], 0);
}

static void
a_prefix_of_another_is_found_and_the_end_as_well(void **state)
{
	static const struct lw_sought rows[] = {ROW("/bin"), ROW("/bin/sh"), ROW("h")};
	struct hits h = scanned(rows, 3, "/bin/sh");

	assert_int_equal(h.last[0], 4);
	assert_int_equal(h.last[1], 7);
	assert_int_equal(h.last[2], 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_of_each_text_is_told),
		cmocka_unit_test(one_hit_is_enough_where_that_is_said),
		cmocka_unit_test(a_prefix_of_another_is_found_and_the_end_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
