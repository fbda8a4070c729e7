/*
 * What report hears, and what it is spared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gate/tell.h"
#include "rig.h"

static const char policy[] = "version: 1\nmode: enforce\n"
			     "rules: [{name: bad, match: {verdict: malicious}, action: deny}]\n";

static unsigned
told(struct rig *r, enum lw_message type)
{
	rig_listen(r);
	return r->report.count[type];
}

static void
counters_are_told_when_they_changed_and_not_before_the_start(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_gate *g = r->gate;
	g->counters.events = 1;
	lw_tell_counters(g);
	assert_int_equal(told(r, LW_MSG_COUNTERS), 0);
	g->started = true;
	lw_tell_counters(g);
	assert_int_equal(told(r, LW_MSG_COUNTERS), 1);
	assert_int_equal(r->report.last.counters.events, 1);
	assert_int_equal(r->report.last.counters.in_flight_max, 4);
	assert_int_equal(r->report.last.counters.overlays_marked, 1);
	assert_int_equal(lw_tell_count_marked(g), 1);
	g->discover.rescans++; /* goes on by itself */
	lw_tell_counters(g);
	assert_int_equal(told(r, LW_MSG_COUNTERS), 1);
	r->superblock->state = LW_MARK_FAILED;
	g->discover.refused = 3;
	g->discover.left_out = 4;
	lw_tell_counters(g);
	assert_int_equal(told(r, LW_MSG_COUNTERS), 2);
	assert_int_equal(r->report.last.counters.overlays_marked, 0);
	assert_int_equal(r->report.last.counters.overlays_unmarked, 1);
	assert_int_equal(r->report.last.counters.overlays_refused, 3);
	assert_int_equal(r->report.last.counters.processes_unscanned, 4);
}

static void
counters_that_were_not_taken_are_told_again(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_gate *g = r->gate;
	g->started = true;
	struct lw_chan report = g->report;
	g->report.fd = -1;
	lw_tell_counters(g);
	g->report = report;
	lw_tell_counters(g);
	assert_int_equal(told(r, LW_MSG_COUNTERS), 1);
}

static void
a_pause_is_told_in_whole_seconds_that_are_left(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	r->gate->started = true;
	r->gate->paused_until_us = lw_now_us() + 1500000;
	lw_tell_counters(r->gate);
	told(r, LW_MSG_COUNTERS);
	assert_int_equal(r->report.last.counters.paused_seconds_left, 2);
	r->gate->paused_until_us = 0;
	lw_tell_counters(r->gate);
	told(r, LW_MSG_COUNTERS);
	assert_int_equal(r->report.last.counters.paused_seconds_left, 0);
}

static void
what_report_cannot_take_is_dropped_and_counted(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	for (int i = 0; i < 100000 && !r->gate->counters.report_drops; i++)
		lw_tell_container(r->gate, r->superblock, false);
	assert_int_equal(r->gate->counters.report_drops, 1);
	for (int i = 0; i < 100000 / RIG_ASKED; i++)
		rig_listen(r);
	lw_tell_container(r->gate, r->superblock, false);
	assert_int_equal(r->gate->counters.report_drops, 1);
	lw_chan_done(&r->gate->report);
	lw_tell_container(r->gate, r->superblock, true);
	assert_int_equal(r->gate->counters.report_drops, 2);
}

static void
events_are_told_now_and_then_and_some_at_a_time(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	for (uint32_t i = 0; i < 20; i++)
		lw_superblock_get(&r->gate->superblocks, 7, i)->events = 1;
	lw_tell_events(r->gate);
	unsigned first = told(r, LW_MSG_CONTAINER);
	assert_int_equal(first, 16);
	lw_tell_events(r->gate);
	assert_int_equal(told(r, LW_MSG_CONTAINER), 20);
	lw_superblock_find(&r->gate->superblocks, 7, 3)->events = 2;
	lw_tell_events(r->gate); /* told just now */
	assert_int_equal(told(r, LW_MSG_CONTAINER), 20);
	lw_superblock_find(&r->gate->superblocks, 7, 3)->told_us -= 4000000;
	lw_tell_events(r->gate);
	assert_int_equal(told(r, LW_MSG_CONTAINER), 21);
	assert_int_equal(r->report.last.container.events, 2);
}

static void
a_new_report_is_told_all_containers(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	lw_superblock_get(&r->gate->superblocks, 7, 1);
	lw_tell_containers(r->gate);
	assert_int_equal(told(r, LW_MSG_CONTAINER), 2);
}

/* Held, so that its fields can be set; the end of the gate answers it. */
static struct lw_flight *
flight(struct rig *r)
{
	struct lw_flight *f = r->gate->flights.free;
	struct lw_arrival a = rig_arrive(r);

	a.tid = 0;
	lw_flight_begin(r->gate, &a);
	rig_listen(r);
	return f;
}

static void
an_observation_names_its_files_in_the_arena(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_flight *f = flight(r);
	strcpy(f->subjects[LW_PROGRAM].path, "/bin/x");
	f->subjects[LW_PROGRAM].object.action = LW_ACTION_ALERT;
	lw_tell_observation(f);
	assert_int_equal(told(r, LW_MSG_OBSERVATION), 1);
	const struct lw_observation *o = &r->report.last.observation;
	char path[7] = "";
	assert_int_equal(o->objects[0].path.length, 6);
	assert_int_equal(pread(f->arena_fd, path, 6, o->objects[0].path.offset), 6);
	assert_string_equal(path, "/bin/x");
	assert_int_equal(o->arena_length, 6);
	assert_int_equal(o->dev_major, 9);
	assert_int_equal(o->objects[1].present, 0);
	assert_int_equal(o->has_capture, 0);
}

static void
a_full_arena_costs_the_path_not_the_observation(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_flight *f = flight(r);
	f->arena_fd = lw_memfd("arena");
	f->arena_length = LW_ARENA_MAX - 3;
	strcpy(f->subjects[LW_PROGRAM].path, "/bin/x");
	f->subjects[LW_PROGRAM].object.action = LW_ACTION_ALERT;
	lw_tell_observation(f);
	assert_int_equal(told(r, LW_MSG_OBSERVATION), 1);
	assert_int_equal(r->report.last.observation.objects[0].path.length, 0);
	assert_int_equal(r->report.last.observation.arena_length, LW_ARENA_MAX - 3);
}

/* "ld.so python3 FILE": two pieces of code, and room to tell of one. */
static void
of_two_pieces_of_code_the_one_that_is_minded_more_is_told(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_flight *f = flight(r);
	struct lw_object *target = &f->subjects[LW_CONTENT].object;
	struct lw_object *through = &f->subjects[LW_THROUGH].object;
	f->through = true;
	target->present = 1;
	target->inode = 1;
	target->action = LW_ACTION_DENY;
	through->inode = 2;
	lw_tell_observation(f);
	told(r, LW_MSG_OBSERVATION);
	assert_int_equal(r->report.last.observation.objects[1].inode, 1);
	assert_true(r->report.last.observation.execution.flags & LW_EXEC_LOADER_TARGET);
	through->present = 1;
	through->action = LW_ACTION_ALERT;
	lw_tell_observation(f);
	told(r, LW_MSG_OBSERVATION);
	assert_int_equal(r->report.last.observation.objects[1].inode, 1);
	through->action = LW_ACTION_DENY;
	lw_tell_observation(f);
	told(r, LW_MSG_OBSERVATION);
	assert_int_equal(r->report.last.observation.objects[1].inode, 2);
	assert_false(r->report.last.observation.execution.flags & LW_EXEC_LOADER_TARGET);
}

/* The bug: a script that was not found was said not to be there of each piece beside it. */
static void
what_is_said_of_one_content_is_said_of_no_other(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_flight *f = flight(r);
	struct lw_object *beside = &f->subjects[LW_FURTHER].object;
	f->execution.flags = LW_EXEC_CONTENT_UNRESOLVED | LW_EXEC_COMPAT;
	beside->present = 1;
	beside->action = LW_ACTION_DENY;
	lw_tell_observation(f);
	assert_int_equal(told(r, LW_MSG_OBSERVATION), 1);
	assert_int_equal(r->report.last.observation.execution.flags, LW_EXEC_COMPAT);
}

static void
captured_are_scripts_only(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	struct lw_flight *f = flight(r);
	struct lw_object *o = &f->subjects[LW_PROGRAM].object;
	o->assessment.captured_size = 5;
	o->action = LW_ACTION_ALERT;
	o->kind = LW_KIND_BINARY;
	lw_tell_observation(f);
	told(r, LW_MSG_OBSERVATION);
	assert_int_equal(r->report.last.observation.has_capture, 0);
	o->kind = LW_KIND_SCRIPT;
	lw_tell_observation(f);
	told(r, LW_MSG_OBSERVATION);
	assert_int_equal(r->report.last.observation.has_capture, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters_are_told_when_they_changed_and_not_before_the_start),
		TEST(counters_that_were_not_taken_are_told_again),
		TEST(a_pause_is_told_in_whole_seconds_that_are_left),
		TEST(what_report_cannot_take_is_dropped_and_counted),
		TEST(events_are_told_now_and_then_and_some_at_a_time),
		TEST(a_new_report_is_told_all_containers),
		TEST(an_observation_names_its_files_in_the_arena),
		TEST(a_full_arena_costs_the_path_not_the_observation),
		TEST(of_two_pieces_of_code_the_one_that_is_minded_more_is_told),
		TEST(what_is_said_of_one_content_is_said_of_no_other),
		TEST(captured_are_scripts_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
