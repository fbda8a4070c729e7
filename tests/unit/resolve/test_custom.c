#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resolve/argv.h"
#include "policy/custom.h"

static char acme[] = "acme*", vendor[] = "vendor-lang", letter_x[] = "-x", long_run[] = "--run";
static char letter_o[] = "-o", word_option[] = "-option", perl[] = "perl";
static char *names[] = {acme, vendor};
static char *code[] = {letter_x, long_run};
static char *argument[] = {letter_o, word_option};

static void
scan(const struct lw_custom *c, const char *const *argv, struct lw_argument items[8],
	struct lw_argv_plan *plan)
{
	const struct lw_interpreters more = lw_custom_rows(c);
	const struct lw_argv_program program = {.name = argv[0], .more = &more};
	struct lw_argv list = {items, 0};

	for (; argv[list.count]; list.count++)
		items[list.count] = (struct lw_argument){
			argv[list.count], (uint32_t)strlen(argv[list.count]), false};
	lw_argv_scan(&list, &program, plan);
}

static void
options_are_those_that_are_given(void **state)
{
	const struct lw_interpreter_settings settings = {
		.names = {names, 2},
		.language = LW_LANGUAGE_OTHER,
		.code = {code, 2},
		.argument = {argument, 2},
	};
	const char *const letter[] = {"acme-5", "-o", "a", "-x", "CODE", NULL};
	const char *const word[] = {"vendor-lang", "-option", "a", "--run=CODE", NULL};
	const char *const file[] = {"acme", "-option", "a", "file.x", NULL};
	struct lw_argument items[8];
	struct lw_argv_plan plan;
	struct lw_custom *c;

	assert_int_equal(lw_custom_new(&c, &settings, 1), 0);
	scan(c, letter, items, &plan);
	assert_int_equal(plan.kind, LW_PLAN_INLINE);
	assert_int_equal(plan.language, LW_LANGUAGE_OTHER);
	assert_string_equal(items[plan.parts[0].argument].text, "CODE");
	scan(c, word, items, &plan);
	assert_int_equal(plan.kind, LW_PLAN_INLINE);
	assert_string_equal(&items[plan.parts[0].argument].text[plan.parts[0].offset], "CODE");
	scan(c, file, items, &plan);
	assert_int_equal(plan.kind, LW_PLAN_FILE);
	assert_string_equal(items[plan.parts[0].argument].text, "file.x");
	lw_custom_free(c);
}

static void
without_options_those_of_the_language_hold(void **state)
{
	const struct lw_interpreter_settings settings = {
		.names = {names, 2}, .language = LW_LANGUAGE_PYTHON};
	const char *const module[] = {"acmepy", "-Bm", "mod", NULL};
	struct lw_argument items[8];
	struct lw_argv_plan plan;
	struct lw_custom *c;

	assert_int_equal(lw_custom_new(&c, &settings, 1), 0);
	scan(c, module, items, &plan);
	assert_int_equal(plan.kind, LW_PLAN_MODULE);
	assert_int_equal(plan.language, LW_LANGUAGE_PYTHON);
	lw_custom_free(c);
}

static void
what_is_known_can_be_corrected(void **state)
{
	static char *known[] = {perl};
	const struct lw_interpreter_settings settings = {
		.names = {known, 1}, .language = LW_LANGUAGE_OTHER, .code = {code, 1}};
	const char *const argv[] = {"perl", "-x", "CODE", NULL};
	struct lw_argument items[8];
	struct lw_argv_plan plan;
	struct lw_custom *c;

	assert_int_equal(lw_custom_new(&c, &settings, 1), 0);
	scan(c, argv, items, &plan);
	assert_int_equal(plan.language, LW_LANGUAGE_OTHER);
	assert_int_equal(plan.kind, LW_PLAN_INLINE);
	lw_custom_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_those_that_are_given),
		cmocka_unit_test(without_options_those_of_the_language_hold),
		cmocka_unit_test(what_is_known_can_be_corrected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
