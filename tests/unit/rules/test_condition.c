#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/condition.h"

static const char *const names[] = {"a", "b", "c"};

/* What the condition says when the selections are as the bits of truth: a, b, c from the lowest. */
static bool
says(const char *text, unsigned truth)
{
	_cleanup_(lw_exprs_done) struct lw_exprs e = {0};
	struct lw_selection_name selections[LW_ARRAY_SIZE(names)];
	char reason[LW_RULE_REASON_SIZE] = "";
	struct lw_steps steps = {0};
	uint32_t root, at;

	for (uint32_t i = 0; i < LW_ARRAY_SIZE(names); i++) {
		selections[i].name = names[i];
		assert_int_equal(lw_expr_add(&e, LW_EXPR_ATOM, i, &selections[i].node), 0);
	}
	if (lw_condition_parse(text, selections, LW_ARRAY_SIZE(names), &e, &root, reason) != 0)
		fail_msg("%s: %s", text, reason);
	assert_int_equal(lw_expr_emit(&e, root, &steps, &at), 0);
	while (at < LW_STEP_FALSE) {
		const struct lw_step *s = &steps.rows[at];

		at = truth >> s->atom & 1 ? s->yes : s->no;
	}
	free(steps.rows);
	return at == LW_STEP_TRUE;
}

/* The truth table as eight digits, from "none holds" to "all hold". */
static void
table_is(const char *text, const char *expected)
{
	for (unsigned truth = 0; truth < 8; truth++)
		if (says(text, truth) != (expected[truth] == '1'))
			fail_msg("%s: selections %u%u%u", text, truth & 1, truth >> 1 & 1,
				truth >> 2 & 1);
}

static void
operators_bind_as_the_specification_says(void **state)
{
	table_is("a", "01010101");
	table_is("not a", "10101010");
	table_is("a and b", "00010001");
	table_is("a or b and c", "01010111");
	table_is("(a or b) and c", "00000111");
	table_is("not a and b", "00100010");
	table_is("not (a and b)", "11101110");
	table_is("a or not b and c", "01011101");
}

static void
quantifiers_are_and_and_or(void **state)
{
	table_is("all of them", "00000001");
	table_is("1 of them", "01111111");
	table_is("any of them", "01111111");
	table_is("not 1 of them", "10000000");
	table_is("1 of a* or all of b*", "01110111");
}

static int
parsed(const char *text, char reason[LW_RULE_REASON_SIZE])
{
	_cleanup_(lw_exprs_done) struct lw_exprs e = {0};
	struct lw_selection_name selection = {.name = "a"};
	uint32_t root;

	assert_int_equal(lw_expr_add(&e, LW_EXPR_ATOM, 0, &selection.node), 0);
	return lw_condition_parse(text, &selection, 1, &e, &root, reason);
}

static void
depth_and_length_are_bounded(void **state)
{
	char reason[LW_RULE_REASON_SIZE], text[LW_RULE_CONDITION_MAX + 2];

	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parsed(text, reason), 1);
	assert_non_null(strstr(reason, "bytes"));
	text[LW_RULE_DEPTH_MAX + 1] = '\0';
	assert_int_equal(parsed(text, reason), 1);
	assert_non_null(strstr(reason, "deep"));
	text[LW_RULE_DEPTH_MAX - 1] = '\0';
	assert_int_equal(parsed(text, reason), 1);
	assert_non_null(strstr(reason, "missing at the end"));
}

/* Each "1 of *" means a node for every selection. */
static void
nodes_are_bounded(void **state)
{
	_cleanup_(lw_exprs_done) struct lw_exprs e = {0};
	struct lw_selection_name selections[LW_RULE_SELECTIONS_MAX];
	char reason[LW_RULE_REASON_SIZE], text[LW_RULE_CONDITION_MAX + 1] = "1 of *";
	uint32_t root;

	for (size_t i = 0; i < LW_ARRAY_SIZE(selections); i++) {
		selections[i].name = "a";
		assert_int_equal(lw_expr_add(&e, LW_EXPR_ATOM, 0, &selections[i].node), 0);
	}
	for (size_t n = strlen(text); n + 10 < sizeof(text); n += 10)
		strcpy(&text[n], " or 1 of *");
	assert_int_equal(
		lw_condition_parse(text, selections, LW_ARRAY_SIZE(selections), &e, &root, reason),
		0);
	assert_true(e.count < LW_RULE_NODES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_the_specification_says),
		cmocka_unit_test(quantifiers_are_and_and_or),
		cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(nodes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
