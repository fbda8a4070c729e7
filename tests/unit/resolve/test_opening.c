#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "resolve/opening.h"

static int
counter(const char *line, uint64_t *out)
{
	return lw_opening_counter(line, strlen(line), out);
}

static void
the_counter_is_the_last_word(void **state)
{
	uint64_t pc = 0;

	assert_int_equal(
		counter("257 0xffffff9c 0x7ffd 0x80000 0x0 0x0 0x0 0x7ffd5d 0x7f3b1c\n", &pc), 0);
	assert_int_equal(pc, 0x7f3b1c);
	assert_int_equal(counter("-1 0x7ffd5d 0xffffffffffffffff", &pc), 0);
	assert_true(pc == UINT64_MAX);
}

static void
what_has_no_counter_is_refused(void **state)
{
	static const char *const lines[] = {"", "running\n", "257 1 2", "0x12", "257 0x",
		"257 0xzz", "257 0x12345678123456781234567812345678", " "};
	uint64_t pc;

	for (size_t i = 0; i < LW_ARRAY_SIZE(lines); i++)
		assert_int_equal(counter(lines[i], &pc), -EINVAL);
}

#define LOADER "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"

static void
a_mapping_holds_its_addresses(void **state)
{
	static const char line[] =
		"7f3b1c000000-7f3b1c026000 r-xp 00001000 fe:00 1234                   " LOADER;
	const char *path;

	assert_true(lw_opening_maps_line(line, 0x7f3b1c000000, &path));
	assert_string_equal(path, LOADER);
	assert_true(lw_opening_maps_line(line, 0x7f3b1c025fff, &path));
	assert_false(lw_opening_maps_line(line, 0x7f3b1c026000, &path));
	assert_false(lw_opening_maps_line(line, 0x7f3b1bffffff, &path));
	assert_true(lw_opening_maps_line("1000-2000 rw-p 00000000 00:00 0", 0x1000, &path));
	assert_string_equal(path, "");
	assert_false(lw_opening_maps_line("nonsense", 0, &path));
	assert_false(lw_opening_maps_line("", 0, &path));
}

static void
loaders_are_known_by_name(void **state)
{
	static const char musl[] = "/lib/ld-musl-x86_64.so.1";

	assert_true(lw_opening_is_loader(LOADER, "/etc/passwd"));
	assert_true(lw_opening_is_loader("/lib/ld-2.31.so", "/x"));
	assert_true(lw_opening_is_loader("/lib64/ld64.so.2", "/x"));
	assert_false(lw_opening_is_loader("/usr/lib/x86_64-linux-gnu/libc.so.6", "/x.so"));
	assert_false(lw_opening_is_loader("/tmp/ld-linux", "/x.so"));
	assert_false(lw_opening_is_loader("", "/x.so"));
	/* musl's is libc itself */
	assert_true(lw_opening_is_loader(musl, "/usr/lib/libz.so.1"));
	assert_false(lw_opening_is_loader(musl, "/etc/passwd"));
	assert_false(lw_opening_is_loader(musl, "/lib.so.d/passwd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_counter_is_the_last_word),
		cmocka_unit_test(what_has_no_counter_is_refused),
		cmocka_unit_test(a_mapping_holds_its_addresses),
		cmocka_unit_test(loaders_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
