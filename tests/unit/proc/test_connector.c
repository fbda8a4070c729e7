#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/connector.h"

#define HEARD_MOST 4096

struct heard {
	struct lw_executed_task tasks[HEARD_MOST];
	size_t count;
};

static struct lw_connector connector = {.fd = -1};
static struct heard heard;

static void
hear(void *arg, const struct lw_executed_task *task)
{
	struct heard *h = arg;

	assert_true(h->count < HEARD_MOST);
	h->tasks[h->count++] = *task;
}

static const struct lw_executed_task *
find(uint32_t tid)
{
	for (size_t i = 0; i < heard.count; i++)
		if (heard.tasks[i].tid == tid)
			return &heard.tasks[i];
	return NULL;
}

static int
set_up(void **state)
{
	heard.count = 0;
	if (lw_connector_open(&connector) < 0)
		connector.fd = -1;
	return 0;
}

static int
tear_down(void **state)
{
	lw_connector_done(&connector);
	return 0;
}

static pid_t
spawn(bool executes)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (executes)
			execl("/bin/true", "true", NULL);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return pid;
}

static void
an_execution_is_told_before_the_task_goes_on(void **state)
{
	if (connector.fd < 0)
		skip(); /* not root, or not in the first pid namespace */
	uint64_t before = lw_now_us();
	pid_t forked = spawn(false), executed = spawn(true);

	assert_int_equal(lw_connector_read(&connector, hear, &heard), 0);
	assert_null(find((uint32_t)forked));
	const struct lw_executed_task *task = find((uint32_t)executed);
	assert_non_null(task);
	assert_in_range(task->time_us, before, lw_now_us());
	heard.count = 0;
	assert_int_equal(lw_connector_read(&connector, hear, &heard), 0);
	assert_null(find((uint32_t)executed));
}

static void
what_could_not_be_queued_is_said_once(void **state)
{
	int bytes = 1;

	if (connector.fd < 0)
		skip();
	assert_int_equal(setsockopt(connector.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
	for (int i = 0; i < 20; i++)
		spawn(true);
	assert_int_equal(lw_connector_read(&connector, hear, &heard), LW_CONNECTOR_LOST);
	bytes = LW_CONNECTOR_BYTES;
	assert_int_equal(
		setsockopt(connector.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)), 0);
	assert_int_equal(lw_connector_read(&connector, hear, &heard), 0);
	pid_t executed = spawn(true);
	assert_int_equal(lw_connector_read(&connector, hear, &heard), 0);
	assert_non_null(find((uint32_t)executed));
}

/* The kernel would not even say no. */
static void
another_pid_namespace_has_none_and_no_wait(void **state)
{
	struct lw_connector c;
	uint64_t start = lw_now_us();
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWPID) < 0)
			_exit(9);
		pid = fork();
		if (pid == 0)
			_exit(lw_connector_open(&c) == -EOPNOTSUPP && c.fd == -1 ? 0 : 1);
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 9)
		skip(); /* not root */
	assert_int_equal(status, 0);
	assert_true(lw_now_us() - start < 10000000);
}

struct datagram {
	struct nlmsghdr header;
	struct cn_msg connector;
	struct proc_event event;
} __attribute__((packed));

static void
only_executions_are_taken(void **state)
{
	struct datagram d = {.connector.id = {CN_IDX_PROC, CN_VAL_PROC},
		.event = {.what = PROC_EVENT_EXEC, .timestamp_ns = 5999}};
	struct lw_executed_task task = {0};

	d.event.event_data.exec.process_pid = 7;
	assert_true(lw_connector_parse(&d, sizeof(d), &task));
	assert_int_equal(task.tid, 7);
	assert_int_equal(task.time_us, 5);
	assert_false(lw_connector_parse(&d, sizeof(d) - 1, &task));
	assert_false(lw_connector_parse(&d, 0, &task));
	d.event.what = PROC_EVENT_FORK;
	assert_false(lw_connector_parse(&d, sizeof(d), &task));
	d.event.what = PROC_EVENT_EXEC;
	d.connector.id.idx = CN_IDX_PROC + 1;
	assert_false(lw_connector_parse(&d, sizeof(d), &task));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_execution_is_told_before_the_task_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_could_not_be_queued_is_said_once, set_up, tear_down),
		cmocka_unit_test(another_pid_namespace_has_none_and_no_wait),
		cmocka_unit_test(only_executions_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
