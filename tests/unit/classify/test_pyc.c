#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/pyc.h"

#define HEADER_311                                                                                 \
	"\247\15\r\n"                                                                              \
	"\0\0\0\0"                                                                                 \
	"\0\0\0\0"                                                                                 \
	"\0\0\0\0"
#define INT "\0\0\0\0"
#define EMPTY ")\0"
/* 3.11: five numbers, bytecode, constants, names, five more objects, a number, two tables. */
#define CODE(constants, names)                                                                     \
	"\343" INT INT INT INT INT "s\2\0\0\0hi" constants names EMPTY EMPTY EMPTY "z\1f"          \
	"z\1n" INT "s\1\0\0\0t"                                                                    \
	"s\1\0\0\0u"

static void
expect(const void *bytes, size_t size, const char *text)
{
	uint8_t out[128];
	size_t length = 0;
	int r = lw_pyc_read(bytes, size, out, sizeof(out), &length);

	assert_int_equal(r, text ? 0 : LW_PYC_NOT);
	assert_int_equal(length, text ? strlen(text) : 0);
	if (text)
		assert_memory_equal(out, text, length);
}

static void
constants_and_names_are_shown(void **state)
{
	static const char bytes[] = HEADER_311 CODE(")\3"
						    "z\2id"
						    "N"
						    "g\0\0\0\0\0\0\0\0",
		")\1"
		"\332\6system");

	expect(bytes, sizeof(bytes) - 1, "id\nsystem\n");
}

static void
code_within_code_is_followed(void **state)
{
	static const char bytes[] = HEADER_311 CODE(")\1" CODE(")\1"
							       "z\5inner",
							    EMPTY),
		")\1"
		"z\5outer");

	expect(bytes, sizeof(bytes) - 1, "inner\nouter\n");
}

static void
what_is_no_code_is_refused(void **state)
{
	expect("", 0, NULL);
	expect("print(1)\n", 9, NULL);
	expect(HEADER_311 "N", 17, NULL);
	expect("\1\0\r\n\0\0\0\0\343\0\0\0\0\0\0\0\0", 17, NULL);
}

static void
damage_ends_it(void **state)
{
	static const char bytes[] = HEADER_311 CODE(")\2"
						    "z\2id"
						    "?",
		EMPTY);
	static char deep[4096] = HEADER_311;
	uint8_t out[4];
	size_t length;

	expect(bytes, sizeof(bytes) - 1, "id\n");
	memset(&deep[16], 'c', 1);
	for (size_t i = 37; i + 1 < sizeof(deep); i += 2)
		memcpy(&deep[i], ")\1", 2);
	expect(deep, sizeof(deep), "");
	/* No more than there is room for. */
	assert_int_equal(lw_pyc_read(bytes, sizeof(bytes) - 1, out, 2, &length), 0);
	assert_int_equal(length, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_and_names_are_shown),
		cmocka_unit_test(code_within_code_is_followed),
		cmocka_unit_test(what_is_no_code_is_refused),
		cmocka_unit_test(damage_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
