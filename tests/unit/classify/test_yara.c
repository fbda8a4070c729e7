#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "classify/assess.h"

/* Adds a file to a text of rules, as policy/rule_files does. */
static void
add_file(struct lw_text *t, const char *path, const char *text)
{
	lw_text_add(t, path, strlen(path) + 1);
	lw_text_addf(t, "%zu", strlen(text));
	lw_text_add(t, "", 1);
	lw_text_add(t, text, strlen(text) + 1);
}

static int
load(const char *rules, struct lw_yara **out, char detail[LW_YARA_DETAIL])
{
	_cleanup_text_ struct lw_text t;

	lw_text_init(&t, 1 << 20);
	add_file(&t, "/etc/rules/test.yar", rules);
	return lw_yara_load(t.data, t.length, out, detail);
}

static struct lw_yara *
good(const char *rules)
{
	char detail[LW_YARA_DETAIL] = "";
	struct lw_yara *y = NULL;

	if (load(rules, &y, detail) != 0)
		fail_msg("%s", detail);
	return y;
}

static void
scan(struct lw_yara *y, const char *text, struct lw_yara_matches *m)
{
	lw_yara_scan(y, text, strlen(text), 0, m);
	assert_false(m->partial);
}

static void
matches_are_named_and_others_not(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y =
		good("rule One { strings: $a = \"first\" condition: $a }\n"
		     "rule Two { strings: $a = \"second\" condition: $a }\n");
	struct lw_yara_matches m;

	assert_int_equal(lw_yara_count(y), 2);
	scan(y, "the second word", &m);
	assert_int_equal(m.count, 1);
	assert_string_equal(m.names[0], "Two");
	assert_int_equal(m.verdict, LW_VERDICT_MALICIOUS);
	scan(y, "no word", &m);
	assert_int_equal(m.count, 0);
	assert_int_equal(m.verdict, LW_VERDICT_UNKNOWN);
	scan(NULL, "the second word", &m);
	assert_int_equal(m.count, 0);
}

static void
a_rule_says_what_it_means(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y = good(
		"rule Odd { meta: verdict = \"suspicious\" strings: $a = \"odd\" condition: $a }\n"
		"rule Note { meta: verdict = \"none\" strings: $a = \"note\" condition: $a }\n"
		"rule Bad { strings: $a = \"bad\" condition: $a }\n"
		"private rule Helper { strings: $a = \"odd\" condition: $a }\n");
	struct lw_yara_matches m;

	scan(y, "odd", &m);
	assert_int_equal(m.verdict, LW_VERDICT_SUSPICIOUS);
	assert_int_equal(m.count, 1);
	scan(y, "note", &m);
	assert_int_equal(m.verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(m.count, 0);
	scan(y, "note odd bad", &m);
	assert_int_equal(m.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(m.count, 2);
	assert_string_equal(m.names[0], "Bad");
	assert_string_equal(m.names[1], "Odd");
}

static void
of_many_matches_the_strongest_are_named(void **state)
{
	_cleanup_text_ struct lw_text rules;
	struct lw_yara_matches m;

	lw_text_init(&rules, 1 << 20);
	for (int i = 0; i < 9; i++)
		lw_text_addf(&rules,
			"rule R%d { meta: verdict = \"%s\" strings: $a = \"x\" condition: $a }\n",
			i, i == 7 ? "malicious" : "suspicious");

	_cleanup_(lw_yara_freep) struct lw_yara *y = good(rules.data);
	scan(y, "x", &m);
	assert_int_equal(m.count, LW_YARA_MATCHES);
	assert_string_equal(m.names[0], "R7");
	assert_int_equal(m.verdict, LW_VERDICT_MALICIOUS);
}

static void
bad_rules_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *rules, *detail;
	} rows[] = {
		{"rule A {\n condition:\n  nothing\n}\n",
			"/etc/rules/test.yar:3: undefined identifier \"nothing\""},
		{"rule A { condition: true }\nrule A { condition: true }\n",
			"/etc/rules/test.yar:2: duplicated identifier \"A\""},
		{"include \"/etc/passwd\"\n", "/etc/rules/test.yar:1: "},
		{"import \"magic\"\nrule A { condition: magic.type() contains \"x\" }\n",
			"the module magic can't be used here"},
		{"import \"nothing\"\n", "/etc/rules/test.yar:1: "},
		{"rule A { meta: verdict = \"bad\" condition: true }\n",
			"test.yar: rule A: verdict is malicious, suspicious or none"},
	};

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		char detail[LW_YARA_DETAIL] = "";
		struct lw_yara *y = NULL;

		assert_int_equal(load(rows[i].rules, &y, detail), 1);
		assert_null(y);
		if (strncmp(detail, rows[i].detail, strlen(rows[i].detail)) != 0)
			fail_msg("%s", detail);
	}
}

static void
modules_without_files_are_taken(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y = good(
		"import \"elf\"\nimport \"math\"\nimport \"hash\"\n"
		"rule Entropy { condition: math.entropy(0, filesize) < 1.0 and filesize > 3 }\n"
		"rule Digest { condition: hash.md5(0, filesize) == "
		"\"900150983cd24fb0d6963f7d28e17f72\" }\n");
	struct lw_yara_matches m;

	scan(y, "aaaaaaaaaaaa", &m);
	assert_int_equal(m.count, 1);
	scan(y, "abc", &m);
	assert_int_equal(m.count, 1);
	assert_string_equal(m.names[0], "Digest");
}

static void
no_rules_are_no_error(void **state)
{
	char detail[LW_YARA_DETAIL];
	struct lw_yara *y = NULL;

	assert_int_equal(lw_yara_load(NULL, 0, &y, detail), 0);
	assert_null(y);
	assert_int_equal(lw_yara_count(NULL), 0);
}

static void
a_damaged_text_is_refused(void **state)
{
	char detail[LW_YARA_DETAIL];
	struct lw_yara *y = NULL;

	assert_int_equal(lw_yara_load("path\0"
				      "99\0"
				      "text",
				 12, &y, detail),
		1);
	assert_null(y);
}

static void
a_scan_ends_in_time(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y =
		good("rule Never { strings: $a = \"aabcx\" condition: $a }\n");
	_cleanup_free_ char *text = malloc(LW_YARA_SCAN_MAX);
	struct lw_yara_matches m;
	uint64_t start;

	assert_non_null(text);
	for (size_t i = 0; i < LW_YARA_SCAN_MAX; i++)
		text[i] = "aabc"[i % 4];
	start = lw_now_us();
	lw_yara_scan(y, text, LW_YARA_SCAN_MAX, 1000, &m);
	assert_true(m.partial);
	assert_true(lw_now_us() - start < 1000000);
}

static void
only_so_many_bytes_are_scanned(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y =
		good("rule End { strings: $a = \"the end\" condition: $a }\n");
	size_t n = LW_YARA_SCAN_MAX + 64;
	_cleanup_free_ char *text = calloc(1, n);
	struct lw_yara_matches m;

	assert_non_null(text);
	memcpy(&text[n - 10], "the end", 7);
	lw_yara_scan(y, text, n, 0, &m);
	assert_int_equal(m.count, 0);
	assert_true(m.partial);
}

/* "echo the very odd marker of a rule; echo and some more words" */
#define ENCODED                                                                                    \
	"ZWNobyB0aGUgdmVyeSBvZGQgbWFya2VyIG9mIGEgcnVs"                                             \
	"ZTsgZWNobyBhbmQgc29tZSBtb3JlIHdvcmRzCg=="

static void
assess_script(struct lw_assessor *a, uint32_t budget_us, struct lw_assessment *out)
{
	static const char script[] = "X=" ENCODED "\necho $X | base64 -d | sh\n";
	const struct lw_msg_assess request = {.flags = LW_ASSESS_AS_SCRIPT,
		.language = LW_LANGUAGE_SHELL,
		.budget_us = budget_us};
	_cleanup_close_ int fd = lw_memfd_with("script", script, sizeof(script) - 1);

	lw_assess(a, &request, fd, -1, out);
}

static void
a_decoded_layer_is_scanned_too(void **state)
{
	struct lw_assessor a;
	struct lw_assessment out;

	assert_int_equal(lw_assessor_init(&a), 0);
	assess_script(&a, 0, &out);
	assert_int_equal(out.reason_count, 0);
	a.yara = good("rule Odd { meta: verdict = \"suspicious\" "
		      "strings: $a = \"odd marker\" condition: $a }\n"
		      "rule Plain { strings: $a = \"a decoded\" condition: $a }\n");
	assess_script(&a, 0, &out);
	assert_int_equal(out.verdict, LW_VERDICT_SUSPICIOUS);
	assert_true(out.score == LW_YARA_SUSPICIOUS);
	assert_int_equal(out.reason_count, 2);
	assert_string_equal(out.reasons[0], "yara: Odd");
	assert_string_equal(out.reasons[1], "decoded base64 (line 1)");
	assert_int_equal(out.decoded.line, 1);
	assert_memory_equal(out.decoded.text, "echo the very odd", 17);
	assert_false(out.flags & LW_ASSESS_YARA_PARTIAL);
	lw_assessor_done(&a);
}

/* Of the text and its layers together. */
static void
layers_have_no_time_of_their_own(void **state)
{
	_cleanup_(lw_yara_freep) struct lw_yara *y =
		good("rule Odd { strings: $a = \"odd marker\" condition: $a }\n");
	const struct lw_judge_by late = {.yara = y, .deadline_us = lw_now_us() - 1};
	const struct lw_judge_by in_time = {.yara = y, .deadline_us = lw_now_us() + 60000000};
	_cleanup_(lw_judge_freep) struct lw_judge *judge = NULL;
	static const char text[] = "X=" ENCODED "\n";
	struct lw_judgement r;

	assert_int_equal(lw_judge_new(&judge), 0);
	lw_judge_script(
		judge, &late, LW_LANGUAGE_SHELL, (const uint8_t *)text, sizeof(text) - 1, &r);
	assert_int_equal(r.verdict, LW_VERDICT_UNKNOWN);
	assert_true(r.rules_partial);
	lw_judge_script(
		judge, &in_time, LW_LANGUAGE_SHELL, (const uint8_t *)text, sizeof(text) - 1, &r);
	assert_int_equal(r.verdict, LW_VERDICT_MALICIOUS);
	assert_false(r.rules_partial);
}

/* One that a rule has named of the file is not named again. */
static void
a_rule_is_named_once(void **state)
{
	struct lw_assessor a;
	struct lw_assessment out;

	assert_int_equal(lw_assessor_init(&a), 0);
	a.yara = good("rule Both { strings: $a = \"odd marker\" base64 $b = \"odd marker\" "
		      "condition: any of them }\n");
	assess_script(&a, 0, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(out.reason_count, 2);
	assert_string_equal(out.reasons[0], "yara: Both");
	assert_string_equal(out.reasons[1], "decoded base64 (line 1)");
	lw_assessor_done(&a);
}

static int
start(void **state)
{
	return lw_yara_start();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_are_named_and_others_not),
		cmocka_unit_test(a_rule_says_what_it_means),
		cmocka_unit_test(of_many_matches_the_strongest_are_named),
		cmocka_unit_test(bad_rules_are_refused_with_their_line),
		cmocka_unit_test(modules_without_files_are_taken),
		cmocka_unit_test(no_rules_are_no_error),
		cmocka_unit_test(a_damaged_text_is_refused),
		cmocka_unit_test(a_scan_ends_in_time),
		cmocka_unit_test(only_so_many_bytes_are_scanned),
		cmocka_unit_test(a_decoded_layer_is_scanned_too),
		cmocka_unit_test(layers_have_no_time_of_their_own),
		cmocka_unit_test(a_rule_is_named_once),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
