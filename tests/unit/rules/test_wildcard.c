#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "rules/wildcard.h"

static struct lw_wildcard *
compiled(const char *value)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	struct lw_wildcard *w = NULL;
	char none[LW_LIST_NAME_SIZE];

	assert_int_equal(lw_patterns_parse(value, strlen(value), NULL, &p, none), 0);
	lw_pattern_simplify(&p.rows[0]);
	assert_int_equal(lw_wildcard_new(&p.rows[0], &w), 0);
	return w;
}

static bool
matches(const char *value, const char *text)
{
	struct lw_wildcard *w = compiled(value);
	bool r = lw_wildcard_match(w, (const uint8_t *)text, strlen(text));

	lw_wildcard_free(w);
	return r;
}

static void
pieces_follow_each_other_without_overlap(void **state)
{
	assert_true(matches("a*b*c", "a-b-c"));
	assert_true(matches("a*b*c", "abc"));
	assert_true(matches("*ab*ba*", "abba"));
	assert_false(matches("*ab*ba*", "aba"));
	assert_false(matches("aba*bab", "abab"));
	assert_false(matches("a*b*c", "acb"));
}

static void
the_last_piece_ends_where_the_text_does(void **state)
{
	assert_true(matches("a*bc", "abcbc"));
	assert_false(matches("a*bc", "abcbcd"));
	assert_true(matches("a*b?", "abbb"));
	assert_false(matches("a*b?", "ab"));
}

static void
one_is_a_character_and_not_a_byte(void **state)
{
	assert_true(matches("a?b", "a\xc3\xa4"
				   "b"));
	assert_true(matches("a?b", "a\xff"
				   "b"));
	assert_false(matches("a??b", "a\xc3\xa4"
				     "b"));
	assert_true(matches("*?b", "\xe2\x82\xac"
				   "b"));
	assert_false(matches("*a?", "a"));
	/* of the second and third byte of one character, neither begins one */
	assert_false(matches("*??", "\xe2\x82\xac"));
}

static void
the_longest_run_of_bytes_is_known(void **state)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	char none[LW_LIST_NAME_SIZE];
	size_t start = 9, length;

	assert_int_equal(lw_patterns_parse("ab?cde*f", 8, NULL, &p, none), 0);
	assert_true(lw_wildcard_literal(&p.rows[0], &start, &length));
	assert_int_equal(start, 3);
	assert_int_equal(length, 3);
	lw_patterns_done(&p);
	assert_int_equal(lw_patterns_parse("?*?", 3, NULL, &p, none), 0);
	assert_false(lw_wildcard_literal(&p.rows[0], &start, &length));
}

static void
a_long_piece_with_question_marks_is_refused(void **state)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	struct lw_wildcard *w = NULL;
	char value[LW_WILDCARD_PIECE_MAX + 8], none[LW_LIST_NAME_SIZE];

	memset(value, '?', sizeof(value));
	value[0] = '*';
	assert_int_equal(lw_patterns_parse(value, sizeof(value), NULL, &p, none), 0);
	assert_int_equal(lw_wildcard_new(&p.rows[0], &w), -E2BIG);
	p.rows[0].items[0] = 'a';
	assert_int_equal(lw_wildcard_new(&p.rows[0], &w), 0);
	lw_wildcard_free(w);
}

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void
time_does_not_grow_with_the_square_of_the_text(void **state)
{
	static uint8_t text[64 * 1024];
	struct lw_wildcard *w = compiled("*aaaaaaaaaaaaaaaaaaaaaaab*aaaaaaaaaaab*c");
	double start = cpu_ms();

	memset(text, 'a', sizeof(text));
	assert_false(lw_wildcard_match(w, text, sizeof(text)));
	assert_true(cpu_ms() - start < 200);
	lw_wildcard_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_each_other_without_overlap),
		cmocka_unit_test(the_last_piece_ends_where_the_text_does),
		cmocka_unit_test(one_is_a_character_and_not_a_byte),
		cmocka_unit_test(the_longest_run_of_bytes_is_known),
		cmocka_unit_test(a_long_piece_with_question_marks_is_refused),
		cmocka_unit_test(time_does_not_grow_with_the_square_of_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
