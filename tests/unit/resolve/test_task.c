#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resolve/task.h"

#define TAIL                                                                                       \
	"Tgid:\t12\nNgid:\t0\nPid:\t13\nPPid:\t1\nTracerPid:\t0\nUid:\t1000\t0\t0\t0\n"            \
	"Gid:\t100\t1\t1\t1\n"

static int
parse(const char *text, struct lw_task *t)
{
	return lw_task_parse_status(text, strlen(text), t);
}

static void
real_ids_are_read(void **state)
{
	struct lw_task t;

	assert_int_equal(parse("Name:\tbash\nUmask:\t0022\nState:\tS (sleeping)\n" TAIL, &t), 0);
	assert_int_equal(t.tgid, 12);
	assert_int_equal(t.ppid, 1);
	assert_int_equal(t.uid, 1000);
	assert_int_equal(t.gid, 100);
	assert_string_equal(t.comm, "bash");
}

static void
a_hostile_name_forges_no_line(void **state)
{
	struct lw_task t;

	/* a name of "a\nUid:\t0" and a backslash, as the kernel escapes it */
	assert_int_equal(parse("Name:\ta\\nUid:\t0\\\\\n" TAIL, &t), 0);
	assert_string_equal(t.comm, "a\nUid:\t0\\");
	assert_int_equal(t.uid, 1000);
	assert_int_equal(parse("Name:\t\n" TAIL, &t), 0);
	assert_string_equal(t.comm, "");
	assert_int_equal(parse("Name:\tlonger than any name of the kernel\n" TAIL, &t), 0);
	assert_string_equal(t.comm, "longer than any");
}

static void
what_is_missing_or_wrong_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		TAIL,
		"Name:\tx\n",
		"Name: x\n" TAIL,
		"Name:\tx\nTgid:\t\nPPid:\t1\nUid:\t1\nGid:\t1\n",
		"Name:\tx\nTgid:\t4294967296\nPPid:\t1\nUid:\t1\nGid:\t1\n",
		"Name:\tx\nTgid:\t99999999999999999999999\nPPid:\t1\nUid:\t1\nGid:\t1\n",
		"Name:\tx\nTgid:\t-1\nPPid:\t1\nUid:\t1\nGid:\t1\n",
		"Name:\tx\nTgid",
	};
	struct lw_task t = {.tgid = 7};

	for (size_t i = 0; i < LW_ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(texts[i], &t), -EINVAL);
	assert_int_equal(t.tgid, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_ids_are_read),
		cmocka_unit_test(a_hostile_name_forges_no_line),
		cmocka_unit_test(what_is_missing_or_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
