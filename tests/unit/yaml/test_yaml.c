#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "base/text.h"
#include "yaml/yaml.h"

static struct lw_yaml *
parsed(const char *text)
{
	struct lw_yaml_error error = {0};
	struct lw_yaml *y = NULL;

	if (lw_yaml_parse(text, strlen(text), &y, &error) != 0)
		fail_msg("%u:%u: %s", error.line, error.column, error.reason);
	return y;
}

static void
refused(const char *text, size_t length, unsigned line, unsigned column, const char *reason)
{
	struct lw_yaml_error error = {0};
	struct lw_yaml *y = NULL;

	assert_int_equal(lw_yaml_parse(text, length, &y, &error), -EINVAL);
	assert_null(y);
	if (!strstr(error.reason, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, error.reason);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
}

static void
maps_and_lists_become_nodes_with_their_places(void **state)
{
	struct lw_yaml *y = parsed("a: 1\nb:\n  - x\n  - \"y\"\nc: {d: e}\n");
	const struct lw_yaml_node *root = lw_yaml_root(y);
	const struct lw_yaml_node *b = lw_yaml_child(root, "b");

	assert_int_equal(root->type, LW_YAML_MAP);
	assert_int_equal(root->count, 3);
	assert_string_equal(lw_yaml_child(root, "a")->text, "1");
	assert_int_equal(b->type, LW_YAML_LIST);
	assert_int_equal(b->key_line, 2);
	assert_int_equal(b->key_column, 1);
	assert_int_equal(b->first->line, 3);
	assert_int_equal(b->first->column, 5);
	assert_true(b->first->plain);
	assert_false(b->last->plain);
	assert_string_equal(b->last->text, "y");
	assert_string_equal(lw_yaml_child(lw_yaml_child(root, "c"), "d")->text, "e");
	assert_null(lw_yaml_child(root, "d"));
	assert_int_equal(lw_yaml_nodes(y), 7);
	lw_yaml_free(y);
}

static void
an_empty_document_has_no_root(void **state)
{
	static const char *const empty[] = {"", "# only a comment\n", "\n\n"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(empty); i++) {
		struct lw_yaml *y = parsed(empty[i]);

		assert_null(lw_yaml_root(y));
		lw_yaml_free(y);
	}
}

static void
null_is_told_from_text(void **state)
{
	struct lw_yaml *y = parsed("a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\nf: []\n");
	const struct lw_yaml_node *root = lw_yaml_root(y);

	assert_true(lw_yaml_is_null(lw_yaml_child(root, "a")));
	assert_true(lw_yaml_is_null(lw_yaml_child(root, "b")));
	assert_true(lw_yaml_is_null(lw_yaml_child(root, "c")));
	assert_false(lw_yaml_is_null(lw_yaml_child(root, "d")));
	assert_false(lw_yaml_is_null(lw_yaml_child(root, "e")));
	assert_false(lw_yaml_is_null(lw_yaml_child(root, "f")));
	lw_yaml_free(y);
}

static void
what_makes_trees_hard_to_read_is_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *reason;
	} cases[] = {
		{"a: &x 1\n", 1, 4, "anchors"},
		{"a: &x [1]\n", 1, 4, "anchors"},
		{"a: !!str 1\n", 1, 4, "tags"},
		{"a: !!map {}\n", 1, 4, "tags"},
		{"a: *x\n", 1, 4, "aliases"},
		{"a: 1\nb: 2\na: 3\n", 3, 1, "same key twice"},
		{"--- {a: 1}\n--- {a: 2}\n", 2, 1, "more than one document"},
		{"? [a]\n: b\n", 1, 3, "key must be plain"},
		{"a: \"\\0\"\n", 1, 4, "NUL"},
		{"a: [1\n", 2, 1, "did not find expected"},
		{"a: b: c\n", 1, 5, "not allowed"},
		{"a:\n\tb: c\n", 2, 1, "cannot start any token"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		refused(cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column,
			cases[i].reason);
}

static void
bytes_that_are_not_text_are_refused_where_they_stand(void **state)
{
	refused("a: 1\nb: \xff\n", 10, 2, 4, "UTF-8");
	refused("a: \x01\n", 5, 1, 4, "control");
	refused("a: 1\0b: 2\n", 10, 1, 5, "control");
}

static void
depth_is_bounded(void **state)
{
	char text[2 * LW_YAML_DEPTH_MAX + 3] = {0};
	struct lw_yaml *y;

	memset(text, '[', LW_YAML_DEPTH_MAX);
	memset(text + LW_YAML_DEPTH_MAX, ']', LW_YAML_DEPTH_MAX);
	y = parsed(text);
	assert_int_equal(lw_yaml_nodes(y), LW_YAML_DEPTH_MAX);
	lw_yaml_free(y);
	memset(text, '[', LW_YAML_DEPTH_MAX + 1);
	memset(text + LW_YAML_DEPTH_MAX + 1, ']', LW_YAML_DEPTH_MAX + 1);
	refused(text, sizeof(text) - 1, 1, LW_YAML_DEPTH_MAX + 1, "nested more than");
}

static void
repeat(struct lw_text *t, const char *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lw_text_adds(t, s);
}

static void
nodes_are_bounded(void **state)
{
	struct lw_yaml_error error;
	struct lw_yaml *y = NULL;
	struct lw_text t;

	lw_text_init(&t, 1024 * 1024);
	repeat(&t, "- a\n", LW_YAML_NODES_MAX - 1);
	assert_int_equal(lw_yaml_parse(t.data, t.length, &y, &error), 0);
	y = lw_yaml_free(y);
	repeat(&t, "- a\n", 1);
	refused(t.data, t.length, LW_YAML_NODES_MAX, 3, "more than 65536 values");
	lw_text_done(&t);
}

static void
keys_of_one_map_are_bounded(void **state)
{
	struct lw_text t;

	lw_text_init(&t, 1024 * 1024);
	for (int i = 0; i <= LW_YAML_KEYS_MAX; i++)
		lw_text_addf(&t, "k%d: 1\n", i);
	refused(t.data, t.length, LW_YAML_KEYS_MAX + 1, 1, "more than 256 keys");
	lw_text_reset(&t);
	repeat(&t, "k", LW_YAML_KEY_SIZE);
	lw_text_adds(&t, ": 1\n");
	refused(t.data, t.length, 1, 1, "key of more than");
	lw_text_done(&t);
}

static void
scalars_are_bounded(void **state)
{
	struct lw_text t;

	lw_text_init(&t, 1024 * 1024);
	lw_text_adds(&t, "a: ");
	repeat(&t, "x", LW_YAML_SCALAR_MAX + 1);
	refused(t.data, t.length, 1, 4, "text of more than");
	lw_text_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_and_lists_become_nodes_with_their_places),
		cmocka_unit_test(an_empty_document_has_no_root),
		cmocka_unit_test(null_is_told_from_text),
		cmocka_unit_test(what_makes_trees_hard_to_read_is_refused),
		cmocka_unit_test(bytes_that_are_not_text_are_refused_where_they_stand),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(nodes_are_bounded),
		cmocka_unit_test(keys_of_one_map_are_bounded),
		cmocka_unit_test(scalars_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
