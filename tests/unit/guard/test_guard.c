/*
 * The whole guard with fake children: what it starts, what it tells whom, what it does when they
 * die, hang, lie, or when the policy or the service manager wants something.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "rig.h"

static const char *const all[RIG_PROCESSES] = {
	"gate[0]", "classify[0]", "classify[1]", "resolve[0]", "report[0]"};

static void
it_starts_all_and_introduces_them(void **state)
{
	/* four pairs, told to both, and each end really reaches the other */
	struct rig *r = *state;
	rig_start_ready(r);
	rig_wait(r, "log", " start uid 65534 gid 65534", RIG_PROCESSES);
	rig_wait(r, "log", "config 1 detect", RIG_PROCESSES);
	rig_wait(r, "log", "gate[0]", 1);
	rig_wait(r, "log", " peer gate[0]", 4);
	rig_wait(r, "log", " peer classify[1]", 1);
	rig_wait(r, "log", "hears hello from gate[0]", 4);
	rig_wait(r, "log", "hears hello from classify[0]", 1);
	rig_wait(r, "log", "hears hello from report[0]", 1);
	rig_wait(r, "log", "processes 5 restarts 0 rejected 0", 1);
	rig_wait(r, "err", "watching, mode detect: 3 overlays marked", 1);
	assert_int_equal(rig_count(r, "out", "finding"), 1);
}

static void
it_makes_socket_and_sink_folders_as_private_as_they_must_be(void **state)
{
	struct rig *r = *state;
	char path[256];
	struct stat st;

	rig_start_ready(r);
	rig_path(r, "run/control.sock", path, sizeof(path));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	rig_path(r, "run", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	rig_path(r, "sinks", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	rig_path(r, "sinks/deep", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0750);
}

static void
it_stops_the_gate_first_and_leaves_nothing(void **state)
{
	struct rig *r = *state;
	pid_t pids[RIG_PROCESSES];
	char path[256];

	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	for (int i = 0; i < RIG_PROCESSES; i++)
		pids[i] = rig_pid(r, all[i]);
	assert_int_equal(kill(r->guard, SIGTERM), 0);
	rig_hear(r, "STOPPING=1");
	assert_int_equal(rig_wait_end(r), 0);
	assert_int_equal(rig_count(r, "log", " stop"), RIG_PROCESSES);
	rig_first(r, "log", " stop", path, sizeof(path));
	assert_memory_equal(path, "gate[0]", 7);
	for (int i = 0; i < RIG_PROCESSES; i++)
		assert_false(rig_exists(pids[i]));
	rig_path(r, "run/control.sock", path, sizeof(path));
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_gate_that_does_not_end_is_ended(void **state)
{
	struct rig *r = *state;
	uint64_t before;

	rig_order(r, "gate", "stubborn");
	rig_order(r, "resolve", "stubborn");
	rig_start_ready(r);
	before = lw_now_us();
	assert_int_equal(kill(r->guard, SIGINT), 0);
	assert_int_equal(rig_wait_end(r), 0);
	assert_in_range(lw_now_us() - before, 900000, 10000000);
	assert_int_equal(rig_count(r, "err", "it does not end"), 2);
}

static void
a_closed_channel_is_no_reason_to_cut_the_last_work_short(void **state)
{
	struct rig *r = *state;

	rig_order(r, "report", "linger");
	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	assert_int_equal(kill(r->guard, SIGTERM), 0);
	assert_int_equal(rig_wait_end(r), 0);
	assert_int_equal(rig_count(r, "log", "has lingered"), 1);
}

static void
a_helper_that_dies_comes_back_with_new_channels(void **state)
{
	struct rig *r = *state;
	char hello[64];

	rig_start_ready(r);
	rig_wait(r, "log", " peer classify[1]", 1);
	assert_int_equal(kill(rig_pid(r, "classify[1]"), SIGKILL), 0);
	rig_wait(r, "log", " peer classify[1]", 2);
	rig_wait(r, "log", "restarts 1", 1);
	snprintf(hello, sizeof(hello), "hears hello from classify[1] %d",
		(int)rig_pid(r, "classify[1]"));
	rig_wait(r, "log", hello, 1);
	rig_wait(r, "err", "classify[1] (pid", 1);
	assert_int_equal(rig_count(r, "log", "gate[0]") > 0, 1);
	assert_int_equal(rig_count(r, "err", "gate[0] (pid"), 0);
}

static void
a_gate_that_dies_comes_back_at_once_and_meets_all_again(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_wait(r, "log", "hears hello from gate[0]", 4);
	assert_int_equal(kill(rig_pid(r, "gate[0]"), SIGSEGV), 0);
	rig_wait(r, "log", " peer gate[0]", 8);
	rig_wait(r, "log", "hears hello from gate[0]", 8);
	assert_int_equal(rig_count(r, "err", "gate[0] is started again in 0 ms"), 1);
}

static void
report_comes_back_with_the_control_socket(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_wait(r, "log", "report[0]", 1);
	assert_int_equal(kill(rig_pid(r, "report[0]"), SIGKILL), 0);
	rig_wait(r, "out", "finding", 2);
	rig_ask(r, "pause 5\n");
	rig_wait(r, "log", "pause 5", 1);
}

static void
a_helper_that_keeps_dying_is_started_ever_less_often(void **state)
{
	struct rig *r = *state;

	rig_order(r, "resolve", "crash");
	rig_start_ready(r);
	rig_wait(r, "err", "resolve[0] is started again in 100 ms", 1);
	rig_wait(r, "err", "resolve[0] is started again in 200 ms", 1);
	rig_wait(r, "err", "resolve[0] is started again in 400 ms", 1);
	rig_wait(r, "err", "resolve[0] is started again in 800 ms", 1);
	rig_order(r, "resolve", "");
	rig_wait(r, "log", "restarts 4", 1);
}

static void
a_stopped_gate_is_replaced_within_its_deadline(void **state)
{
	struct rig *r = *state;
	uint64_t before;
	pid_t gate;

	rig_start_ready(r);
	gate = rig_pid(r, "gate[0]");
	before = lw_now_us();
	assert_int_equal(kill(gate, SIGSTOP), 0);
	rig_wait(r, "err", "it is silent", 1);
	assert_in_range(lw_now_us() - before, 700000, 6000000);
	rig_wait(r, "log", "gate[0]", 2);
	rig_wait(r, "log", " peer gate[0]", 8);
	assert_false(rig_exists(gate));
}

static void
a_gate_that_goes_silent_is_replaced(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_order(r, "gate", "silent");
	rig_wait(r, "err", "it is silent", 1);
	rig_order(r, "gate", "");
	rig_wait(r, "log", "peer report[0]", 2);
}

static void
the_gate_can_have_a_late_helper_replaced(void **state)
{
	struct rig *r = *state;

	rig_order(r, "gate", "replace");
	rig_start_ready(r);
	rig_wait(r, "err", "classify[0] (pid", 1);
	rig_wait(r, "err", "it missed its deadline", 1);
	rig_wait(r, "log", " peer classify[0]", 2);
}

static void
a_helper_that_asks_what_it_may_not_is_killed(void **state)
{
	struct rig *r = *state;

	rig_order(r, "classify", "misuse");
	rig_start_ready(r);
	rig_wait(r, "err", "it broke the protocol", 2);
	rig_order(r, "classify", "");
	assert_int_equal(rig_count(r, "log", "reopen"), 0);
}

static void
hash_lists_reach_classify_before_the_policy(void **state)
{
	struct rig *r = *state;
	char path[256], more[512];
	int fd;

	rig_path(r, "bad.hashset", path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(lw_write_full(fd, "L", 1), 0);
	close(fd);
	snprintf(more, sizeof(more),
		"content: {hash_lists: [{name: bad, path: %s, verdict: malicious}]}\n", path);
	rig_policy(r, more);
	rig_start_ready(r);
	rig_wait(r, "log", "resource 0 generation 1 begins L", 2);
	assert_int_equal(rig_count(r, "log", "resource"), 2);
}

static void
a_hash_list_that_is_missing_is_a_configuration_error(void **state)
{
	struct rig *r = *state;

	rig_policy(r,
		"content: {hash_lists: [{name: bad, path: /nonexistent, verdict: malicious}]}\n");
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 78);
	rig_wait(r, "err", "/nonexistent: No such file", 1);
	assert_int_equal(rig_count(r, "log", "born"), 0);
}

static void
what_the_kernel_lacks_becomes_the_exit_code(void **state)
{
	struct rig *r = *state;

	rig_order(r, "gate", "exit 69");
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 69);
}

static void
a_missing_permission_becomes_the_exit_code(void **state)
{
	struct rig *r = *state;

	rig_order(r, "classify", "exit 77");
	rig_order(r, "gate", "unready");
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 77);
}

static void
a_refusal_at_the_start_is_a_configuration_error(void **state)
{
	struct rig *r = *state;

	rig_order(r, "classify", "refuse");
	rig_order(r, "gate", "unready");
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 78);
	rig_wait(r, "err", "refuses: told to refuse", 1);
}

/* The bug: READY=1 came with the gate, and a classify that was still compiling refused later. */
static void
a_late_refusal_at_the_start_comes_before_ready(void **state)
{
	struct rig *r = *state;
	char heard[512];

	rig_order(r, "classify", "ponder refuse");
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 78);
	while (rig_heard(r, heard, sizeof(heard)))
		assert_null(strstr(heard, "READY=1"));
}

static void
a_second_instance_says_so(void **state)
{
	struct rig *r = *state;
	pid_t first;

	rig_start_ready(r);
	first = r->guard;
	r->guard = 0;
	rig_start(r);
	assert_int_equal(rig_wait_end(r), 1);
	rig_wait(r, "err", "another layerwatchd is running there", 1);
	r->guard = first;
	rig_ask(r, "pause 5\n"); /* and the first still listens */
	rig_wait(r, "log", "pause 5", 1);
}

static void
a_stale_socket_is_replaced(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	assert_int_equal(kill(r->guard, SIGKILL), 0);
	usleep(100000);
	r->guard = 0;
	rig_start_ready(r);
	rig_ask(r, "pause 5\n");
	rig_wait(r, "log", "pause 5", 1);
}

static void
a_pause_reaches_the_gate_and_outlives_it(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_wait(r, "log", "report[0]", 1);
	rig_ask(r, "pause 5\n");
	rig_wait(r, "log", "pause 5 uid 0", 1);
	rig_hear(r, "PAUSED");
	assert_int_equal(kill(rig_pid(r, "gate[0]"), SIGKILL), 0);
	rig_wait(r, "log", "pause ", 2);
	rig_ask(r, "resume\n");
	rig_wait(r, "log", "pause 0", 1);
	rig_ask(r, "reload\n");
	rig_wait(r, "log", "config 2", RIG_PROCESSES);
}

/* A report that was taken over shows a connection that nobody made through our socket. */
static void
a_forged_client_is_refused(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_ask(r, "forge\n");
	rig_wait(r, "err", "is refused", 1);
	assert_int_equal(rig_count(r, "log", "pause"), 0);
}

static void
children_die_with_the_guard(void **state)
{
	struct rig *r = *state;
	pid_t pids[RIG_PROCESSES];

	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	for (int i = 0; i < RIG_PROCESSES; i++)
		pids[i] = rig_pid(r, all[i]);
	assert_int_equal(kill(r->guard, SIGKILL), 0);
	for (int i = 0; i < RIG_PROCESSES; i++)
		for (int waited = 0; rig_exists(pids[i]) && waited < 500; waited++)
			usleep(10000);
	for (int i = 0; i < RIG_PROCESSES; i++)
		assert_false(rig_exists(pids[i]));
}

static void
lines_of_children_come_through_and_can_not_be_forged(void **state)
{
	struct rig *r = *state;

	rig_order(r, "classify", "flood");
	rig_start_ready(r);
	rig_wait(r, "err", "classify[0]: gate: forged by \\x1b[31manother", 1);
	rig_wait(r, "err", "classify: flood 0", 2);
}

static void
stdout_is_for_report_alone(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	assert_int_equal(kill(r->guard, SIGTERM), 0);
	assert_int_equal(rig_wait_end(r), 0);
	assert_int_equal(rig_count(r, "out", "{\"finding\":{}}"), 1);
	assert_int_equal(rig_count(r, "out", ""), 2); /* the line, and what follows its end */
}

static void
few_descriptors_are_enough(void **state)
{
	struct rig *r = *state;

	r->open_files = 64;
	rig_start_ready(r);
	rig_wait(r, "log", "hears hello from gate[0]", 4);
	assert_int_equal(kill(rig_pid(r, "gate[0]"), SIGKILL), 0);
	rig_wait(r, "log", "hears hello from gate[0]", 8);
}

#define with_rig(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_rig(it_starts_all_and_introduces_them),
		with_rig(it_makes_socket_and_sink_folders_as_private_as_they_must_be),
		with_rig(it_stops_the_gate_first_and_leaves_nothing),
		with_rig(a_gate_that_does_not_end_is_ended),
		with_rig(a_closed_channel_is_no_reason_to_cut_the_last_work_short),
		with_rig(a_helper_that_dies_comes_back_with_new_channels),
		with_rig(a_gate_that_dies_comes_back_at_once_and_meets_all_again),
		with_rig(report_comes_back_with_the_control_socket),
		with_rig(a_helper_that_keeps_dying_is_started_ever_less_often),
		with_rig(a_stopped_gate_is_replaced_within_its_deadline),
		with_rig(a_gate_that_goes_silent_is_replaced),
		with_rig(the_gate_can_have_a_late_helper_replaced),
		with_rig(a_helper_that_asks_what_it_may_not_is_killed),
		with_rig(hash_lists_reach_classify_before_the_policy),
		with_rig(a_hash_list_that_is_missing_is_a_configuration_error),
		with_rig(what_the_kernel_lacks_becomes_the_exit_code),
		with_rig(a_missing_permission_becomes_the_exit_code),
		with_rig(a_refusal_at_the_start_is_a_configuration_error),
		with_rig(a_late_refusal_at_the_start_comes_before_ready),
		with_rig(a_second_instance_says_so),
		with_rig(a_stale_socket_is_replaced),
		with_rig(a_pause_reaches_the_gate_and_outlives_it),
		with_rig(a_forged_client_is_refused),
		with_rig(children_die_with_the_guard),
		with_rig(lines_of_children_come_through_and_can_not_be_forged),
		with_rig(stdout_is_for_report_alone),
		with_rig(few_descriptors_are_enough),
	};

	if (geteuid() != 0) {
		printf("1..0 # SKIP layerwatchd must be started as root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
