/*
 * The gate's own decisions: how its descriptors are shared out, and what an event meets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "gate/watch.h"
#include "rig.h"

static const char policy[] = "version: 1\nmode: enforce\n"
			     "rules: [{name: bad, match: {verdict: malicious}, action: deny}]\n";

static bool
allows(enum lw_mode mode, enum lw_action on_error, uint64_t paused_until_us)
{
	const struct lw_settings settings = {.mode = mode, .decision.on_error = on_error};
	struct lw_gate g = {.settings = &settings, .paused_until_us = paused_until_us};
	bool allowed = lw_gate_allows_unexamined(&g);

	assert_int_equal(g.counters.unexamined, 1);
	return allowed;
}

/* The bug: on_error: deny denied in detect mode, and in a pause, when a file had no fstat. */
static void
only_enforce_denies_what_could_not_be_examined(void **state)
{
	assert_false(allows(LW_MODE_ENFORCE, LW_ACTION_DENY, 0));
	assert_true(allows(LW_MODE_ENFORCE, LW_ACTION_ALLOW, 0));
	assert_true(allows(LW_MODE_DETECT, LW_ACTION_DENY, 0));
	assert_true(allows(LW_MODE_ENFORCE, LW_ACTION_DENY, 1));
}

static uint64_t
most(const struct lw_gate_capacity *c)
{
	return LW_GATE_RESERVED_FDS + (uint64_t)c->flights * LW_FLIGHT_FDS + c->followers +
	       c->barriers + (uint64_t)c->scripts * LW_VERIFY_FDS;
}

static void
no_descriptor_is_promised_twice(void **state)
{
	for (uint64_t files = 40 + 2 * LW_FLIGHT_FDS; files < 20000; files += files / 16 + 1) {
		struct lw_gate_capacity c = lw_gate_capacity_of(files, UINT32_MAX);

		assert_true(most(&c) <= files);
		assert_in_range(c.flights, 1, LW_FLIGHTS_MAX);
		assert_in_range(c.followers, 1, LW_FOLLOWERS_MAX);
		assert_in_range(c.barriers, 1, LW_BARRIERS_MAX);
		assert_true(c.scripts <= LW_VERIFY_MAX);
	}
}

static void
few_descriptors_still_do_for_one_of_each(void **state)
{
	for (uint64_t files = 0; files < 64; files++) {
		struct lw_gate_capacity c = lw_gate_capacity_of(files, 0);

		assert_int_equal(c.flights, 1);
		assert_in_range(c.followers, 1, 3);
		assert_in_range(c.barriers, 1, 3);
	}
}

static void
the_policy_and_the_table_bound_the_flights(void **state)
{
	assert_int_equal(lw_gate_capacity_of(16384, 256).flights, 256);
	assert_int_equal(lw_gate_capacity_of(LW_GATE_FDS, 4096).flights, LW_FLIGHTS_MAX);
	assert_int_equal(lw_gate_capacity_of(LW_GATE_FDS - 1, 4096).flights, LW_FLIGHTS_MAX - 1);
	assert_int_equal(lw_gate_capacity_of(1024, 256).flights,
		(1024 - 40 - 64 - 32 - 30 * 3) / LW_FLIGHT_FDS);
}

static void
take(struct rig *r)
{
	struct pollfd p = {.fd = r->gate->group.fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 5000), 1);
	r->gate->life_us = lw_now_us(); /* no heartbeat: there is no guard */
	assert_int_equal(lw_gate_read_events(r->gate), 0);
	rig_listen(r);
}

static void
a_file_of_no_container_is_unattributed_and_judged(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	rig_execute(r);
	take(r);
	assert_int_equal(r->gate->counters.unattributed, 1);
	assert_int_equal(r->gate->flights.held, 1);
	assert_int_equal(r->classify.count[LW_MSG_ASSESS], 1);
	assert_int_equal(r->resolve.count[LW_MSG_EXECUTION], 1);
	assert_int_equal(r->resolve.last.execution.tid, r->tasks[0]);
}

static void
a_runtime_meets_the_barrier_not_the_policy(void **state)
{
	struct rig *r = *state;
	struct lw_identity id;
	int fd = open(r->file, O_RDONLY | O_CLOEXEC);

	rig_gate(r, policy, 4);
	struct lw_runtimes *runtimes = &r->gate->runtimes;
	assert_int_equal(lw_identity_of(fd, &id), 0);
	close(fd);
	runtimes->items[0].dev = id.dev;
	runtimes->items[0].ino = id.ino;
	runtimes->count = 1;
	rig_execute(r);
	take(r);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->counters.barrier_events, 1);
	assert_int_equal(r->gate->flights.held, 0);
}

static void
pause_for(struct rig *r, uint32_t seconds)
{
	assert_int_equal(lw_gate_ops.pause(r->gate, &(struct lw_msg_pause){.seconds = seconds}), 0);
	rig_listen(r);
}

static void
while_paused_everything_goes_on_unseen(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	pause_for(r, 60);
	assert_int_equal(r->report.last.health.what, LW_HEALTH_PAUSED);
	rig_execute(r);
	take(r);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->counters.paused_allows, 1);
	assert_int_equal(r->classify.asked, 0);
	pause_for(r, 0);
	assert_int_equal(r->report.last.health.what, LW_HEALTH_RESUMED);
	rig_execute(r);
	take(r);
	assert_int_equal(r->gate->flights.held, 1);
	pause_for(r, 0);
	assert_int_equal(r->report.count[LW_MSG_HEALTH], 2);
}

/* Left over, the expectation would have vouched for the task's next program after the pause. */
static void
a_follower_that_comes_while_paused_is_expected_no_longer(void **state)
{
	struct rig *r = *state;
	int fd = open(r->file, O_RDONLY | O_CLOEXEC);

	rig_gate(r, policy, 4);
	pid_t pid = rig_execute(r);
	r->gate->followers.expected[0] =
		(struct lw_follower){.tid = pid, .fd = fd, .since_us = lw_now_us()};
	pause_for(r, 60);
	take(r);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->followers.expected[0].tid, 0);
}

static void
nothing_is_read_without_room_and_reading_comes_back(void **state)
{
	struct rig *r = *state;
	struct lw_gate *g;

	rig_gate(r, policy, 1);
	g = r->gate;
	assert_int_equal(lw_loop_add(g->loop, g->group.fd, EPOLLIN, rig_on_group, g), 0);
	g->started = g->reading = true;
	g->life_us = lw_now_us();
	rig_execute(r);
	rig_execute(r);
	rig_run(r, 100);
	assert_int_equal(g->flights.held, 1);
	assert_false(g->reading);
	assert_int_equal(g->counters.events, 1);
	lw_flights_done(&g->flights);
	assert_int_equal(g->counters.answers, 1);
	assert_int_equal(lw_flights_init(&g->flights, g, 1), 0);
	lw_gate_resume_reading(g);
	assert_true(g->reading);
	rig_run(r, 100);
	assert_int_equal(g->counters.events, 2);
}

static void
a_stopped_gate_answers_nothing(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	rig_execute(r);
	take(r);
	lw_gate_ops.stop(r->gate);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC); /* by the kernel */
	lw_flights_done(&r->gate->flights);
	assert_int_equal(r->gate->counters.answers, 0);
}

static void
times_fall_into_buckets_of_powers_of_two(void **state)
{
	uint64_t h[LW_HISTOGRAM_BUCKETS] = {0};

	lw_histogram_add(h, 0);
	lw_histogram_add(h, 1);
	lw_histogram_add(h, 2);
	lw_histogram_add(h, 3);
	lw_histogram_add(h, 4);
	lw_histogram_add(h, UINT64_MAX);
	assert_int_equal(h[0], 2);
	assert_int_equal(h[1], 1);
	assert_int_equal(h[2], 2);
	assert_int_equal(h[LW_HISTOGRAM_BUCKETS - 1], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_enforce_denies_what_could_not_be_examined),
		cmocka_unit_test(no_descriptor_is_promised_twice),
		cmocka_unit_test(few_descriptors_still_do_for_one_of_each),
		cmocka_unit_test(the_policy_and_the_table_bound_the_flights),
		cmocka_unit_test(times_fall_into_buckets_of_powers_of_two),
		TEST(a_file_of_no_container_is_unattributed_and_judged),
		TEST(a_runtime_meets_the_barrier_not_the_policy),
		TEST(while_paused_everything_goes_on_unseen),
		TEST(a_follower_that_comes_while_paused_is_expected_no_longer),
		TEST(nothing_is_read_without_room_and_reading_comes_back),
		TEST(a_stopped_gate_answers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
