#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "resolve/registers.h"

static int
parse(const char *line, struct lw_registers *r)
{
	return lw_registers_parse(line, strlen(line), r);
}

static int
decode(const char *line, enum lw_machine machine, struct lw_execve *call)
{
	struct lw_registers r;
	int error = parse(line, &r);

	return error ? error : lw_registers_decode(&r, machine, call);
}

static void
a_line_gives_number_and_arguments(void **state)
{
	struct lw_registers r;

	assert_int_equal(
		parse("59 0x55d 0x7ffe12345678 0x2 0x0 0x8 0xffffffffffffffff 0x7ff 0x1\n", &r), 0);
	assert_int_equal(r.number, 59);
	assert_int_equal(r.args[0], 0x55d);
	assert_int_equal(r.args[1], 0x7ffe12345678);
	assert_true(r.args[5] == UINT64_MAX);
}

static void
running_and_no_call_are_outcomes(void **state)
{
	struct lw_registers r;

	assert_int_equal(parse("running\n", &r), LW_REGISTERS_RUNNING);
	assert_int_equal(parse("running", &r), LW_REGISTERS_RUNNING);
	assert_int_equal(parse("-1 0x7ffd 0x7f\n", &r), LW_REGISTERS_NOT_EXEC);
}

static void
malformed_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"59",
		"59 0x1 0x2 0x3 0x4 0x5",
		"59 1 2 3 4 5 6",
		"0x3b 0x1 0x2 0x3 0x4 0x5 0x6",
		"59 0x 0x2 0x3 0x4 0x5 0x6",
		"59 0x1111111111111111111 0x2 0x3 0x4 0x5 0x6",
		"59 0xg 0x2 0x3 0x4 0x5 0x6",
		"99999999999999999999999 0x1 0x2 0x3 0x4 0x5 0x6",
		"- 0x1 0x2 0x3 0x4 0x5 0x6",
		"59  0x1 0x2 0x3 0x4 0x5 0x6",
	};
	struct lw_registers r;

	for (size_t i = 0; i < LW_ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(lines[i], &r), -EINVAL);
}

struct expectation {
	const char *line;
	enum lw_machine machine;
	struct lw_execve call;
};

static const struct expectation expectations[] = {
	{"59 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64,
		{.pointer_size = 8, .dirfd = -1, .path = 1, .argv = 2, .envp = 3}},
	{"322 0xffffff9c 0x2 0x3 0x4 0x1000 0x6", LW_MACHINE_X86_64,
		{.at = true,
			.pointer_size = 8,
			.dirfd = AT_FDCWD,
			.flags = AT_EMPTY_PATH,
			.path = 2,
			.argv = 3,
			.envp = 4}},
	{"11 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64,
		{.compat = true, .pointer_size = 4, .dirfd = -1, .path = 1, .argv = 2, .envp = 3}},
	{"358 0x7 0x2 0x3 0x4 0x10000 0x6", LW_MACHINE_X86_64,
		{.at = true,
			.compat = true,
			.pointer_size = 4,
			.dirfd = 7,
			.flags = 0x10000,
			.path = 2,
			.argv = 3,
			.envp = 4}},
	{"1073742344 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64,
		{.x32 = true, .pointer_size = 4, .dirfd = -1, .path = 1, .argv = 2, .envp = 3}},
	{"1073742369 0x5 0x2 0x3 0x4 0x0 0x6", LW_MACHINE_X86_64,
		{.at = true,
			.x32 = true,
			.pointer_size = 4,
			.dirfd = 5,
			.path = 2,
			.argv = 3,
			.envp = 4}},
	{"221 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_AARCH64,
		{.pointer_size = 8, .dirfd = -1, .path = 1, .argv = 2, .envp = 3}},
	{"281 0x3 0x2 0x3 0x4 0x1000 0x6", LW_MACHINE_AARCH64,
		{.at = true,
			.pointer_size = 8,
			.dirfd = 3,
			.flags = AT_EMPTY_PATH,
			.path = 2,
			.argv = 3,
			.envp = 4}},
	{"11 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_AARCH64,
		{.compat = true, .pointer_size = 4, .dirfd = -1, .path = 1, .argv = 2, .envp = 3}},
	{"387 0x3 0x2 0x3 0x4 0x0 0x6", LW_MACHINE_AARCH64,
		{.at = true,
			.compat = true,
			.pointer_size = 4,
			.dirfd = 3,
			.path = 2,
			.argv = 3,
			.envp = 4}},
};

static void
every_interface_of_a_machine_is_known_by_its_number(void **state)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(expectations); i++) {
		const struct expectation *e = &expectations[i];
		struct lw_execve call = {0};

		assert_int_equal(decode(e->line, e->machine, &call), 0);
		assert_int_equal(call.at, e->call.at);
		assert_int_equal(call.compat, e->call.compat);
		assert_int_equal(call.x32, e->call.x32);
		assert_int_equal(call.pointer_size, e->call.pointer_size);
		assert_int_equal(call.dirfd, e->call.dirfd);
		assert_int_equal(call.flags, e->call.flags);
		assert_int_equal(call.path, e->call.path);
		assert_int_equal(call.argv, e->call.argv);
		assert_int_equal(call.envp, e->call.envp);
	}
}

static void
other_calls_are_no_exec(void **state)
{
	struct lw_execve call;

	/* read; timerfd_create of i386 has execveat's number of x86_64 and the reverse is unused */
	assert_int_equal(decode("0 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64, &call),
		LW_REGISTERS_NOT_EXEC);
	assert_int_equal(decode("221 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64, &call),
		LW_REGISTERS_NOT_EXEC);
	assert_int_equal(decode("59 0x1 0x2 0x3 0x4 0x5 0x6", LW_MACHINE_AARCH64, &call),
		LW_REGISTERS_NOT_EXEC);
}

static void
munmap_with_a_wide_address_is_not_taken_for_execve(void **state)
{
	struct lw_execve call;

	assert_int_equal(
		decode("11 0x7f0000000000 0x1000 0x3 0x4 0x5 0x6", LW_MACHINE_X86_64, &call),
		LW_REGISTERS_NOT_EXEC);
}

static void
a_running_task_is_asked_again_until_the_budget_ends(void **state)
{
	char path[32];
	pid_t pid = fork();
	struct lw_execve call;

	if (pid == 0)
		for (;;)
			;
	snprintf(path, sizeof(path), "/proc/%d", pid);
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t start = lw_now_us();
	int r = lw_registers_read(dir, 3000, &call);
	uint64_t took = lw_now_us() - start;

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* a task that waits for the CPU outside of a call says so instead */
	assert_true(r == LW_REGISTERS_RUNNING || r == LW_REGISTERS_NOT_EXEC);
	if (r == LW_REGISTERS_RUNNING)
		assert_in_range(took, 3000, 1000000);
	assert_true(lw_registers_read(dir, 0, &call) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_gives_number_and_arguments),
		cmocka_unit_test(running_and_no_call_are_outcomes),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(every_interface_of_a_machine_is_known_by_its_number),
		cmocka_unit_test(other_calls_are_no_exec),
		cmocka_unit_test(munmap_with_a_wide_address_is_not_taken_for_execve),
		cmocka_unit_test(a_running_task_is_asked_again_until_the_budget_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
