#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/address.h"
#include "base/util.h"

static void
an_address_has_two_parts(void **state)
{
	struct lw_address a;

	assert_true(lw_address_parse("192.0.2.1:443", 13, &a));
	assert_string_equal(a.ip, "192.0.2.1");
	assert_int_equal(a.port, 443);
	assert_true(lw_address_parse("[2001:db8::1]:65535", 19, &a));
	assert_string_equal(a.ip, "2001:db8::1");
	assert_int_equal(a.port, 65535);
}

static void
remote_is_what_leaves_the_host(void **state)
{
	static const char *const remote[] = {
		"192.0.2.1:443", "10.0.0.1:1", "[2001:db8::1]:443", "[::ffff:192.0.2.1]:80"};
	static const char *const local[] = {"127.0.0.1:80", "127.9.9.9:80", "0.0.0.0:1", "[::1]:80",
		"[::]:80", "[::ffff:127.0.0.1]:80"};
	struct lw_address a;

	for (size_t i = 0; i < LW_ARRAY_SIZE(remote); i++)
		assert_true(lw_address_parse(remote[i], strlen(remote[i]), &a) && a.remote);
	for (size_t i = 0; i < LW_ARRAY_SIZE(local); i++)
		assert_true(lw_address_parse(local[i], strlen(local[i]), &a) && !a.remote);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {"", ":", "[", "[]:1", "unix:/run/x", "unix:@x",
		"socket:[17]", "999.1.1.1:1", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",
		"1.2.3.4: 1", "[1.2.3.4]:1", "::1:80", "[::1:80",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1"};
	struct lw_address a;

	for (size_t i = 0; i < LW_ARRAY_SIZE(texts); i++)
		assert_false(lw_address_parse(texts[i], strlen(texts[i]), &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_two_parts),
		cmocka_unit_test(remote_is_what_leaves_the_host),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
