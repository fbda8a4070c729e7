/*
 * Executions described in words, as JSON, and by a finding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/asked.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct lw_asked asked;

static const char *
take(const char *json)
{
	_cleanup_tree_ struct lw_tree *t = NULL;
	const char *key;

	assert_int_equal(lw_tree_parse(json, strlen(json), &t), 0);
	return lw_asked_take(&asked, lw_tree_root(t), &key);
}

static void
nothing_said_is_nothing_known(void **state)
{
	assert_null(take("{}"));
	assert_int_equal(asked.subject.layer, LW_LAYER_UNKNOWN);
	assert_int_equal(asked.subject.kind, LW_KIND_BINARY);
	assert_true(asked.subject.verdict_known);
	assert_null(asked.subject.path);
	assert_null(asked.subject.sha256);
	assert_null(asked.subject.container);
}

static void
own_keys_are_taken(void **state)
{
	assert_null(take("{\"layer\":\"added\",\"kind\":\"script\",\"verdict\":\"malicious\","
			 "\"language\":\"python\","
			 "\"path\":\"/tmp/x.py\",\"parent\":\"/bin/sh\",\"parent_layer\":\"image\","
			 "\"uid\":1000,"
			 "\"sha256\":\"" SHA "\",\"image\":\"shop/web:3\",\"engine\":\"podman\","
			 "\"labels\":[\"a=b\",\"c=d\"],\"label\":\"e=f\",\"pod\":null}"));
	assert_int_equal(asked.subject.layer, LW_LAYER_ADDED);
	assert_int_equal(asked.subject.kind, LW_KIND_SCRIPT);
	assert_int_equal(asked.subject.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(asked.subject.language, LW_LANGUAGE_PYTHON);
	assert_string_equal(asked.subject.path, "/tmp/x.py");
	assert_int_equal(asked.subject.path_length, 9);
	assert_true(asked.subject.path_exact);
	assert_int_equal(asked.subject.parent_layer, LW_LAYER_IMAGE);
	assert_int_equal(asked.subject.uid, 1000);
	assert_int_equal(asked.subject.sha256[1], 0x23);
	assert_ptr_equal(asked.subject.container, &asked.facts);
	assert_true(asked.facts.complete);
	assert_int_equal(asked.facts.engine, LW_ENGINE_PODMAN);
	assert_int_equal(asked.facts.label_count, 3);
	assert_string_equal(asked.facts.labels[2], "e=f");
}

static void
pending_is_a_verdict_that_is_not_there(void **state)
{
	assert_null(take("{\"verdict\":\"pending\"}"));
	assert_false(asked.subject.verdict_known);
	assert_null(take("{\"verdict\":\"trusted\"}"));
	assert_true(asked.subject.verdict_known);
}

static void
wrong_values_are_refused(void **state)
{
	static const char *const bad[] = {"{\"layer\":\"upper\"}", "{\"kind\":1}", "{\"uid\":-1}",
		"{\"uid\":4294967296}", "{\"sha256\":\"12\"}", "{\"path\":\"x\"}",
		"{\"layer\":[\"added\"]}", "{\"layer\":{}}", "{\"colour\":\"red\"}",
		"{\"path\":\"/a\\u0000b\"}", "[]", "7", "{\"labels\":[1,{}]}"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_non_null(take(bad[i]));
}

static void
labels_and_facts_are_bounded(void **state)
{
	char json[8192] = "{\"labels\":[\"a\"";

	for (int i = 0; i < LW_LABELS_MAX; i++)
		strcat(json, ",\"a\"");
	strcat(json, "]}");
	assert_non_null(take(json));
	strcpy(json, "{\"name\":\"");
	memset(json + 9, 'n', 4000);
	strcpy(json + 4009, "\"}");
	assert_non_null(take(json));
}

static void
a_finding_is_taken(void **state)
{
	assert_null(take(
		"{\"finding\":{\"processes\":[{\"binary\":{\"path\":\"/usr/bin/python3\","
		"\"sha256\":\"" SHA
		"\"},\"script\":{\"path\":\"/tmp/x.py\"},\"userId\":\"33\"},{\"binary\":{\"path\":"
		"\"/bin/sh\"}}],\"containers\":[{\"labels\":[{\"name\":\"app\","
		"\"value\":\"shop\"}]}],"
		"\"sourceProperties\":{\"Layer\":\"added\",\"Kind\":\"script\","
		"\"Verdict\":\"unknown\","
		"\"Language\":\"python\",\"Engine\":\"docker\",\"Container_Name\":\"shop\"}}}"));
	assert_string_equal(asked.subject.path, "/tmp/x.py");
	assert_string_equal(asked.subject.parent, "/bin/sh");
	assert_int_equal(asked.subject.uid, 33);
	assert_string_equal(asked.facts.name, "shop");
	assert_string_equal(asked.facts.labels[0], "app=shop");
	assert_true(asked.facts.complete);
}

static void
a_finding_without_a_file_or_facts_claims_none(void **state)
{
	assert_null(
		take("{\"finding\":{\"processes\":[{\"binary\":{\"path\":\"/usr/bin/python3\"}}],"
		     "\"sourceProperties\":{\"Kind\":\"inline\",\"Process_Binary_Fullpath\":"
		     "\"/usr/bin/python3\",\"Container_Id\":\"ab\",\"Container_Facts\":\"partial\","
		     "\"Deadline_Missed\":true}}}"));
	assert_null(asked.subject.path);
	assert_false(asked.facts.complete);
	assert_false(asked.subject.verdict_known);
}

static int
setup(void **state)
{
	lw_asked_init(&asked);
	return 0;
}

static int
teardown(void **state)
{
	lw_asked_done(&asked);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_said_is_nothing_known, setup, teardown),
		cmocka_unit_test_setup_teardown(own_keys_are_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
			pending_is_a_verdict_that_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_values_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(labels_and_facts_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_finding_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_finding_without_a_file_or_facts_claims_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
