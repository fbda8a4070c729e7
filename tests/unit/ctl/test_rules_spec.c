#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/execution_json.h"
#include "ctl/rules.h"

#define FOLDER "tests/rules-spec/"

static char *
path_of(const char *name)
{
	const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
	char *path = NULL;

	assert_true(asprintf(&path, "%s/" FOLDER "%s", srcdir, name) > 0);
	return path;
}

/* The rules of a file, and its text. */
static struct lw_rules *
loaded(const char *name, struct lw_text *text)
{
	_cleanup_ctl_rules_ struct lw_ctl_rules files = {0};
	_cleanup_free_ char *path = path_of(name);
	struct lw_ctl ctl = {.out = stdout, .err = stderr};
	struct lw_rules *s = NULL;

	assert_int_equal(lw_ctl_rules_add(&ctl, &files, path), 0);
	assert_int_equal(lw_ctl_rules_load(&ctl, &files, &s), 0);
	assert_int_equal(lw_ctl_read(path, LW_RULES_BYTES_MAX, text), 0);
	return s;
}

static bool
is_listed(const struct lw_rule_matches *m, uint32_t rule)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->rules[i] == rule)
			return true;
	return m->more > 0;
}

/* "+ {...}": the rule matches, alone and among the others of its file. */
static void
check_example(struct lw_rules *s, size_t rule, const char *name, unsigned line, const char *example)
{
	_cleanup_(lw_execution_json_done) struct lw_execution_json execution = {0};
	_cleanup_tree_ struct lw_tree *tree = NULL;
	char reason[LW_EXECUTION_REASON_SIZE] = "";
	struct lw_rule_matches m;
	bool expected = example[0] == '+';

	if (lw_tree_parse(&example[1], strcspn(&example[1], "\n"), &tree) != 0 ||
		lw_execution_json_read(lw_tree_root(tree), &execution, reason) != 0)
		fail_msg("%s:%u: no execution: %s", name, line, reason);
	lw_rules_evaluate(s, &execution.event, &m);
	if (lw_rules_test(s, rule, &execution.event) != expected || is_listed(&m, rule) != expected)
		fail_msg("%s:%u: %s: is not so: %.*s", name, line, lw_rules_info(s, rule)->title,
			(int)strcspn(example, "\n"), example);
}

/* Each line of "#+" or "#-" belongs to the rule above it. */
static void
check_file(const char *name)
{
	_cleanup_text_ struct lw_text text = {0};
	struct lw_rules *s = loaded(name, &text);
	_cleanup_text_ struct lw_text errors = {0};
	size_t rule = 0, examples = 0;
	unsigned line = 1;

	lw_text_init(&errors, 1u << 16);
	lw_rules_add_refusals(s, &errors);
	if (lw_rules_refused(s) > 0)
		fail_msg("%s", errors.data);
	for (const char *at = text.data; at; at = strchr(at, '\n'), line++) {
		at += *at == '\n';
		rule += strncmp(at, "---", 3) == 0;
		if (at[0] != '#' || (at[1] != '+' && at[1] != '-'))
			continue;
		check_example(s, rule, name, line, &at[1]);
		examples++;
	}
	assert_int_equal(rule + 1, lw_rules_count(s));
	assert_true(examples > 2 * rule);
	lw_rules_free(s);
}

static void
values_are_compared_as_the_specification_says(void **state)
{
	check_file("values.yml");
}

static void
wildcards_and_escapes_are_those_of_the_specification(void **state)
{
	check_file("wildcards.yml");
}

static void
modifiers_do_what_the_specification_says(void **state)
{
	check_file("modifiers.yml");
}

static void
conditions_are_read_as_the_specification_says(void **state)
{
	check_file("conditions.yml");
}

static void
keywords_are_sought_in_every_field(void **state)
{
	check_file("keywords.yml");
}

/* "--- # +LINE:COLUMN words": what the document behind it is refused for. */
static void
what_is_not_supported_is_refused_with_its_place(void **state)
{
	_cleanup_text_ struct lw_text text = {0};
	struct lw_rules *s = loaded("refused.yml", &text);
	size_t i = 0;
	unsigned at_line = 1;

	for (const char *at = text.data; at; at = strchr(at, '\n'), at_line++) {
		struct lw_rules_refusal r;
		unsigned line, column;
		int words = 0;

		at += *at == '\n';
		if (sscanf(at, "--- # +%u:%u %n", &line, &column, &words) < 2)
			continue;
		size_t length = strcspn(&at[words], "\n");

		assert_true(i < lw_rules_refused(s));
		lw_rules_refusal(s, i++, &r);
		if (r.line != at_line + line || r.column != column ||
			!memmem(r.reason, strlen(r.reason), &at[words], length))
			fail_msg("line %u: %u:%u: %s; expected +%.*s", at_line, r.line - at_line,
				r.column, r.reason, (int)strcspn(&at[7], "\n"), &at[7]);
	}
	assert_int_equal(i, lw_rules_refused(s));
	assert_int_equal(lw_rules_count(s), 0);
	assert_true(i > 60);
	lw_rules_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_compared_as_the_specification_says),
		cmocka_unit_test(wildcards_and_escapes_are_those_of_the_specification),
		cmocka_unit_test(modifiers_do_what_the_specification_says),
		cmocka_unit_test(conditions_are_read_as_the_specification_says),
		cmocka_unit_test(keywords_are_sought_in_every_field),
		cmocka_unit_test(what_is_not_supported_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
