/*
 * lw_spawn with /bin/sh as the program: it looks at what it was born with.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "proc/spawn.h"

#define OUTPUT_MAX 8192

static pid_t
spawn_sh(const char *script, const int fds[LW_SPAWN_FDS], int *pidfd)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct lw_spawn s = {.path = "/bin/sh", .argv = argv};

	memcpy(s.fds, fds, sizeof(s.fds));
	return lw_spawn(&s, pidfd);
}

/* Runs the script with stdout into a pipe; returns what it wrote. */
static const char *
output_of(const char *script)
{
	static char buf[OUTPUT_MAX];
	int ends[2], status;
	int fds[LW_SPAWN_FDS] = {-1, -1, -1, -1, -1, -1, -1, -1};
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds[1] = ends[1];
	pid = spawn_sh(script, fds, NULL);
	assert_true(pid > 0);
	close(ends[1]);
	n = lw_read_full(ends[0], buf, sizeof(buf) - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return buf;
}

static void
only_the_numbered_descriptors_are_open(void **state)
{
	int noise = open("/etc/passwd", O_RDONLY); /* on purpose without O_CLOEXEC */
	int high = fcntl(noise, F_DUPFD, 700);

	/* 3 is ls's own, of the folder it reads */
	assert_string_equal(output_of("exec ls /proc/self/fd"), "0\n1\n2\n3\n");
	close(high);
	close(noise);
}

static void
absent_standard_descriptors_are_null(void **state)
{
	assert_string_equal(
		output_of("readlink /proc/self/fd/0 /proc/self/fd/2"), "/dev/null\n/dev/null\n");
}

/* Sources lie where others are to go: a careless dup2 would overwrite them. */
static void
descriptors_that_cross_keep_their_meaning(void **state)
{
	int fds[LW_SPAWN_FDS] = {-1, -1, 2, -1, -1, -1, -1, -1};
	int ends[4][2], status;
	char byte;
	pid_t pid;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pipe2(ends[i], O_CLOEXEC), 0);
	for (int i = 0; i < 4; i++)
		fds[4 + i] = ends[3 - i][1];
	pid = spawn_sh("printf 4 >&4; printf 5 >&5; printf 6 >&6; printf 7 >&7", fds, NULL);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(read(ends[3 - i][0], &byte, 1), 1);
		assert_int_equal(byte, '4' + i);
		close(ends[3 - i][0]);
		close(ends[3 - i][1]);
	}
}

static void
environment_and_signals_are_clean(void **state)
{
	const char *text, *ignored;
	sigset_t blocked;

	assert_int_equal(setenv("LD_PRELOAD_OF_NOBODY", "x", 1), 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	(void)signal(SIGUSR2, SIG_IGN);
	text = output_of("env; grep -E '^Sig(Blk|Ign)' /proc/self/status; pwd");
	assert_null(strstr(text, "LD_PRELOAD_OF_NOBODY"));
	assert_non_null(strstr(text, "PATH="));
	assert_non_null(strstr(text, "SigBlk:\t0000000000000000"));
	/* 32 and 33 are libc's own: posix_spawn(3), as make uses it, leaves them ignored */
	ignored = strstr(text, "SigIgn:\t");
	assert_non_null(ignored);
	assert_int_equal(strtoull(strchr(ignored, '\t'), NULL, 16) & ~UINT64_C(0x180000000), 0);
	assert_non_null(strstr(text, "\n/\n"));
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &blocked, NULL), 0);
}

static void
a_failed_exec_is_an_errno(void **state)
{
	const char *const argv[] = {"x", NULL};
	struct lw_spawn s = {.path = "/nonexistent/program",
		.argv = argv,
		.fds = {-1, -1, -1, -1, -1, -1, -1, -1}};

	assert_int_equal(lw_spawn(&s, NULL), -ENOENT);
	s.path = "/etc/passwd";
	assert_int_equal(lw_spawn(&s, NULL), -EACCES);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and nothing is left to reap */
	assert_int_equal(errno, ECHILD);
}

static void
a_bad_descriptor_is_an_errno(void **state)
{
	int fds[LW_SPAWN_FDS] = {-1, -1, -1, 1000000, -1, -1, -1, -1};

	assert_int_equal(spawn_sh("true", fds, NULL), -EBADF);
}

static void
a_pidfd_comes_with_it(void **state)
{
	int fds[LW_SPAWN_FDS] = {-1, -1, -1, -1, -1, -1, -1, -1}, pidfd = -1;
	pid_t pid = spawn_sh("exit 3", fds, &pidfd);
	int status;

	assert_true(pid > 0);
	assert_true(pidfd >= 0);
	assert_int_equal(fcntl(pidfd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 3);
	close(pidfd);
}

/*
 * A middle process spawns a sleeper and is killed; the sleeper holds the pipe open while it lives.
 */
static void
children_die_with_their_parent(void **state)
{
	int ends[2], fds[LW_SPAWN_FDS] = {-1, -1, -1, -1, -1, -1, -1, -1};
	char byte;
	pid_t middle;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	middle = fork();
	assert_true(middle >= 0);
	if (middle == 0) {
		fds[3] = ends[1];
		if (spawn_sh("printf x >&3; exec sleep 60", fds, NULL) < 0)
			_exit(1);
		close(ends[1]);
		pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void
the_folder_given_wins(void **state)
{
	char path[256];

	assert_int_equal(lw_spawn_libexec("/given", path, sizeof(path)), 0);
	assert_string_equal(path, "/given");
	assert_int_equal(lw_spawn_libexec("/given", path, 3), -ENAMETOOLONG);
	assert_int_equal(lw_spawn_libexec(NULL, path, sizeof(path)), 0);
	assert_int_equal(path[0], '/');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_numbered_descriptors_are_open),
		cmocka_unit_test(absent_standard_descriptors_are_null),
		cmocka_unit_test(descriptors_that_cross_keep_their_meaning),
		cmocka_unit_test(environment_and_signals_are_clean),
		cmocka_unit_test(a_failed_exec_is_an_errno),
		cmocka_unit_test(a_bad_descriptor_is_an_errno),
		cmocka_unit_test(a_pidfd_comes_with_it),
		cmocka_unit_test(children_die_with_their_parent),
		cmocka_unit_test(the_folder_given_wins),
	};

	return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
