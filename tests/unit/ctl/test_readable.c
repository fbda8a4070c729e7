/*
 * Findings for people: what must be in the account, and what must never reach a terminal.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/readable.h"

static struct lw_text text;

static const char *
account(const char *json, bool colour)
{
	lw_text_reset(&text);
	assert_int_equal(lw_readable_finding(json, strlen(json), colour, &text), 0);
	assert_non_null(text.data);
	return text.data;
}

static void
a_denied_binary_is_told(void **state)
{
	static const char finding[] =
		"{\"finding\":{\"name\":\"projects/h/sources/layerwatch/locations/global/findings/"
		"0123456789abcdef0123456789abcdef\",\"category\":\"Added Binary Executed\","
		"\"severity\":\"LOW\",\"eventTime\":\"2026-11-21T22:00:08.063763Z\","
		"\"processes\":[{"
		"\"name\":\"x\",\"binary\":{\"path\":\"/tmp/x\",\"sha256\":\"aa11\"},"
		"\"args\":[\"./x\",\"-v\",\"two words\"],\"pid\":\"7\"}],"
		"\"files\":[{\"path\":\"/tmp/x\","
		"\"sha256\":\"aa11\"}],\"sourceProperties\":{\"Layer\":\"added\","
		"\"Kind\":\"binary\","
		"\"Action\":\"denied\",\"Policy_Rule\":\"nothing new\",\"Container_Id\":"
		"\"7ceaeede455664d21e2786fd\",\"Container_Name\":\"shop\",\"Container_Image_Uri\":"
		"\"shop/web:3\",\"Engine\":\"docker\",\"Reasons\":\"hash list: bad\"}}}";
	static const char told[] = "2026-11-21T22:00:08.063 LOW Added Binary Executed\n"
				   "    ran       /tmp/x -v 'two words'\n"
				   "    layer     added (binary)\n"
				   "    container shop, image shop/web:3, docker 7ceaeede4556\n"
				   "    action    denied before it ran, rule \"nothing new\"\n"
				   "    reasons   hash list: bad\n"
				   "    sha256    aa11\n"
				   "    finding   0123456789abcdef0123456789abcdef\n";

	assert_string_equal(account(finding, false), told);
	assert_null(strchr(account(finding, false), '\033'));
	assert_non_null(strstr(account(finding, true), "\033[36mLOW\033[0m"));
}

static void
outcomes_are_told_apart(void **state)
{
	assert_non_null(strstr(
		account("{\"finding\":{\"sourceProperties\":{\"Action\":\"would_deny\"}}}", false),
		"allowed; mode enforce would have denied it"));
	assert_non_null(strstr(
		account("{\"finding\":{\"sourceProperties\":{\"Action\":\"allowed\"}}}", false),
		"action    allowed\n"));
	assert_non_null(
		strstr(account("{\"finding\":{\"sourceProperties\":{\"Action\":\"new\"}}}", false),
			"action    new\n"));
}

static void
inline_code_has_a_script_that_is_no_file(void **state)
{
	const char *told =
		account("{\"finding\":{\"processes\":[{\"binary\":{\"path\":\"/usr/bin/python3\"},"
			"\"script\":{\"sha256\":\"bb\",\"contents\":\"print(1)\"},"
			"\"args\":[\"python3\",\"-c\",\"print(1)\"]}],"
			"\"sourceProperties\":{\"Script_SHA256\":\"cc\"}}}",
			false);

	assert_non_null(strstr(told, "ran       /usr/bin/python3 -c 'print(1)'\n"));
	assert_non_null(strstr(told, "script    (not a file)\n"));
	assert_non_null(strstr(told, "sha256    cc\n"));
}

static void
the_daemons_own_trouble_is_told(void **state)
{
	const char *told =
		account("{\"finding\":{\"severity\":\"HIGH\",\"category\":\"Watcher Restarted\","
			"\"description\":\"Watcher Restarted: the gate was restarted\"}}",
			false);

	assert_non_null(strstr(told, "what      the gate was restarted\n"));
	assert_null(strstr(told, "ran "));
}

static void
control_bytes_never_reach_the_terminal(void **state)
{
	const char *told =
		account("{\"finding\":{\"category\":\"a\\u001b[2Jb\\nforged\",\"processes\":[{"
			"\"binary\":{\"path\":\"/tmp/\\u001b]0;x\\u0007\\r\\u202e\"},"
			"\"args\":[\"a\",\"\\u009b1m\\n    action    allowed\"]}],"
			"\"sourceProperties\":{\"Container_Name\":\"\\u0000\\u007f\"}}}",
			false);

	for (const char *c = told; *c; c++)
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
	assert_null(strstr(told, "\n    action    allowed\n"));
	assert_null(strchr(told, 0x7f));
	assert_non_null(strstr(told, "\\x1b"));
}

static void
long_text_is_cut_at_a_character(void **state)
{
	char json[4096] = "{\"finding\":{\"processes\":[{\"name\":\"", part[] = "ä";
	const char *told;

	for (int i = 0; i < 600; i++)
		strcat(json, part);
	strcat(json,
		"\",\"args\":[\"\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}]}}");
	told = account(json, false);
	assert_non_null(strstr(told, "ä... 1 2 3 4 5 6 7 8 ...\n"));
	assert_null(strstr(told, "\\x"));
}

static void
other_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}", "[]", "1", "{\"finding\":1}", "{\"finding\":[]}", "x"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++) {
		lw_text_reset(&text);
		assert_int_equal(
			lw_readable_finding(bad[i], strlen(bad[i]), false, &text), -EBADMSG);
	}
}

static void
wrong_types_are_survived(void **state)
{
	account("{\"finding\":{\"name\":{},\"category\":[1],\"severity\":null,\"eventTime\":7,"
		"\"processes\":{\"a\":1},\"sourceProperties\":[]}}",
		true);
	account("{\"finding\":{\"processes\":[[1]],\"files\":[3],"
		"\"sourceProperties\":{\"Layer\":{}}}}",
		true);
	account("{\"finding\":{\"processes\":[{\"args\":{\"x\":{\"y\":1},\"z\":[2]}}]}}", true);
}

static int
setup(void **state)
{
	lw_text_init(&text, LW_READABLE_MAX);
	return 0;
}

static int
teardown(void **state)
{
	lw_text_done(&text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denied_binary_is_told),
		cmocka_unit_test(outcomes_are_told_apart),
		cmocka_unit_test(inline_code_has_a_script_that_is_no_file),
		cmocka_unit_test(the_daemons_own_trouble_is_told),
		cmocka_unit_test(control_bytes_never_reach_the_terminal),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(other_json_is_refused),
		cmocka_unit_test(wrong_types_are_survived),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
