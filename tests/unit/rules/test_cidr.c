#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/cidr.h"

static bool
holds(const char *net, const char *text)
{
	struct lw_cidr c;

	assert_int_equal(lw_cidr_parse(net, strlen(net), &c), 0);
	return lw_cidr_holds(&c, text, strlen(text));
}

static void
networks_hold_their_addresses_with_a_port_or_without(void **state)
{
	assert_true(holds("10.0.0.0/8", "10.1.2.3"));
	assert_true(holds("10.0.0.0/8", "10.1.2.3:80"));
	assert_false(holds("10.0.0.0/8", "11.1.2.3:80"));
	assert_true(holds("192.168.4.0/23", "192.168.5.255"));
	assert_false(holds("192.168.4.0/23", "192.168.6.0"));
	assert_true(holds("0.0.0.0/0", "8.8.8.8"));
	assert_true(holds("8.8.8.8", "8.8.8.8"));
	assert_false(holds("8.8.8.8", "8.8.8.9"));
	assert_true(holds("fe80::/10", "febf::1"));
	assert_true(holds("fe80::/10", "[fe80::1]:22"));
	assert_false(holds("fe80::/10", "fec0::1"));
	assert_true(holds("::1/128", "::1"));
}

static void
families_are_told_apart_and_a_mapped_address_is_the_old_one(void **state)
{
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_false(holds("::/0", "10.0.0.1"));
	assert_true(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
	assert_true(holds("10.0.0.0/8", "[::ffff:10.0.0.1]:80"));
	assert_true(holds("::ffff:10.0.0.0/8", "10.2.3.4"));
}

static void
what_is_no_address_is_in_no_network(void **state)
{
	assert_false(holds("0.0.0.0/0", ""));
	assert_false(holds("0.0.0.0/0", "pipe:[12]"));
	assert_false(holds("0.0.0.0/0", "10.0.0.256"));
	assert_false(holds("::/0", "[]"));
	assert_false(holds("::/0", "["));
	assert_false(holds("::/0",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"));
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = {"", "10", "10.0.0.0/33", "::/129", "10.0.0.0/",
		"10.0.0.0/-1", "10.0.0.0/8/8", "x/8"};
	struct lw_cidr c;

	for (size_t i = 0; i < LW_ARRAY_SIZE(bad); i++)
		assert_int_equal(lw_cidr_parse(bad[i], strlen(bad[i]), &c), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_hold_their_addresses_with_a_port_or_without),
		cmocka_unit_test(families_are_told_apart_and_a_mapped_address_is_the_old_one),
		cmocka_unit_test(what_is_no_address_is_in_no_network),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
