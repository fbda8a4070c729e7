#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/fatal.h"

/* End of file on the guarded pipe, then the signal's own effect. */
static void
crash(int signo)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		lw_fatal_guard(fds[1]);
		raise(signo);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 0); /* end of file: closed */
	close(fds[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signo);
}

static void
fatal_signals_close_the_group_and_still_kill(void **state)
{
	crash(SIGSEGV);
	crash(SIGABRT);
	crash(SIGBUS);
}

/* A process that is already dying must not be left with a handler that hides its end. */
static void
without_a_group_the_signal_just_kills(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* the test framework has its own */
		lw_fatal_guard(-1);
		raise(SIGSEGV);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fatal_signals_close_the_group_and_still_kill),
		cmocka_unit_test(without_a_group_the_signal_just_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
