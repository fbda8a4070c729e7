#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "layerwatch/interpreter.h"

struct row {
	const char *name;
	enum lw_language language;
};

static void
expect_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum lw_language got = lw_interpreter_language(rows[i].name, strlen(rows[i].name));

		if (got != rows[i].language)
			fail_msg("%s: %d, not %d", rows[i].name, got, rows[i].language);
	}
}

static void
names_versions_and_builds_are_known(void **state)
{
	static const struct row rows[] = {
		{"sh", LW_LANGUAGE_SHELL},
		{"bash", LW_LANGUAGE_SHELL},
		{"bash-static", LW_LANGUAGE_SHELL},
		{"zsh-5.9", LW_LANGUAGE_SHELL},
		{"zsh5-static", LW_LANGUAGE_SHELL},
		{"ksh93", LW_LANGUAGE_SHELL},
		{"busybox", LW_LANGUAGE_SHELL},
		{"python", LW_LANGUAGE_PYTHON},
		{"python3", LW_LANGUAGE_PYTHON},
		{"python3.11", LW_LANGUAGE_PYTHON},
		{"python3.7dm", LW_LANGUAGE_PYTHON},
		{"python3.13t", LW_LANGUAGE_PYTHON},
		{"python3-dbg", LW_LANGUAGE_PYTHON},
		{"pypy3.9", LW_LANGUAGE_PYTHON},
		{"perl5.36.0", LW_LANGUAGE_PERL},
		{"ruby3.1", LW_LANGUAGE_RUBY},
		{"node", LW_LANGUAGE_NODE},
		{"nodejs", LW_LANGUAGE_NODE},
		{"node-18", LW_LANGUAGE_NODE},
		{"php8.2", LW_LANGUAGE_PHP},
		{"php8.2-cgi", LW_LANGUAGE_PHP},
		{"php-cgi8.2", LW_LANGUAGE_PHP},
		{"lua5.4", LW_LANGUAGE_LUA},
		{"luajit-2.1.0", LW_LANGUAGE_LUA},
		{"mawk", LW_LANGUAGE_AWK},
		{"original-awk", LW_LANGUAGE_AWK},
	};

	expect_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
names_that_only_begin_alike_are_not(void **state)
{
	static const struct row rows[] = {
		{"", LW_LANGUAGE_NONE},
		{"s", LW_LANGUAGE_NONE},
		{"shutdown", LW_LANGUAGE_NONE},
		{"shm", LW_LANGUAGE_NONE},
		{"bashbug", LW_LANGUAGE_NONE},
		{"python3-config", LW_LANGUAGE_NONE},
		{"pythonw", LW_LANGUAGE_NONE},
		{"perldoc", LW_LANGUAGE_NONE},
		{"node-gyp", LW_LANGUAGE_NONE},
		{"env", LW_LANGUAGE_NONE},
		{"-", LW_LANGUAGE_NONE},
		{"sh-", LW_LANGUAGE_NONE},
		{"sh.", LW_LANGUAGE_NONE},
		{"Python", LW_LANGUAGE_NONE},
	};

	expect_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
length_bounds_the_name(void **state)
{
	static const char embedded[] = {'s', 'h', 0, 'x'};

	assert_int_equal(lw_interpreter_language("python3 -u", 7), LW_LANGUAGE_PYTHON);
	assert_int_equal(lw_interpreter_language("shell", 2), LW_LANGUAGE_SHELL);
	assert_int_equal(lw_interpreter_language(embedded, sizeof(embedded)), LW_LANGUAGE_NONE);
}

static void
base_name_is_what_follows_the_last_slash(void **state)
{
	size_t n;

	assert_int_equal(strcmp(lw_interpreter_base_name("/usr/bin/env", 12, &n), "env"), 0);
	assert_int_equal(n, 3);
	lw_interpreter_base_name("sh", 2, &n);
	assert_int_equal(n, 2);
	lw_interpreter_base_name("dir/", 4, &n);
	assert_int_equal(n, 0);
	lw_interpreter_base_name("", 0, &n);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_versions_and_builds_are_known),
		cmocka_unit_test(names_that_only_begin_alike_are_not),
		cmocka_unit_test(length_bounds_the_name),
		cmocka_unit_test(base_name_is_what_follows_the_last_slash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
