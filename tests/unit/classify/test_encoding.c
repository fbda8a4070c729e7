#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/encoding.h"

static void
expect(const char *text, const char *decoded)
{
	const char *encoding = lw_encoding_of((const uint8_t *)text, strlen(text));
	uint8_t out[256];
	size_t n;

	if (!decoded) {
		assert_null(encoding);
		return;
	}
	assert_non_null(encoding);
	n = lw_encoding_decode(encoding, (const uint8_t *)text, strlen(text), out);
	assert_true(n <= strlen(text));
	assert_int_equal(n, strlen(decoded));
	assert_memory_equal(out, decoded, n);
}

static void
ordinary_encodings_hide_nothing(void **state)
{
	expect("# coding: utf-8\n\\x41\n", NULL);
	expect("x = 'coding: utf-7'\n", NULL);
	expect("\n\n# coding: utf-7\n", NULL);
	expect("# coding utf-7\n", NULL);
	expect("# coding: utf-78\n", NULL);
	expect("", NULL);
}

static void
utf_7_is_decoded(void **state)
{
	expect("# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n", "# coding: utf-7\nimport os\n");
	expect("\n# vim: set fileencoding=U7 :\na +- b+AD0",
		"\n# vim: set fileencoding=U7 :\na + b=");
	expect("# coding: UTF_7\n+AOk-+", "# coding: UTF_7\n?");
}

static void
escapes_are_decoded(void **state)
{
	expect("# coding: unicode_escape\n#\\x0aid\\u0028\\51\\n\\",
		"# coding: unicode_escape\n#\nid()\n\\");
	expect("# coding=raw-unicode-escape\n\\U00000041\\u20ac\\q",
		"# coding=raw-unicode-escape\nA?q");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_encodings_hide_nothing),
		cmocka_unit_test(utf_7_is_decoded),
		cmocka_unit_test(escapes_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
