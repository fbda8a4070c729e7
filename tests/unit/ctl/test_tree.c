/*
 * JSON as it comes, as it must not come, and as an attacker would send it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/tree.h"

static int
parse(const char *json, struct lw_tree **out)
{
	return lw_tree_parse(json, strlen(json), out);
}

static void
values_are_found_by_path(void **state)
{
	_cleanup_tree_ struct lw_tree *t = NULL;

	assert_int_equal(
		parse(" {\"a\":{\"b\":[1,-2.5e3,\"x\",null,true,false,{}]},\"n\":\"42\"} ", &t), 0);
	const struct lw_tree_node *root = lw_tree_root(t);
	assert_string_equal(lw_tree_text(root, "a.b.0"), "1");
	assert_string_equal(lw_tree_text(root, "a.b.1"), "-2.5e3");
	assert_string_equal(lw_tree_text(root, "a.b.2"), "x");
	assert_null(lw_tree_text(root, "a.b.3"));
	assert_true(lw_tree_is_true(root, "a.b.4"));
	assert_false(lw_tree_is_true(root, "a.b.5"));
	assert_null(lw_tree_text(root, "a.b.6"));
	assert_null(lw_tree_at(root, "a.b.7"));
	assert_null(lw_tree_at(root, "a.b.x"));
	assert_null(lw_tree_at(root, "a.c.d"));
	assert_int_equal(lw_tree_number(root, "n", -1), 42);
	assert_int_equal(lw_tree_number(root, "a.b.1", -1), -1);
	assert_null(lw_tree_text(NULL, "a"));
}

static void
bare_values_stand_alone(void **state)
{
	static const char *const values[] = {"1", "true", "null", "-0", "12.5"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(values); i++) {
		_cleanup_tree_ struct lw_tree *t = NULL;

		assert_int_equal(parse(values[i], &t), 0);
		assert_string_equal(lw_tree_root(t)->text, values[i]);
	}
}

static void
escapes_become_bytes(void **state)
{
	_cleanup_tree_ struct lw_tree *t = NULL;
	const struct lw_tree_node *n;

	assert_int_equal(parse("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u00e4\\u20ac\","
			       "\"\\ud83d\\ude00\","
			       "\"\\ud83d\",\"\\ude00x\",\"\\ud83d\\u0041\",\"a\\u0000b\"]",
				 &t),
		0);
	n = lw_tree_root(t);
	assert_string_equal(lw_tree_text(n, "0"), "\"\\/\b\f\n\r\t");
	assert_string_equal(lw_tree_text(n, "1"), "Aä€");
	assert_string_equal(lw_tree_text(n, "2"), "😀");
	assert_string_equal(lw_tree_text(n, "3"), "\xef\xbf\xbd");
	assert_string_equal(lw_tree_text(n, "4"), "\xef\xbf\xbdx");
	assert_string_equal(lw_tree_text(n, "5"), "\xef\xbf\xbd"
						  "A");
	assert_int_equal(lw_tree_at(n, "6")->length, 3);
}

static void
what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{", "[", "}", "{\"a\"}", "{\"a\":}", "{a:1}",
		"[1,]", "[,1]", "{\"a\":1,}", "[1 2]", "01", "1.", "+1", ".5", "1e", "-", "tru",
		"nul", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"\\u123", "\"\n\"", "[1]x", "[1]]", "'a'",
		"{\"a\":1 \"b\":2}", "{\"a\\u0000\":1}", "\"\\", "[\"a\":1]"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		_cleanup_tree_ struct lw_tree *t = NULL;

		assert_int_equal(parse(bad[i], &t), -EBADMSG);
		assert_null(t);
	}
}

static void
a_nul_within_is_refused(void **state)
{
	_cleanup_tree_ struct lw_tree *t = NULL;

	assert_int_equal(lw_tree_parse("[1]\0", 4, &t), -EBADMSG);
	assert_int_equal(lw_tree_parse("\"a\0b\"", 5, &t), -EBADMSG);
}

static void
depth_is_bounded(void **state)
{
	char json[2 * LW_TREE_DEPTH_MAX + 3];

	for (int depth = LW_TREE_DEPTH_MAX; depth <= LW_TREE_DEPTH_MAX + 1; depth++) {
		_cleanup_tree_ struct lw_tree *t = NULL;

		memset(json, '[', depth);
		memset(json + depth, ']', depth);
		assert_int_equal(lw_tree_parse(json, 2 * depth, &t),
			depth <= LW_TREE_DEPTH_MAX ? 0 : -E2BIG);
	}
}

static void
the_number_of_nodes_is_bounded(void **state)
{
	size_t length = 2 * (size_t)LW_TREE_NODES_MAX + 1;
	_cleanup_free_ char *json = malloc(length);
	_cleanup_tree_ struct lw_tree *t = NULL;

	assert_non_null(json);
	for (size_t i = 0; i < length; i++)
		json[i] = i == 0 ? '[' : i == length - 1 ? ']' : i % 2 ? '1' : ',';
	assert_int_equal(lw_tree_parse(json, length, &t), -E2BIG);
	assert_int_equal(lw_tree_parse(json, LW_TREE_BYTES_MAX + 1ul, &t), -E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_path),
		cmocka_unit_test(bare_values_stand_alone),
		cmocka_unit_test(escapes_become_bytes),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(a_nul_within_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(the_number_of_nodes_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
