#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

#include "report/control.h"

struct fixture {
	struct lw_loop *loop;
	struct lw_control *control;
	struct sockaddr_un address;
	enum lw_control_request asked;
	uint32_t seconds;
	int asked_fd;
	int refuse;
	size_t status_bytes;
};

static void
make_status(void *arg, struct lw_text *out)
{
	struct fixture *f = arg;

	lw_text_adds(out, "{\"version\":\"1\"");
	for (size_t i = 0; i < f->status_bytes; i++)
		lw_text_adds(out, " ");
	lw_text_adds(out, "}\n");
}

static void
make_containers(void *arg, struct lw_text *out)
{
	lw_text_adds(out, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
}

static int
take_request(void *arg, enum lw_control_request request, uint32_t seconds, int fd)
{
	struct fixture *f = arg;

	f->asked = request;
	f->seconds = seconds;
	f->asked_fd = fd;
	return f->refuse;
}

static const struct lw_control_ops ops = {make_status, make_containers, take_request};

static int
begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	f->address.sun_family = AF_UNIX;
	snprintf(&f->address.sun_path[1], 64, "lw-control-%d-%p", getpid(), (void *)f);
	if (lw_loop_new(&f->loop) != 0 || bind(fd, (void *)&f->address, sizeof(f->address)) != 0 ||
		listen(fd, 64) != 0)
		return -1;
	*state = f;
	return lw_control_new(&f->control, f->loop, fd, &ops, f);
}

static int
end(void **state)
{
	struct fixture *f = *state;

	lw_control_free(f->control);
	lw_loop_free(f->loop);
	free(f);
	return 0;
}

static int
client(struct fixture *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (void *)&f->address, sizeof(f->address)), 0);
	return fd;
}

static void
run(struct fixture *f, unsigned rounds)
{
	while (rounds--)
		lw_loop_once(f->loop, 2);
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Everything that comes until the server closes, or nothing more comes. */
static char *
hear(struct fixture *f, int fd, bool *closed)
{
	static char buf[LW_CONTROL_BACKLOG + 65536];
	size_t have = 0;

	*closed = false;
	for (unsigned quiet = 0; quiet < 20 && !*closed;) {
		ssize_t n = recv(fd, &buf[have], sizeof(buf) - 1 - have, 0);

		if (n > 0)
			have += n;
		*closed = n == 0;
		quiet = n > 0 ? 0 : quiet + 1;
		run(f, 1);
	}
	buf[have] = '\0';
	return buf;
}

static void
assert_reply(struct fixture *f, const char *request, const char *want)
{
	int fd = client(f);
	bool closed;

	say(fd, request);
	assert_string_equal(hear(f, fd, &closed), want);
	assert_true(closed);
	close(fd);
}

static void
assert_answer(struct fixture *f, const char *request, const char *want)
{
	assert_reply(f, request, want);
	assert_int_equal(lw_control_clients(f->control), 0);
}

static void
requests_are_answered_and_closed(void **state)
{
	struct fixture *f = *state;

	assert_answer(f, "status\n", "{\"ok\":true}\n{\"version\":\"1\"}\n");
	assert_answer(f, "containers\n", "{\"ok\":true}\n{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
}

static void
what_is_not_understood_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_answer(f, "\n", "{\"ok\":false,\"error\":\"unknown request\"}\n");
	assert_answer(f, "\"}\n", "{\"ok\":false,\"error\":\"unknown request\"}\n");
	assert_answer(f, "status now\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_answer(f, "pause\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_answer(f, "pause 0\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_answer(f, "pause 3601\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_answer(f, "pause -1\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_answer(
		f, "pause 99999999999999999999\n", "{\"ok\":false,\"error\":\"bad argument\"}\n");
	assert_int_equal(f->asked, LW_CONTROL_NONE);
}

static void
requests_that_change_something_are_handed_over(void **state)
{
	struct fixture *f = *state;

	assert_answer(f, "pause 60\n", "{\"ok\":true}\n");
	assert_int_equal(f->asked, LW_CONTROL_PAUSE);
	assert_int_equal(f->seconds, 60);
	assert_true(f->asked_fd >= 0);
	assert_answer(f, "resume\n", "{\"ok\":true}\n");
	assert_int_equal(f->asked, LW_CONTROL_RESUME);
	f->refuse = -EPIPE;
	assert_answer(
		f, "reload\n", "{\"ok\":false,\"error\":\"the daemon could not be asked\"}\n");
	assert_int_equal(f->asked, LW_CONTROL_RELOAD);
}

static void
a_request_may_come_in_pieces(void **state)
{
	struct fixture *f = *state;
	int fd = client(f);
	bool closed;

	say(fd, "sta");
	run(f, 3);
	say(fd, "tus\n");
	assert_non_null(strstr(hear(f, fd, &closed), "version"));
	assert_true(closed);
	close(fd);
}

static void
a_client_that_says_no_more_still_gets_its_answer(void **state)
{
	struct fixture *f = *state;
	int fd = client(f);
	bool closed;

	f->status_bytes = 1024 * 1024;
	say(fd, "status\n");
	shutdown(fd, SHUT_WR);
	run(f, 3);
	assert_true(strlen(hear(f, fd, &closed)) > 1024 * 1024);
	assert_true(closed);
	close(fd);
}

static void
a_line_without_end_is_dropped(void **state)
{
	struct fixture *f = *state;
	char junk[LW_CONTROL_LINE + 1];
	int fd = client(f);
	bool closed;

	memset(junk, 'x', sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	say(fd, junk);
	assert_string_equal(hear(f, fd, &closed), "");
	assert_true(closed);
	assert_int_equal(lw_control_dropped(f->control), 1);
	close(fd);
}

static void
tail_follows_until_the_client_leaves(void **state)
{
	struct fixture *f = *state;
	int fd = client(f);
	bool closed;

	say(fd, "tail\n");
	run(f, 3);
	lw_control_tail(f->control, "{\"a\":1}\n", 8);
	lw_control_tail(f->control, "{\"b\":1}\n", 8);
	assert_string_equal(hear(f, fd, &closed), "{\"ok\":true}\n{\"a\":1}\n{\"b\":1}\n");
	assert_false(closed);
	close(fd);
	run(f, 3);
	assert_int_equal(lw_control_clients(f->control), 0);
	lw_control_tail(f->control, "{\"c\":1}\n", 8);
}

/* One that follows and does not read is dropped at the bound; another one gets every line. */
static void
a_slow_client_is_dropped_at_the_bound(void **state)
{
	struct fixture *f = *state;
	int slow = client(f), quick = client(f);
	static char line[65536];
	size_t got = 0;
	bool closed;

	say(slow, "tail\n");
	say(quick, "tail\n");
	run(f, 5);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 2 * (int)(LW_CONTROL_BACKLOG / sizeof(line)); i++) {
		lw_control_tail(f->control, line, sizeof(line));
		got += strlen(hear(f, quick, &closed));
		if (closed)
			break;
	}
	assert_int_equal(lw_control_dropped(f->control), 1);
	assert_int_equal(lw_control_clients(f->control), 1);
	assert_int_equal(got, 12 + 2 * (LW_CONTROL_BACKLOG / sizeof(line)) * sizeof(line));
	close(slow);
	close(quick);
}

static void
a_silent_client_is_dropped_in_time(void **state)
{
	struct fixture *f = *state;
	int fd = client(f);
	uint64_t start;

	run(f, 3);
	assert_int_equal(lw_control_clients(f->control), 1);
	start = lw_now_us();
	while (lw_control_clients(f->control) && lw_now_us() - start < 2 * LW_CONTROL_REQUEST_US)
		lw_loop_once(f->loop, 100);
	assert_in_range(lw_now_us() - start, LW_CONTROL_REQUEST_US / 2, 2 * LW_CONTROL_REQUEST_US);
	assert_int_equal(lw_control_dropped(f->control), 1);
	close(fd);
}

/* So many clients that say `request`, or nothing. */
static void
fill(struct fixture *f, int *fds, size_t count, const char *request)
{
	for (size_t i = 0; i < count; i++) {
		fds[i] = client(f);
		if (request)
			say(fds[i], request);
		run(f, 2);
	}
}

static void
leave(struct fixture *f, int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	run(f, 2 * count);
	assert_int_equal(lw_control_clients(f->control), 0);
}

/* The bug: sixteen clients that said nothing kept everybody else out. */
static void
idle_clients_keep_nobody_out(void **state)
{
	struct fixture *f = *state;
	int idle[LW_CONTROL_CLIENTS], fd;
	bool closed;

	fill(f, idle, LW_CONTROL_CLIENTS, NULL);
	fd = client(f);
	say(fd, "status\n");
	assert_non_null(strstr(hear(f, fd, &closed), "version"));
	close(fd);
	assert_string_equal(
		hear(f, idle[0], &closed), "{\"ok\":false,\"error\":\"too many clients\"}\n");
	assert_true(closed);
	assert_string_equal(hear(f, idle[1], &closed), "");
	assert_false(closed);
	assert_int_equal(lw_control_dropped(f->control), 1);
	leave(f, idle, LW_CONTROL_CLIENTS);
}

static void
clients_that_follow_leave_room_for_others(void **state)
{
	struct fixture *f = *state;
	int tails[LW_CONTROL_TAILS], idle[LW_CONTROL_CLIENTS], fd;
	bool closed;

	fill(f, tails, LW_CONTROL_TAILS, "tail\n");
	assert_reply(f, "tail\n", "{\"ok\":false,\"error\":\"too many clients follow already\"}\n");
	fill(f, idle, LW_CONTROL_CLIENTS, NULL);
	fd = client(f);
	say(fd, "status\n");
	assert_non_null(strstr(hear(f, fd, &closed), "version"));
	close(fd);
	for (size_t i = 0; i < LW_CONTROL_TAILS; i++) {
		assert_string_equal(hear(f, tails[i], &closed), "{\"ok\":true}\n");
		assert_false(closed);
		close(tails[i]);
	}
	leave(f, idle, LW_CONTROL_CLIENTS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(requests_are_answered_and_closed),
		T(what_is_not_understood_is_refused),
		T(requests_that_change_something_are_handed_over),
		T(a_request_may_come_in_pieces),
		T(a_client_that_says_no_more_still_gets_its_answer),
		T(a_line_without_end_is_dropped),
		T(tail_follows_until_the_client_leaves),
		T(a_slow_client_is_dropped_at_the_bound),
		T(a_silent_client_is_dropped_in_time),
		T(idle_clients_keep_nobody_out),
		T(clients_that_follow_leave_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
