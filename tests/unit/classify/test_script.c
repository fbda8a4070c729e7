#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/script.h"

struct row {
	const char *text;
	const char *interpreter; /* NULL = no "#!" line that the kernel takes */
	const char *argument;
	enum lw_language language;
};

static void
read_text(const char *text, size_t length, struct lw_script *out)
{
	/* On the heap and of the exact size: a byte too far is seen by the sanitizer. */
	uint8_t *copy = malloc(length ? length : 1);

	memcpy(copy, text, length);
	lw_script_read(copy, length, out);
	free(copy);
}

static void
expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct lw_script s;

		read_text(rows[i].text, strlen(rows[i].text), &s);
		if ((s.format == LW_FORMAT_SHEBANG) != !!rows[i].interpreter)
			fail_msg("%s: format %d", rows[i].text, s.format);
		if (strcmp(s.interpreter, rows[i].interpreter ? rows[i].interpreter : "") != 0)
			fail_msg("%s: interpreter '%s'", rows[i].text, s.interpreter);
		if (strcmp(s.argument, rows[i].argument ? rows[i].argument : "") != 0)
			fail_msg("%s: argument '%s'", rows[i].text, s.argument);
		if (s.language != rows[i].language)
			fail_msg("%s: language %d", rows[i].text, s.language);
	}
}

static void
lines_are_split_as_the_kernel_splits_them(void **state)
{
	static const struct row rows[] = {
		{"#!/bin/sh\n", "/bin/sh", "", LW_LANGUAGE_SHELL},
		{"#!/bin/sh", "/bin/sh", "", LW_LANGUAGE_SHELL},
		{"#! \t /bin/bash \t\necho", "/bin/bash", "", LW_LANGUAGE_SHELL},
		{"#!/bin/bash -eu  -o pipefail  \n", "/bin/bash", "-eu  -o pipefail",
			LW_LANGUAGE_SHELL},
		{"#!/usr/bin/python3.11 -I\n", "/usr/bin/python3.11", "-I", LW_LANGUAGE_PYTHON},
		{"#!python\n", "python", "", LW_LANGUAGE_PYTHON},
		{"#!/opt/own\n", "/opt/own", "", LW_LANGUAGE_OTHER},
		{"#!/bin/sh\r\n", "/bin/sh\r", "", LW_LANGUAGE_SHELL},
		{"#!/bin/sh -e\r\n", "/bin/sh", "-e\r", LW_LANGUAGE_SHELL},
		{"#!/bin/busybox awk -f\n", "/bin/busybox", "awk -f", LW_LANGUAGE_AWK},
		{"#!/bin/busybox sh\n", "/bin/busybox", "sh", LW_LANGUAGE_SHELL},
		{"#!/bin/busybox\n", "/bin/busybox", "", LW_LANGUAGE_SHELL},
		{"#!\n/bin/sh\n", NULL, NULL, LW_LANGUAGE_SHELL},
		{"#!   \n", NULL, NULL, LW_LANGUAGE_SHELL},
		{"#!", NULL, NULL, LW_LANGUAGE_SHELL},
		{"# !/bin/sh\n", NULL, NULL, LW_LANGUAGE_SHELL},
		{" #!/bin/sh\n", NULL, NULL, LW_LANGUAGE_SHELL},
		{"#", NULL, NULL, LW_LANGUAGE_SHELL},
	};

	expect_rows(rows, LW_ARRAY_SIZE(rows));
}

static void
env_is_looked_through(void **state)
{
	static const struct row rows[] = {
		{"#!/usr/bin/env python3\n", "/usr/bin/env", "python3", LW_LANGUAGE_PYTHON},
		{"#!/usr/bin/env -S python3 -u\n", "/usr/bin/env", "-S python3 -u",
			LW_LANGUAGE_PYTHON},
		{"#!/usr/bin/env -Snode --harmony\n", "/usr/bin/env", "-Snode --harmony",
			LW_LANGUAGE_NODE},
		{"#!/usr/bin/env -vS perl -w\n", "/usr/bin/env", "-vS perl -w", LW_LANGUAGE_PERL},
		{"#!/usr/bin/env -iSA=1 ruby\n", "/usr/bin/env", "-iSA=1 ruby", LW_LANGUAGE_RUBY},
		{"#!/usr/bin/env --split-string=php -q\n", "/usr/bin/env", "--split-string=php -q",
			LW_LANGUAGE_PHP},
		{"#!/usr/bin/env -S -u HOME -i 'X=a b' /usr/bin/lua5.4 -\n", "/usr/bin/env",
			"-S -u HOME -i 'X=a b' /usr/bin/lua5.4 -", LW_LANGUAGE_LUA},
		{"#!/usr/bin/env -S \"bash\"\\_-e\n", "/usr/bin/env", "-S \"bash\"\\_-e",
			LW_LANGUAGE_SHELL},
		{"#!/usr/bin/env -S env env bash\n", "/usr/bin/env", "-S env env bash",
			LW_LANGUAGE_SHELL},
		{"#!/usr/bin/env\n", "/usr/bin/env", "", LW_LANGUAGE_OTHER},
		{"#!/usr/bin/env -u\n", "/usr/bin/env", "-u", LW_LANGUAGE_OTHER},
		{"#!/usr/bin/env 'unclosed\n", "/usr/bin/env", "'unclosed", LW_LANGUAGE_OTHER},
		{"#!/usr/bin/env own-runtime\n", "/usr/bin/env", "own-runtime", LW_LANGUAGE_OTHER},
	};

	expect_rows(rows, LW_ARRAY_SIZE(rows));
}

/* "#!" + name of n bytes + end */
static void
long_line(size_t n, const char *end, struct lw_script *out)
{
	char text[1024] = "#!/";

	memset(&text[3], 'a', n - 1);
	memcpy(&text[2 + n], end, strlen(end));
	read_text(text, 2 + n + strlen(end), out);
}

static void
a_name_that_may_be_cut_is_refused(void **state)
{
	struct lw_script s;

	long_line(253, "\n", &s); /* the newline is byte 255, the last of the buffer */
	assert_int_equal(s.format, LW_FORMAT_SHEBANG);
	assert_int_equal(strlen(s.interpreter), LW_INTERP_SIZE - 1);
	long_line(253, " -x\n", &s); /* a blank ends the name: its arguments may be cut */
	assert_int_equal(s.format, LW_FORMAT_SHEBANG);
	long_line(254, "\n", &s);
	assert_int_equal(s.format, LW_FORMAT_TEXT);
	long_line(500, "\n", &s);
	assert_int_equal(s.format, LW_FORMAT_TEXT);
	assert_int_equal(s.language, LW_LANGUAGE_SHELL);
}

static void
a_cut_argument_is_what_fits(void **state)
{
	char text[600] = "#!/bin/sh ";
	struct lw_script s;

	memset(&text[10], 'x', sizeof(text) - 10);
	read_text(text, sizeof(text), &s);
	assert_int_equal(s.format, LW_FORMAT_SHEBANG);
	assert_string_equal(s.interpreter, "/bin/sh");
	assert_int_equal(strlen(s.argument), LW_INTERP_SIZE - 1);
	/* The word that counts may stand behind what is kept. */
	memset(text, ' ', sizeof(text));
	memcpy(text, "#!/usr/bin/env -S A=", 20);
	memset(&text[20], 'x', 180);
	memcpy(&text[210], "perl\n", 5);
	read_text(text, sizeof(text), &s);
	assert_int_equal(s.language, LW_LANGUAGE_PERL);
}

static void
a_nul_ends_what_it_stands_in(void **state)
{
	static const char name[] = "#!/bin/sh\0junk -x\n";
	static const char argument[] = "#!/bin/sh -e\0junk\n";
	static const char empty[] = "#!\0/bin/sh\n";
	struct lw_script s;

	read_text(name, sizeof(name) - 1, &s);
	assert_int_equal(s.format, LW_FORMAT_SHEBANG);
	assert_string_equal(s.interpreter, "/bin/sh");
	assert_string_equal(s.argument, "");
	read_text(argument, sizeof(argument) - 1, &s);
	assert_string_equal(s.argument, "-e");
	read_text(empty, sizeof(empty) - 1, &s);
	assert_int_equal(s.format, LW_FORMAT_DATA);
}

static void
text_data_and_nothing_are_told_apart(void **state)
{
	static const char late_nul[] = "echo hello\n\0\0\0";
	static const char early_nul[] = "echo\0hello\n";
	struct lw_script s;

	lw_script_read(NULL, 0, &s);
	assert_int_equal(s.format, LW_FORMAT_EMPTY);
	assert_int_equal(s.language, LW_LANGUAGE_NONE);
	/* bash looks no further than the first line, and runs this. */
	read_text(late_nul, sizeof(late_nul) - 1, &s);
	assert_int_equal(s.format, LW_FORMAT_TEXT);
	assert_int_equal(s.language, LW_LANGUAGE_SHELL);
	read_text(early_nul, sizeof(early_nul) - 1, &s);
	assert_int_equal(s.format, LW_FORMAT_DATA);
	assert_int_equal(s.language, LW_LANGUAGE_NONE);
	read_text("\xff\xfe#\0!\0", 6, &s);
	assert_int_equal(s.format, LW_FORMAT_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_as_the_kernel_splits_them),
		cmocka_unit_test(env_is_looked_through),
		cmocka_unit_test(a_name_that_may_be_cut_is_refused),
		cmocka_unit_test(a_cut_argument_is_what_fits),
		cmocka_unit_test(a_nul_ends_what_it_stands_in),
		cmocka_unit_test(text_data_and_nothing_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
