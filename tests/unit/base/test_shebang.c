#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/shebang.h"

static void
lines_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *interpreter, *argument;
	} rows[] = {
		{"#!/bin/sh\n", "/bin/sh", ""},
		{"#!/bin/sh", "/bin/sh", ""},
		{"#! \t/bin/awk -f  -- \t\nBEGIN", "/bin/awk", "-f  --"},
		{"#!/bin/sh -e\r\n", "/bin/sh", "-e\r"},
		{"#!\n/bin/sh\n", NULL, NULL},
		{"#!  \t", NULL, NULL},
		{"#!", NULL, NULL},
		{"#", NULL, NULL},
		{"", NULL, NULL},
		{" #!/bin/sh\n", NULL, NULL},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct lw_shebang line;
		bool there =
			lw_shebang_read((const uint8_t *)rows[i].text, strlen(rows[i].text), &line);

		assert_int_equal(there, rows[i].interpreter != NULL);
		if (!there)
			continue;
		assert_string_equal(line.interpreter, rows[i].interpreter);
		assert_string_equal(line.argument, rows[i].argument);
	}
}

/* n bytes of name, then `end`. */
static bool
read_long(size_t n, const char *end, struct lw_shebang *line)
{
	char text[2 * LW_SHEBANG_LINE] = "#!";

	memset(&text[2], 'a', n);
	memcpy(&text[2 + n], end, strlen(end));
	return lw_shebang_read((const uint8_t *)text, 2 + n + strlen(end), line);
}

static void
the_kernel_looks_at_so_many_bytes(void **state)
{
	struct lw_shebang line;

	assert_true(read_long(LW_SHEBANG_LINE - 3, "\n", &line));
	assert_int_equal(strlen(line.interpreter), LW_SHEBANG_LINE - 3);
	assert_false(read_long(LW_SHEBANG_LINE - 2, "\n", &line)); /* the name may go on */
	assert_true(read_long(LW_SHEBANG_LINE - 10, " argument", &line));
	assert_string_equal(line.argument, "argume"); /* what is left of it but the last byte */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_taken_apart),
		cmocka_unit_test(the_kernel_looks_at_so_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
