#include "loaded.h"
#include "policy/custom.h"

static void
interpreters_are_added_and_checked(void **state)
{
	_cleanup_(lw_policy_freep) struct lw_policy *p =
		loaded("capture:\n  interpreters:\n    - {names: [acme*], language: python}\n"
		       "    - {names: [x, y], language: other, code: [-x, --run]}\n");
	const struct lw_interpreter_settings *i = lw_policy_settings(p)->capture.interpreters;

	assert_int_equal(lw_policy_settings(p)->capture.interpreter_count, 2);
	assert_int_equal(i[0].language, LW_LANGUAGE_PYTHON);
	assert_string_equal(i[1].names.items[1], "y");
	assert_string_equal(i[1].code.items[1], "--run");
	refused("capture: {interpreters: [{names: [\"*\"], language: python}]}\n",
		"p.yaml:1:35: capture.interpreters[].names: \"*\" would match every program\n");
	refused("capture: {interpreters: [{names: [x], language: other, code: [x]}]}\n",
		"p.yaml:1:63: capture.interpreters[].code: \"x\" is no option, such as -e or "
		"--eval\n");
	refused("capture: {interpreters: [{names: [x], language: none}]}\n",
		"p.yaml:1:49: capture.interpreters[].language: \"none\" is none of: shell | "
		"python | perl | ruby | node | php | lua | awk | other; did you mean \"node\"?\n");
}

static void
they_become_rows_of_the_table(void **state)
{
	_cleanup_(lw_policy_freep) struct lw_policy *p =
		loaded("capture: {interpreters: [{names: [acme*, bash], language: perl}]}\n");
	const struct lw_settings *s = lw_policy_settings(p);
	_cleanup_(lw_custom_freep) struct lw_custom *c = NULL;
	const struct lw_interpreter *i;

	assert_int_equal(lw_custom_new(&c, s->capture.interpreters, 1), 0);
	const struct lw_interpreters more = lw_custom_rows(c);
	i = lw_interpreter_find(&more, "acme-2", 6);
	assert_non_null(i);
	assert_int_equal(i->language, LW_LANGUAGE_PERL);
	assert_string_equal(i->code, lw_interpreter_of(LW_LANGUAGE_PERL)->code);
	/* They are asked first. */
	assert_int_equal(lw_interpreter_find(&more, "bash", 4)->language, LW_LANGUAGE_PERL);
	assert_int_equal(lw_interpreter_find(NULL, "bash", 4)->language, LW_LANGUAGE_SHELL);
	assert_null(lw_interpreter_find(&more, "", 0));
}

/* The options that are given stand for all of the language's own; what it runs by itself stays. */
static void
options_become_letters_and_words(void **state)
{
	_cleanup_(lw_policy_freep) struct lw_policy *p =
		loaded("capture:\n  interpreters:\n    - {names: [acme], language: python,"
		       " code: [-x, -y, --run], file: [-eval], argument: [-o]}\n");
	const struct lw_interpreter *python = lw_interpreter_of(LW_LANGUAGE_PYTHON);
	_cleanup_(lw_custom_freep) struct lw_custom *c = NULL;

	assert_int_equal(lw_custom_new(&c, lw_policy_settings(p)->capture.interpreters, 1), 0);
	const struct lw_interpreter *i = lw_custom_rows(c).items;
	assert_string_equal(i->code, "xy");
	assert_string_equal(i->file, "");
	assert_string_equal(i->module, "");
	assert_string_equal(i->argument, "o");
	assert_int_equal(i->traits, LW_TRAIT_LONG_ONE_DASH);
	assert_string_equal(i->longs[0].name, "run");
	assert_int_equal(i->longs[0].action, LW_OPTION_CODE);
	assert_string_equal(i->longs[1].name, "eval");
	assert_int_equal(i->longs[1].action, LW_OPTION_FILE);
	assert_null(i->longs[2].name);
	assert_ptr_equal(i->injections, python->injections);
	assert_string_equal(i->index, python->index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interpreters_are_added_and_checked),
		cmocka_unit_test(they_become_rows_of_the_table),
		cmocka_unit_test(options_become_letters_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
