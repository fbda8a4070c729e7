/*
 * A guard with fake children that is given another policy: who hears of it, and what becomes of it
 * when it is no good or somebody dies meanwhile.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static void
a_reload_reaches_all(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_policy(r, "mode: enforce\n");
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_hear(r, "RELOADING=1");
	rig_hear(r, "enforce");
	rig_wait(r, "log", "config 2 enforce", RIG_PROCESSES);
	rig_wait(r, "log", "reopen", 1);
	rig_wait(r, "log", "rejected 0", 1);
}

/* The bug: READY=1 and "is in force" came while children still worked by the old policy. */
static void
a_reload_is_over_when_all_work_by_the_new_policy(void **state)
{
	struct rig *r = *state;
	char heard[512];

	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	rig_order(r, "gate", "slow");
	rig_policy(r, "mode: enforce\n");
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_hear(r, "RELOADING=1");
	rig_wait(r, "log", "config 2 enforce", RIG_PROCESSES);
	rig_wait(r, "log", "reopen", 1);
	usleep(300000);
	while (rig_heard(r, heard, sizeof(heard)))
		assert_null(strstr(heard, "READY=1"));
	assert_int_equal(rig_count(r, "err", "policy 2 is in force"), 0);
	rig_order(r, "gate", "");
	rig_hear(r, "READY=1");
	rig_wait(r, "err", "policy 2 is in force", 1);
}

/* One that dies while it loads the policy starts with it; one that is dead has no old one. */
static void
a_reload_does_not_wait_for_the_dead(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_order(r, "resolve", "crash");
	rig_wait(r, "err", "resolve[0] is started again in 400 ms", 1);
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_hear(r, "RELOADING=1");
	rig_hear(r, "READY=1");
	rig_wait(r, "err", "policy 2 is in force", 1);
}

static void
a_bad_policy_is_refused_and_the_old_one_stays(void **state)
{
	struct rig *r = *state;

	rig_start_ready(r);
	rig_policy(r, "modee: enforce\n");
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_wait(r, "log", "reopen", 1);
	rig_wait(r, "log", "rejected 1", 1);
	/* and the next good one clears it */
	rig_wait(r, "err", "layerwatch.yaml:5:1: modee", 1);
	assert_int_equal(rig_count(r, "log", "config 2"), 0);
	rig_policy(r, "mode: enforce\n");
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_wait(r, "log", "config 2 enforce", RIG_PROCESSES);
	rig_wait(r, "log", "restarts 0 rejected 0", 2);
}

static void
a_policy_that_vanishes_is_no_reason_for_the_defaults(void **state)
{
	struct rig *r = *state;
	char path[256];

	rig_start_ready(r);
	rig_path(r, "layerwatch.yaml", path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_wait(r, "log", "rejected 1", 1);
	assert_int_equal(rig_count(r, "log", "config 2"), 0);
}

static void
a_policy_that_one_child_refuses_is_undone_for_all(void **state)
{
	struct rig *r = *state;

	rig_order(r, "classify", "reject-2");
	rig_start_ready(r);
	rig_policy(r, "mode: enforce\n");
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_wait(r, "log", "config 2 enforce", RIG_PROCESSES);
	rig_wait(r, "log", "config 3 detect", RIG_PROCESSES);
	rig_wait(r, "log", "rejected 1", 1);
	rig_wait(r, "err", "told to refuse", 1);
}

static void
a_reload_changes_the_number_of_helpers(void **state)
{
	struct rig *r = *state;
	char text[512];

	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	snprintf(text, sizeof(text),
		"version: 1\nprocesses: {classify: 1, resolve: 3, user: nobody, "
		"control: %s/run/control.sock}\n",
		r->folder);
	rig_policy_text(r, text);
	assert_int_equal(kill(r->guard, SIGHUP), 0);
	rig_wait(r, "log", " start ", RIG_PROCESSES + 2);
	rig_wait(r, "log", " stop", 1);
	rig_wait(r, "log", "peer resolve[2]", 1);
	rig_wait(r, "log", "processes 6", 1);
}

/* The bug: it started helpers anew, though all were to end. */
static void
a_reload_while_it_stops_changes_nothing(void **state)
{
	struct rig *r = *state;

	rig_order(r, "report", "stubborn");
	rig_start_ready(r);
	rig_wait(r, "log", " start ", RIG_PROCESSES);
	assert_int_equal(kill(r->guard, SIGTERM), 0);
	rig_wait(r, "log", " stop", RIG_PROCESSES);
	rig_ask(r, "reload\n");
	assert_int_equal(rig_wait_end(r), 0);
	assert_int_equal(rig_count(r, "log", " born"), RIG_PROCESSES);
}

#define with_rig(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_rig(a_reload_reaches_all),
		with_rig(a_reload_is_over_when_all_work_by_the_new_policy),
		with_rig(a_reload_does_not_wait_for_the_dead),
		with_rig(a_bad_policy_is_refused_and_the_old_one_stays),
		with_rig(a_policy_that_vanishes_is_no_reason_for_the_defaults),
		with_rig(a_policy_that_one_child_refuses_is_undone_for_all),
		with_rig(a_reload_changes_the_number_of_helpers),
		with_rig(a_reload_while_it_stops_changes_nothing),
	};

	if (geteuid() != 0) {
		printf("1..0 # SKIP layerwatchd must be started as root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
