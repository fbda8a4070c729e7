#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/encode.h"

/* A row as text: "*" and "?" for wildcards, dots for bytes that are no print. */
static void
shown(const struct lw_pattern *p, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < p->length && n + 1 < size; i++)
		out[n++] = p->items[i] == LW_PATTERN_ANY   ? '*'
			   : p->items[i] == LW_PATTERN_ONE ? '?'
			   : p->items[i] < ' '		   ? '.'
							   : (char)p->items[i];
	out[n] = '\0';
}

/* Encodes a value; the rows must be these, ended by NULL. */
static void
becomes(const char *value, lw_encoder encoder, const char *const *rows)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	char none[LW_LIST_NAME_SIZE], text[256];
	const char *reason = "";
	size_t i = 0;

	assert_int_equal(lw_patterns_parse(value, strlen(value), NULL, &p, none), 0);
	assert_int_equal(encoder(&p, &reason), 0);
	for (; i < p.count; i++) {
		assert_non_null(rows[i]);
		shown(&p.rows[i], text, sizeof(text));
		assert_string_equal(text, rows[i]);
	}
	assert_null(rows[i]);
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
shapes_are_wildcards(void **state)
{
	becomes("a", lw_encode_contains, ROWS("*a*"));
	becomes("a", lw_encode_startswith, ROWS("a*"));
	becomes("a?", lw_encode_endswith, ROWS("*a?"));
}

static void
base64_is_that_of_rfc_4648(void **state)
{
	becomes("foobar", lw_encode_base64, ROWS("Zm9vYmFy"));
	becomes("fooba", lw_encode_base64, ROWS("Zm9vYmE="));
	becomes("foob", lw_encode_base64, ROWS("Zm9vYg=="));
}

static void
offsets_leave_out_the_digits_that_others_have_a_part_in(void **state)
{
	becomes("foo", lw_encode_base64offset, ROWS("Zm9v", "Zvb", "mb2"));
	becomes("http://", lw_encode_base64offset, ROWS("aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"));
}

static void
wildcards_have_no_base64(void **state)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	char none[LW_LIST_NAME_SIZE];
	const char *reason = "";

	assert_int_equal(lw_patterns_parse("a*", 2, NULL, &p, none), 0);
	assert_int_equal(lw_encode_base64(&p, &reason), 1);
	assert_non_null(strstr(reason, "wildcards"));
	assert_int_equal(lw_encode_base64offset(&p, &reason), 1);
}

static void
utf16_has_two_bytes_a_character_and_wildcards_stay(void **state)
{
	becomes("ab", lw_encode_utf16le, ROWS("a.b."));
	becomes("ab", lw_encode_utf16be, ROWS(".a.b"));
	becomes("a*", lw_encode_utf16le, ROWS("a.*"));
	becomes("ab", lw_encode_utf16,
		ROWS("\xff\xfe"
		     "a.b."));
	/* U+1F600 as two surrogates, d83d de00 */
	becomes("\xf0\x9f\x98\x80", lw_encode_utf16be, ROWS("\xd8=\xde."));
}

static void
dashes_that_begin_an_option_are_five(void **state)
{
	becomes("-a", lw_encode_windash,
		ROWS("-a", "/a",
			"\xe2\x80\x93"
			"a",
			"\xe2\x80\x94"
			"a",
			"\xe2\x80\x95"
			"a"));
	becomes("a-b -", lw_encode_windash, ROWS("a-b -"));
}

static void
variants_are_bounded(void **state)
{
	_cleanup_patterns_ struct lw_patterns p = {0};
	char none[LW_LIST_NAME_SIZE];
	const char *reason = "";
	char longest[LW_RULE_PATTERN_MAX + 1];

	assert_int_equal(lw_patterns_parse("-a -b -c -d -e -f", 17, NULL, &p, none), 0);
	assert_int_equal(lw_encode_windash(&p, &reason), -E2BIG);
	lw_patterns_done(&p);
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(lw_patterns_parse(longest, sizeof(longest), NULL, &p, none), -E2BIG);
	assert_int_equal(lw_patterns_parse(longest, sizeof(longest) - 1, NULL, &p, none), 0);
	assert_int_equal(lw_encode_base64(&p, &reason), -E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_are_wildcards),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(offsets_leave_out_the_digits_that_others_have_a_part_in),
		cmocka_unit_test(wildcards_have_no_base64),
		cmocka_unit_test(utf16_has_two_bytes_a_character_and_wildcards_stay),
		cmocka_unit_test(dashes_that_begin_an_option_are_five),
		cmocka_unit_test(variants_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
