#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/regex.h"
#include "rules/regex_literal.h"

static struct lw_regex *
compiled(const char *text, unsigned flags)
{
	char reason[LW_REGEX_REASON_SIZE] = "";
	struct lw_regex *r = NULL;

	if (lw_regex_new(text, strlen(text), flags, &r, reason) != 0)
		fail_msg("%s: %s", text, reason);
	return r;
}

static int
search(const char *expression, unsigned flags, const char *text)
{
	struct lw_regex *r = compiled(expression, flags);
	int found = lw_regex_search(r, text, strlen(text));

	lw_regex_free(r);
	return found;
}

static void
a_match_is_found_anywhere(void **state)
{
	assert_int_equal(search("b+c", 0, "xx abbc yy"), 1);
	assert_int_equal(search("^b", 0, "ab"), 0);
	assert_int_equal(search("b|c$", 0, "xxc"), 1);
}

static void
flags_are_those_of_perl(void **state)
{
	assert_int_equal(search("ABC", LW_REGEX_CASELESS, "xabcx"), 1);
	assert_int_equal(search("^b$", LW_REGEX_MULTILINE, "a\nb\nc"), 1);
	assert_int_equal(search("^b$", 0, "a\nb\nc"), 0);
	assert_int_equal(search("a.b", LW_REGEX_DOTALL, "a\nb"), 1);
	assert_int_equal(search("a.b", 0, "a\nb"), 0);
}

/* PCRE2 counts its match limit anew at each place where a match may begin. */
static void
the_limit_is_for_the_whole_search(void **state)
{
	static char text[32 * 1024];
	struct lw_regex *r = compiled("a.*b.*c", 0);
	struct lw_regex *bad = compiled("^(a+)+$", 0);

	memset(text, 'a', sizeof(text));
	assert_int_equal(lw_regex_search(r, text, sizeof(text)), -E2BIG);
	text[40] = '!';
	assert_int_equal(lw_regex_search(bad, text, 41), -E2BIG);
	assert_int_equal(lw_regex_search(bad, text, 40), 1);
	lw_regex_free(r);
	lw_regex_free(bad);
}

static void
what_is_wrong_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *reason;
	} bad[] = {
		{"(a", "at character 3"},
		{"a)b", "at character 2"},
		{"[a", "missing terminating ]"},
		{"a**+*", "quantifier"},
		{"(*UTF)a", "UTF"},
		{"(*LIMIT_MATCH=5)a", "verbs"},
		{"a\\C", "\\C"},
	};
	char reason[LW_REGEX_REASON_SIZE], longest[LW_REGEX_BYTES_MAX + 1];
	struct lw_regex *r = NULL;

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		assert_int_equal(lw_regex_new(bad[i].text, strlen(bad[i].text), 0, &r, reason), 1);
		if (!strstr(reason, bad[i].reason))
			fail_msg("%s: %s", bad[i].text, reason);
	}
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(lw_regex_new(longest, sizeof(longest), 0, &r, reason), 1);
	assert_null(r);
}

static void
literal_is(const char *expression, const char *expected)
{
	uint8_t out[LW_REGEX_LITERAL_MAX];
	size_t n = lw_regex_literal_of(expression, strlen(expression), out);

	if (n != strlen(expected) || memcmp(out, expected, n) != 0)
		fail_msg("%s: \"%.*s\"", expression, (int)n, out);
}

static void
a_text_that_each_match_holds_is_known_or_nothing_is(void **state)
{
	literal_is("abc", "abc");
	literal_is("ab\\.c", "ab.c");
	literal_is("a+bcd?e", "bc");
	literal_is("ab*cd{0,3}efg", "efg");
	literal_is("x(abc|def)yz", "yz");
	literal_is("[abcdef]+gh", "gh");
	literal_is("[]a]bc", "bc");
	literal_is("a\\d+bcd", "bcd");
	literal_is("^ab$", "ab");
	literal_is("(?:abc)d", "d");
	literal_is("a(b(c|\\)))de", "de");
	literal_is("abc|def", "");
	literal_is("(?i)abc", "");
	literal_is("(?!abc)d", "");
	literal_is("a(?#()|b", "");
	literal_is("ab{|c", "");
	literal_is("ab{2|c", "");
	literal_is("\\Qa|b\\E", "");
	literal_is("[[:alpha:]]abc", "");
	literal_is("\\x41bc", "");
	literal_is("ab(", "ab");
	literal_is("\xc3\xa4"
		   "bc",
		"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_is_found_anywhere),
		cmocka_unit_test(flags_are_those_of_perl),
		cmocka_unit_test(the_limit_is_for_the_whole_search),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(a_text_that_each_match_holds_is_known_or_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
