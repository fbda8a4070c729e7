#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/json.h"

struct fixture {
	struct lw_text text;
	struct lw_json json;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	lw_text_init(&f->text, 4096);
	lw_json_init(&f->json, &f->text);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	lw_text_done(&f->text);
	free(f);
	return 0;
}

static void
assert_json(const struct fixture *f, const char *expected)
{
	assert_false(f->text.failed);
	assert_string_equal(f->text.data, expected);
}

static void
commas_and_nesting_are_right(void **state)
{
	struct fixture *f = *state;
	struct lw_json *j = &f->json;

	lw_json_object(j);
	lw_json_pair_i64(j, "a", -1);
	lw_json_key(j, "b");
	lw_json_array(j);
	lw_json_object(j);
	lw_json_object_end(j);
	lw_json_array(j);
	lw_json_array_end(j);
	lw_json_bool(j, true);
	lw_json_null(j);
	lw_json_array_end(j);
	lw_json_pair_bool(j, "c", false);
	lw_json_pair_string(j, "absent", NULL);
	lw_json_pair_string(j, "empty", "");
	lw_json_pair_string(j, "d", "x");
	lw_json_object_end(j);
	assert_json(f, "{\"a\":-1,\"b\":[{},[],true,null],\"c\":false,\"d\":\"x\"}");
}

static void
int64_is_a_string_where_proto3_wants_it(void **state)
{
	struct fixture *f = *state;

	lw_json_array(&f->json);
	lw_json_i64s(&f->json, INT64_MIN);
	lw_json_i64(&f->json, INT64_MAX);
	lw_json_array_end(&f->json);
	assert_json(f, "[\"-9223372036854775808\",9223372036854775807]");
}

static void
string_escapes_what_breaks_a_line_or_a_page(void **state)
{
	struct fixture *f = *state;

	lw_json_string(&f->json, "\"\\/\n\r\t\b\x01\x1f\x7f<>&");
	assert_json(f, "\"\\\"\\\\/\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\\u003c\\u003e\\u0026\"");
}

static void
string_escapes_unicode_controls(void **state)
{
	struct fixture *f = *state;

	lw_json_string(&f->json, "\xe2\x80\xa8\xe2\x80\xa9\xc2\x9b\xe2\x80\xae\xe2\x81\xa6");
	assert_json(f, "\"\\u2028\\u2029\\u009b\\u202e\\u2066\"");
}

static void
nul_is_escaped_and_does_not_end_the_string(void **state)
{
	struct fixture *f = *state;

	lw_json_bytes(&f->json, "a\0b", 3);
	assert_json(f, "\"a\\u0000b\"");
}

static void
valid_utf8_stays_and_each_invalid_byte_is_replaced(void **state)
{
	struct fixture *f = *state;

	lw_json_string(&f->json, "\xc3\xa9\xf0\x9f\x98\x80\xff\xc3(\xed\xa0\x80\xe2\x82");
	assert_json(f, "\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd"
		       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
keys_are_escaped_too(void **state)
{
	struct fixture *f = *state;

	lw_json_object(&f->json);
	lw_json_pair_string(&f->json, "a\"\n", "b");
	lw_json_object_end(&f->json);
	assert_json(f, "{\"a\\\"\\n\":\"b\"}");
}

static void
doubles_have_their_decimals_and_no_nan(void **state)
{
	struct fixture *f = *state;

	lw_json_array(&f->json);
	lw_json_double(&f->json, 0.97461, 3);
	lw_json_double(&f->json, 2, 0);
	lw_json_double(&f->json, 1, -5);
	lw_json_double(&f->json, NAN, 2);
	lw_json_double(&f->json, -INFINITY, 2);
	lw_json_array_end(&f->json);
	assert_json(f, "[0.975,2,1,null,null]");
	lw_json_double(&f->json, 1e308, 1000);
	assert_false(f->text.failed);
}

static void
time_is_rfc_3339_in_utc(void **state)
{
	struct fixture *f = *state;

	lw_json_object(&f->json);
	lw_json_pair_time(&f->json, "a", 0);
	lw_json_pair_time(&f->json, "b", INT64_C(1795291200000001));
	lw_json_pair_time(&f->json, "c", INT64_C(253402300799999999));
	lw_json_object_end(&f->json);
	assert_json(f,
		"{\"a\":\"1970-01-01T00:00:00.000000Z\",\"b\":\"2026-11-21T20:00:00.000001Z\","
		"\"c\":\"9999-12-31T23:59:59.999999Z\"}");
}

static void
time_that_rfc_3339_cannot_say_is_left_out(void **state)
{
	struct fixture *f = *state;

	lw_json_object(&f->json);
	lw_json_pair_time(&f->json, "a", -1);
	lw_json_pair_time(&f->json, "b", INT64_C(253402300800000000));
	lw_json_pair_time(&f->json, "c", INT64_MAX);
	lw_json_pair_time(&f->json, "d", INT64_MIN);
	lw_json_object_end(&f->json);
	assert_json(f, "{}");
}

static void
depth_is_bounded(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < LW_JSON_DEPTH; i++)
		lw_json_array(&f->json);
	assert_false(f->text.failed);
	lw_json_i64(&f->json, 1);
	lw_json_object(&f->json);
	assert_true(f->text.failed);
	for (int i = 0; i < 3 * LW_JSON_DEPTH; i++)
		lw_json_array_end(&f->json);
	for (int i = 0; i < 3 * LW_JSON_DEPTH; i++)
		lw_json_array(&f->json);
	assert_true(f->text.failed);
}

static void
end_without_beginning_fails(void **state)
{
	struct fixture *f = *state;

	lw_json_object_end(&f->json);
	assert_true(f->text.failed);
}

static void
text_too_short_for_the_json_fails(void **state)
{
	struct fixture *f = *state;

	f->text.bound = 10;
	lw_json_object(&f->json);
	lw_json_pair_string(&f->json, "key", "a value that is too long");
	lw_json_object_end(&f->json);
	assert_true(f->text.failed);
	assert_true(f->text.length <= 10);
}

#define JSON_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JSON_TEST(commas_and_nesting_are_right),
		JSON_TEST(int64_is_a_string_where_proto3_wants_it),
		JSON_TEST(string_escapes_what_breaks_a_line_or_a_page),
		JSON_TEST(string_escapes_unicode_controls),
		JSON_TEST(nul_is_escaped_and_does_not_end_the_string),
		JSON_TEST(valid_utf8_stays_and_each_invalid_byte_is_replaced),
		JSON_TEST(keys_are_escaped_too),
		JSON_TEST(doubles_have_their_decimals_and_no_nan),
		JSON_TEST(time_is_rfc_3339_in_utc),
		JSON_TEST(time_that_rfc_3339_cannot_say_is_left_out),
		JSON_TEST(depth_is_bounded),
		JSON_TEST(end_without_beginning_fails),
		JSON_TEST(text_too_short_for_the_json_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
