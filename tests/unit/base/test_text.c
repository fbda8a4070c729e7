#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
assert_text(const struct lw_text *t, const char *expected)
{
	assert_false(t->failed);
	assert_int_equal(t->length, strlen(expected));
	assert_string_equal(t->data ? t->data : "", expected);
}

static void
text_grows_to_its_bound_and_no_further(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 1000);
	for (int i = 0; i < 1000; i++)
		lw_text_add(&t, "x", 1);
	assert_false(t.failed);
	assert_int_equal(t.length, 1000);
	assert_true(t.capacity <= 1001);
	assert_int_equal(t.data[1000], '\0');
	lw_text_add(&t, "y", 1);
	assert_true(t.failed);
	assert_int_equal(t.length, 1000);
	assert_null(strchr(t.data, 'y'));
}

static void
failed_text_stays_as_it_was(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 5);
	lw_text_adds(&t, "abc");
	lw_text_adds(&t, "defg");
	assert_true(t.failed);
	lw_text_adds(&t, "d");
	lw_text_addf(&t, "%d", 1);
	lw_text_add_visible(&t, "d", 1);
	lw_text_add_base64(&t, "", 0);
	assert_int_equal(t.length, 3);
	assert_string_equal(t.data, "abc");
	lw_text_reset(&t);
	lw_text_addf(&t, "%s", "12345");
	assert_text(&t, "12345");
}

static void
formatted_text_that_does_not_fit_is_left_out_whole(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 4);
	lw_text_addf(&t, "%d", 12);
	lw_text_addf(&t, "%d", 345);
	assert_true(t.failed);
	assert_string_equal(t.data, "12");
}

static void
huge_lengths_do_not_wrap(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, SIZE_MAX);
	lw_text_adds(&t, "a");
	lw_text_add(&t, "b", SIZE_MAX);
	assert_true(t.failed);
	lw_text_reset(&t);
	lw_text_add_base64(&t, "b", SIZE_MAX - 1);
	assert_true(t.failed);
	assert_int_equal(t.length, 0);
}

static void
cut_only_shortens(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 10);
	lw_text_cut(&t, 0);
	lw_text_adds(&t, "abcd");
	lw_text_cut(&t, 9);
	assert_text(&t, "abcd");
	lw_text_cut(&t, 2);
	assert_text(&t, "ab");
}

static size_t
sequence(const char *s)
{
	return lw_utf8_sequence((const unsigned char *)s, strlen(s));
}

static void
utf8_valid_sequences_have_their_length(void **state)
{
	assert_int_equal(sequence("a"), 1);
	assert_int_equal(sequence("\xc3\xa9"), 2);
	assert_int_equal(sequence("\xe2\x82\xac"), 3);
	assert_int_equal(sequence("\xed\x9f\xbf"), 3);
	assert_int_equal(sequence("\xee\x80\x80"), 3);
	assert_int_equal(sequence("\xf0\x9f\x98\x80"), 4);
	assert_int_equal(sequence("\xf4\x8f\xbf\xbf"), 4);
	assert_int_equal(lw_utf8_sequence((const unsigned char *)"", 1), 1);
}

static void
utf8_invalid_sequences_are_none(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"\xc3(",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xe2(\xac",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xfe",
		"\xff",
	};

	assert_int_equal(sequence(""), 0);
	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		assert_int_equal(sequence(bad[i]), 0);
		assert_false(lw_utf8_valid(bad[i], strlen(bad[i])));
	}
	assert_true(lw_utf8_valid("", 0));
	assert_true(lw_utf8_valid("a\0\xc3\xa9", 4));
	assert_false(lw_utf8_valid("\xc3\xa9", 1));
}

/* Every code point of the basic plane's first quarter, a sample of the others. */
static void
utf8_decode_agrees_with_encode(void **state)
{
	for (uint32_t code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 97) {
		unsigned char p[4] = {0};
		uint32_t back = 0;
		size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
		bool surrogate = code >= 0xd800 && code <= 0xdfff;

		for (size_t i = n; i-- > 1;)
			p[i] = 0x80 | (code >> (6 * (n - 1 - i)) & 0x3f);
		p[0] = leads[n] | code >> (6 * (n - 1));
		assert_int_equal(lw_utf8_decode(p, n, &back), surrogate ? 0 : n);
		assert_int_equal(back, surrogate ? 0 : code);
		assert_int_equal(lw_utf8_decode(p, n - 1, &back), 0);
	}
}

static void
visible_text_hides_no_control(void **state)
{
	_cleanup_text_ struct lw_text t;
	static const char hostile[] = "a\n\x1b[2J\x7f\xff \xc3\xa9\xc2\x9b\xe2\x80\xae.\xc3";

	lw_text_init(&t, 1000);
	lw_text_add_visible(&t, hostile, sizeof(hostile) - 1);
	assert_text(&t, "a\\x0a\\x1b[2J\\x7f\\xff \xc3\xa9\\xc2\\x9b\\xe2\\x80\\xae.\\xc3");
	lw_text_reset(&t);
	lw_text_add_visible(&t, "\0", 1);
	assert_text(&t, "\\x00");
}

static void
visible_text_is_all_or_nothing(void **state)
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 6);
	lw_text_adds(&t, "abc");
	lw_text_add_visible(&t, "d\n", 2);
	assert_true(t.failed);
	assert_string_equal(t.data, "abc");
}

static void
hex_goes_there_and_back(void **state)
{
	static const unsigned char bytes[] = {0x00, 0x7f, 0xab, 0xff};
	unsigned char back[4] = {1, 2, 3, 4};
	char hex[9];

	lw_hex(hex, bytes, sizeof(bytes));
	assert_string_equal(hex, "007fabff");
	assert_int_equal(lw_unhex(back, 4, "007FaBff"), 0);
	assert_memory_equal(back, bytes, 4);
}

static void
unhex_takes_only_exactly_its_digits(void **state)
{
	static const char *const bad[] = {
		"", "00", "0011223", "001122334", "0011223g", " 0112233", "0x112233"};
	unsigned char out[4] = {9, 9, 9, 9};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_true(lw_unhex(out, 4, bad[i]) < 0);
	assert_memory_equal(out, "\x09\x09\x09\x09", 4);
}

static void
base64_pads_as_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *encoded;
	} cases[] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xff\xff\xfe", "///+"},
	};
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 100);
	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++) {
		lw_text_reset(&t);
		lw_text_add_base64(&t, cases[i].plain, strlen(cases[i].plain));
		assert_text(&t, cases[i].encoded);
	}
}

static bool
glob(const char *pattern, const char *text)
{
	return lw_glob_match(pattern, text, strlen(text));
}

static void
glob_matches(void **state)
{
	static const struct {
		const char *pattern, *text;
	} cases[] = {
		{"", ""},
		{"*", ""},
		{"*", "/a/b"},
		{"**", "x"},
		{"a*", "a"},
		{"*a", "bca"},
		{"a*c", "abcbc"},
		{"/usr/bin/pip*", "/usr/bin/pip3"},
		{"*.example/*", "registry.example/a/b"},
		{"?", "x"},
		{"a?c", "abc"},
		{"*?", "ab"},
		{"a\\*b", "a*b"},
		{"a\\?", "a?"},
		{"a\\\\", "a\\"},
		{"a\\", "a\\"},
		{"\\a", "a"},
		{"*ab*ab", "abxabyab"},
		{"[a]", "[a]"},
		{"*\\**", "x*y"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		if (!glob(cases[i].pattern, cases[i].text))
			fail_msg("%s should match %s", cases[i].pattern, cases[i].text);
}

static void
glob_does_not_match(void **state)
{
	static const struct {
		const char *pattern, *text;
	} cases[] = {
		{"", "a"},
		{"a", ""},
		{"a", "ab"},
		{"b", "ab"},
		{"?", ""},
		{"?", "ab"},
		{"a*b", "abc"},
		{"*?", ""},
		{"a\\*b", "axb"},
		{"a\\?", "ax"},
		{"[a]", "a"},
		{"A", "a"},
		{"*ab*ab", "ab"},
		{"a*b*c", "acb"},
		{"\\", ""},
		{"a\\", "a"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(cases); i++)
		if (glob(cases[i].pattern, cases[i].text))
			fail_msg("%s should not match %s", cases[i].pattern, cases[i].text);
}

static void
glob_sees_nul_as_a_byte_like_others(void **state)
{
	assert_true(lw_glob_match("a?b", "a\0b", 3));
	assert_true(lw_glob_match("*b", "a\0b", 3));
	assert_false(lw_glob_match("a", "a\0", 2));
	assert_false(lw_glob_match("a\\", "a\0", 2));
}

/* With backtracking into every star this would take longer than the universe has. */
static void
glob_time_is_bounded_by_pattern_times_text(void **state)
{
	static char pattern[4001], text[64000];
	uint64_t start = lw_now_us();

	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = i % 2 ? '*' : 'a';
	pattern[sizeof(pattern) - 2] = 'b';
	memset(text, 'a', sizeof(text));
	assert_false(lw_glob_match(pattern, text, sizeof(text)));
	assert_true(lw_now_us() - start < 5000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows_to_its_bound_and_no_further),
		cmocka_unit_test(failed_text_stays_as_it_was),
		cmocka_unit_test(formatted_text_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test(huge_lengths_do_not_wrap),
		cmocka_unit_test(cut_only_shortens),
		cmocka_unit_test(utf8_valid_sequences_have_their_length),
		cmocka_unit_test(utf8_invalid_sequences_are_none),
		cmocka_unit_test(utf8_decode_agrees_with_encode),
		cmocka_unit_test(visible_text_hides_no_control),
		cmocka_unit_test(visible_text_is_all_or_nothing),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(unhex_takes_only_exactly_its_digits),
		cmocka_unit_test(base64_pads_as_rfc_4648),
		cmocka_unit_test(glob_matches),
		cmocka_unit_test(glob_does_not_match),
		cmocka_unit_test(glob_sees_nul_as_a_byte_like_others),
		cmocka_unit_test(glob_time_is_bounded_by_pattern_times_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
