#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "proc/notify.h"

/*
 * A manager that listens on a socket of the abstract namespace; its name goes into $NOTIFY_SOCKET.
 */
static int
listen_abstract(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[64];
	int n = snprintf(name, sizeof(name), "@layerwatch-test-%d", (int)getpid());

	assert_true(fd >= 0 && n > 0);
	memcpy(&a.sun_path[1], &name[1], (size_t)n - 1);
	assert_int_equal(
		bind(fd, (struct sockaddr *)&a, offsetof(struct sockaddr_un, sun_path) + (size_t)n),
		0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void
a_manager_hears_the_fields(void **state)
{
	int fd = listen_abstract();
	struct lw_notify n;
	char buf[64];

	assert_int_equal(lw_notify_open(&n), 0);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_int_equal(lw_notify_send(&n, "READY=1\nSTATUS=x"), 0);
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), 16);
	assert_memory_equal(buf, "READY=1\nSTATUS=x", 16);
	lw_notify_done(&n);
	close(fd);
}

/* A manager that does not read must not hold us. */
static void
a_full_queue_is_an_error_not_a_wait(void **state)
{
	int fd = listen_abstract(), r = 0;
	struct lw_notify n;

	assert_int_equal(lw_notify_open(&n), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = lw_notify_send(&n, "WATCHDOG=1");
	assert_int_equal(r, -EAGAIN);
	lw_notify_done(&n);
	close(fd);
}

static void
without_a_manager_nothing_happens(void **state)
{
	struct lw_notify n;

	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(lw_notify_open(&n), 0);
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog_us, 0);
	assert_int_equal(lw_notify_send(&n, "READY=1"), 0);
}

static void
a_name_that_is_no_socket_is_an_error(void **state)
{
	struct lw_notify n;

	assert_int_equal(setenv("NOTIFY_SOCKET", "vsock:2:1234", 1), 0);
	assert_int_equal(lw_notify_open(&n), -EAFNOSUPPORT);
	assert_int_equal(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
	assert_int_equal(lw_notify_open(&n), -ENOENT);
	assert_int_equal(n.fd, -1);
}

static void
the_watchdog_is_ours_only_with_our_pid(void **state)
{
	struct lw_notify n;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	assert_int_equal(lw_notify_open(&n), 0);
	assert_int_equal(n.watchdog_us, 3000000);
	assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	assert_int_equal(lw_notify_open(&n), 0);
	assert_int_equal(n.watchdog_us, 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "3s", 1), 0);
	assert_int_equal(lw_notify_open(&n), 0);
	assert_int_equal(n.watchdog_us, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manager_hears_the_fields),
		cmocka_unit_test(a_full_queue_is_an_error_not_a_wait),
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(a_name_that_is_no_socket_is_an_error),
		cmocka_unit_test(the_watchdog_is_ours_only_with_our_pid),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
