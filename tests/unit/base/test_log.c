#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/log.h"

/* The test's own stderr becomes one end of a SEQPACKET pair, as in a child of the guard. */
struct fixture {
	int saved;
	int reader;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2], small = 4096;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	f->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	f->reader = fds[0];
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	lw_log_open("role", LW_LOG_INFO);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	dup2(f->saved, STDERR_FILENO);
	close(f->saved);
	lw_closep(&f->reader);
	free(f);
	return 0;
}

static void
assert_line(struct fixture *f, const char *expected)
{
	char line[16384];
	ssize_t n = recv(f->reader, line, sizeof(line) - 1, 0);

	assert_true(n >= 0);
	line[n] = '\0';
	assert_string_equal(line, expected);
}

static void
line_has_role_and_level_and_is_one_datagram(void **state)
{
	struct fixture *f = *state;

	lw_log(LW_LOG_INFO, "started %d", 3);
	lw_log(LW_LOG_ERROR, "no");
	assert_line(f, "role: started 3\n");
	assert_line(f, "role: error: no\n");
}

static void
detail_above_the_level_is_not_written(void **state)
{
	struct fixture *f = *state;
	char c;

	lw_log(LW_LOG_DEBUG, "detail");
	assert_true(recv(f->reader, &c, 1, 0) < 0);
}

static void
text_cannot_forge_a_line(void **state)
{
	struct fixture *f = *state;

	lw_log(LW_LOG_INFO, "path %s", "a\nguard: error: b\x1b[2J\xff");
	assert_line(f, "role: path a\\x0aguard: error: b\\x1b[2J\\xff\n");
}

static void
long_text_is_cut(void **state)
{
	struct fixture *f = *state;
	char text[5000], line[16384];
	ssize_t n;

	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	lw_log(LW_LOG_INFO, "%s", text);
	n = recv(f->reader, line, sizeof(line), 0);
	assert_in_range(n, 4000, 4200);
	assert_memory_equal(&line[n - 4], "...\n", 4);
}

static void
full_queue_drops_and_counts_and_does_not_wait(void **state)
{
	uint64_t before = lw_log_dropped();

	for (int i = 0; i < 200; i++)
		lw_log(LW_LOG_INFO, "%0100d", i);
	assert_true(lw_log_dropped() > before);
	assert_true(lw_log_dropped() < before + 200);
}

static void
vanished_reader_is_counted_and_kills_nobody(void **state)
{
	struct fixture *f = *state;
	uint64_t before = lw_log_dropped();

	lw_closep(&f->reader);
	errno = ENOENT;
	lw_log(LW_LOG_INFO, "anyone?");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(lw_log_dropped(), before + 1);
}

static void
stderr_that_is_no_socket_is_written_too(void **state)
{
	int fds[2];
	char line[64] = "";

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	lw_log(LW_LOG_WARNING, "careful");
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "role: warning: careful\n");
	close(fds[0]);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(line_has_role_and_level_and_is_one_datagram),
		LOG_TEST(detail_above_the_level_is_not_written),
		LOG_TEST(text_cannot_forge_a_line),
		LOG_TEST(long_text_is_cut),
		LOG_TEST(full_queue_drops_and_counts_and_does_not_wait),
		LOG_TEST(vanished_reader_is_counted_and_kills_nobody),
		LOG_TEST(stderr_that_is_no_socket_is_written_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
