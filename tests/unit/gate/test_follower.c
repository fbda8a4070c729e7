#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "gate/follower.h"

/* As Linux 6.18 shows a task that is held for its program, and for its program's loader. */
static const char program[] = "[<0>] fanotify_handle_event+0xb93/0x1b70\n"
			      "[<0>] do_filp_open+0xc3/0x180\n"
			      "[<0>] do_open_execat+0x5d/0x120\n"
			      "[<0>] alloc_bprm+0x20/0x220\n"
			      "[<0>] do_execveat_common.isra.0+0x8d/0x1b0\n"
			      "[<0>] __x64_sys_execve+0x34/0x50\n";
static const char loader[] = "[<0>] fanotify_handle_event+0xb93/0x1b70\n"
			     "[<0>] do_open_execat+0x5d/0x120\n"
			     "[<0>] open_exec+0x26/0x60\n"
			     "[<0>] load_elf_binary+0x1b1/0x18a0\n"
			     "[<0>] bprm_execve+0x2bf/0x510\n";

static void
only_an_interpreter_is_opened_by_open_exec(void **state)
{
	assert_false(lw_follower_parse(program));
	assert_true(lw_follower_parse(loader));
	assert_false(lw_follower_parse(""));
	assert_false(lw_follower_parse("[<0>] do_open_execat+0x5d/0x120\n"));
	assert_false(lw_follower_parse("[<0>] do_open_exec+0x5d/0x120\n"));
}

static void
a_task_that_is_not_there_is_no_follower(void **state)
{
	assert_false(lw_follower_is(0));
	assert_false(lw_follower_is(0x7fffffff));
	assert_false(lw_follower_is(getpid()));
}

/* We are held in no execve. */
static void
an_expectation_alone_is_nothing(void **state)
{
	static struct lw_followers f;

	assert_false(lw_followers_take(&f, 0));
	assert_false(lw_followers_take(&f, getpid()));
	lw_followers_expect(&f, getpid(), true);
	assert_false(lw_followers_take(&f, getpid()));
	for (size_t i = 0; i < LW_FOLLOWERS_MAX; i++)
		assert_int_equal(f.expected[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_an_interpreter_is_opened_by_open_exec),
		cmocka_unit_test(a_task_that_is_not_there_is_no_follower),
		cmocka_unit_test(an_expectation_alone_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
