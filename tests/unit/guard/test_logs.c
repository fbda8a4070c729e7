/*
 * A child's end of its stderr on one side, a pipe in place of the guard's stderr on the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "guard/logs.h"

struct pipes {
	struct lw_logs logs;
	int child, ours; /* the child's stderr */
	int reader; /* of what the guard writes */
};

static int
set_up(void **state)
{
	struct pipes *p = calloc(1, sizeof(*p));
	int ends[2];

	assert_non_null(p);
	assert_int_equal(lw_logs_pair(ends), 0);
	p->ours = ends[0];
	p->child = ends[1];
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	p->reader = ends[0];
	p->logs.fd = ends[1];
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct pipes *p = *state;

	close(p->child);
	close(p->ours);
	close(p->reader);
	close(p->logs.fd);
	free(p);
	return 0;
}

static void
say(struct pipes *p, const char *text)
{
	assert_int_equal(send(p->child, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static const char *
heard(struct pipes *p)
{
	static char buf[65536];
	ssize_t n = read(p->reader, buf, sizeof(buf) - 1);

	buf[LW_MAX(n, 0)] = '\0';
	return buf;
}

static void
a_line_that_names_its_process_passes_as_it_is(void **state)
{
	struct pipes *p = *state;

	say(p, "classify: warning: all is well\n");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "classify", 1), 0);
	assert_string_equal(heard(p), "classify: warning: all is well\n");
}

static void
any_other_line_is_given_the_name(void **state)
{
	struct pipes *p = *state;

	say(p, "gate: I am the gate\nclassifying: too\n\nno newline");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "classify", 1), 0);
	assert_string_equal(heard(p),
		"classify[1]: gate: I am the gate\nclassify[1]: classifying: too\nclassify[1]: "
		"no newline\n");
}

static void
control_bytes_are_shown(void **state)
{
	struct pipes *p = *state;

	say(p, "classify: \033[2J\r\xff");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "classify", 0), 0);
	assert_string_equal(heard(p), "classify: \\x1b[2J\\x0d\\xff\n");
}

static void
a_line_is_never_longer_than_a_pipe_takes_at_once(void **state)
{
	struct pipes *p = *state;
	char line[9000];

	memset(line, '\001', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	say(p, line);
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	assert_int_equal(strlen(heard(p)), 4096);
}

static void
a_reader_that_does_not_read_costs_lines_not_time(void **state)
{
	struct pipes *p = *state;
	uint64_t before;
	char line[1001];

	memset(line, 'x', sizeof(line));
	line[1000] = '\0';
	before = lw_now_us();
	for (int i = 0; i < 1000; i++) {
		say(p, line);
		assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	}
	/* once it reads again it is told how many are missing */
	assert_true(lw_now_us() - before < 2000000);
	assert_true(p->logs.dropped > 500);
	assert_int_equal(p->logs.written + p->logs.dropped, 1000);
	(void)heard(p);
	say(p, "gate: again");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	assert_non_null(strstr(heard(p), "log lines were dropped\ngate: again\n"));
	assert_int_equal(p->logs.told, p->logs.dropped);
}

static void
a_flood_is_taken_in_portions(void **state)
{
	struct pipes *p = *state;

	for (int i = 0; i < LW_LOGS_A_ROUND + 5; i++)
		say(p, "gate: x");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	assert_int_equal(p->logs.written, LW_LOGS_A_ROUND);
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	assert_int_equal(p->logs.written, LW_LOGS_A_ROUND + 5);
}

static void
the_end_of_a_child_is_told(void **state)
{
	struct pipes *p = *state;

	say(p, "gate: last words");
	close(p->child);
	p->child = -1;
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), -EPIPE);
	assert_string_equal(heard(p), "gate: last words\n");
}

/* A sanitizer writes nothing now and then, in the midst of what it has to say. */
static void
an_empty_datagram_is_not_the_end(void **state)
{
	struct pipes *p = *state;

	say(p, "gate: one");
	say(p, "");
	say(p, "gate: two");
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), 0);
	assert_string_equal(heard(p), "gate: one\ngate: two\n");
	say(p, "");
	say(p, "gate: three");
	close(p->child);
	p->child = -1;
	assert_int_equal(lw_logs_take(&p->logs, p->ours, "gate", 0), -EPIPE);
	assert_string_equal(heard(p), "gate: three\n");
}

#define with_pipes(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_pipes(a_line_that_names_its_process_passes_as_it_is),
		with_pipes(any_other_line_is_given_the_name),
		with_pipes(control_bytes_are_shown),
		with_pipes(a_line_is_never_longer_than_a_pipe_takes_at_once),
		with_pipes(a_reader_that_does_not_read_costs_lines_not_time),
		with_pipes(a_flood_is_taken_in_portions),
		with_pipes(the_end_of_a_child_is_told),
		with_pipes(an_empty_datagram_is_not_the_end),
	};

	return cmocka_run_group_tests_name("logs", tests, NULL, NULL);
}
