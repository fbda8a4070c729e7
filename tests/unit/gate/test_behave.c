/*
 * When detection rules are asked, what waits for them, and what the policy makes of one that is
 * met.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "rig.h"

#define ENFORCE "version: 1\nmode: enforce\ndecision: {deadline_ms: 3000}\n"
#define DETECT "version: 1\nmode: detect\ndecision: {evidence_ms: 1000}\n"
#define SILENT "rules: []\n"

static const struct lw_assessment good = {.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_TRUSTED};

static void
answer_arguments(struct rig *r, uint64_t id)
{
	struct lw_msg_executed m = {0};
	_cleanup_close_ int arena = lw_memfd_with("arena", "", 0);

	assert_int_equal(lw_chan_send(&r->resolve.chan, LW_MSG_EXECUTED, id, &m, &arena, 1), 0);
}

/* An execution whose program is judged and whose arguments are read. */
static void
begin(struct rig *r, const char *policy)
{
	rig_gate(r, policy, 4);
	r->gate->rules_absent = false;
	struct lw_arrival a = rig_arrive(r);
	lw_flight_begin(r->gate, &a);
	rig_listen(r);
	assert_true(r->resolve.last.execution.hints & LW_HINT_BEHAVIOUR);
	answer_arguments(r, r->resolve.ids[0]);
	rig_assessed(r, r->classify.ids[0], &good);
	rig_run(r, 20);
	rig_listen(r);
}

/* classify's answer to the last question: title NULL = none is met. */
static void
met(struct rig *r, const char *title, enum lw_action action, bool can_deny)
{
	struct lw_msg_behaved m = {.generation = 1, .rules = 3, .can_deny = can_deny};

	m.count = title != NULL;
	m.hits[0] = (struct lw_rule_hit){.present = 1, .action = (uint8_t)action};
	strcpy(m.hits[0].category, "Category");
	lw_copy_string(m.hits[0].title, sizeof(m.hits[0].title), title ? title : "");
	assert_int_equal(lw_chan_send(&r->classify.chan, LW_MSG_BEHAVED,
				 r->classify.ids[r->classify.asked - 1], &m, NULL, 0),
		0);
	rig_run(r, 20);
	rig_listen(r);
}

static void
detect_mode_asks_after_the_answer(void **state)
{
	struct rig *r = *state;

	begin(r, DETECT SILENT);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->classify.count[LW_MSG_BEHAVE], 1);
	met(r, "tool", LW_ACTION_ALERT, false);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	const struct lw_observation *o = &r->report.last.observation;
	assert_int_equal(o->hit.present, 1);
	assert_string_equal(o->hit.title, "tool");
	assert_int_equal(o->objects[0].action, LW_ACTION_ALERT);
	assert_int_equal(o->objects[0].outcome, LW_OUTCOME_ALLOWED);
	assert_string_equal(o->objects[0].rule, "tool");
	assert_int_equal(r->gate->flights.late, 0);
}

static void
enforce_mode_waits_while_one_could_deny(void **state)
{
	struct rig *r = *state;

	begin(r, ENFORCE SILENT);
	assert_true(rig_is_held(r, 0));
	met(r, "tool", LW_ACTION_DENY, true);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_int_equal(r->report.last.observation.objects[0].outcome, LW_OUTCOME_DENIED);
	assert_true(r->gate->rules_deny);
}

static void
enforce_mode_does_not_wait_where_none_denies(void **state)
{
	struct rig *r = *state;

	begin(r, ENFORCE SILENT);
	met(r, NULL, LW_ACTION_ALLOW, false);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 0);
	assert_false(r->gate->rules_deny);
	assert_int_equal(r->gate->flights.late, 0);
}

static void
the_policy_can_deny_what_a_rule_only_tells(void **state)
{
	struct rig *r = *state;

	begin(r, ENFORCE "rules: [{name: no tools, match: {behaviour: [to*]}, action: deny}]\n");
	met(r, "tool", LW_ACTION_ALERT, false);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_string_equal(r->report.last.observation.objects[0].rule, "no tools");
}

static void
the_policy_can_let_pass_what_a_rule_denies(void **state)
{
	struct rig *r = *state;

	begin(r, ENFORCE SILENT "exceptions: [{name: ours, match: {behaviour: [tool]}}]\n");
	met(r, "tool", LW_ACTION_DENY, true);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 0);
}

/* Nothing is held longer because a helper is away. */
static void
without_a_helper_none_is_met(void **state)
{
	struct rig *r = *state;

	begin(r, ENFORCE SILENT);
	assert_true(rig_is_held(r, 0));
	rig_hang_up(r, &r->classify);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->flights.late, 0);
}

static void
where_there_are_no_rules_nobody_is_asked_again(void **state)
{
	struct rig *r = *state;
	struct lw_msg_behaved m = {.generation = 1};

	begin(r, DETECT SILENT);
	assert_int_equal(
		lw_chan_send(&r->classify.chan, LW_MSG_BEHAVED, r->classify.ids[1], &m, NULL, 0),
		0);
	rig_run(r, 20);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_true(r->gate->rules_absent);
}

/* Once a policy: each answer says so. */
static void
rules_that_are_left_out_are_told_once(void **state)
{
	struct rig *r = *state;
	struct lw_msg_behaved m = {.generation = 1, .rules = 1, .refused = 2};

	begin(r, DETECT SILENT);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(
		lw_chan_send(&r->classify.chan, LW_MSG_BEHAVED, r->classify.ids[1], &m, NULL, 0),
		0);
	rig_run(r, 20);
	struct lw_arrival a = rig_arrive(r);
	lw_flight_begin(r->gate, &a);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_HEALTH], 1);
	assert_int_equal(r->report.last.health.what, LW_HEALTH_RULES);
	assert_int_equal(r->report.last.health.count, 2);
	answer_arguments(r, r->resolve.ids[1]);
	rig_assessed(r, r->classify.ids[2], &good);
	rig_run(r, 20);
	rig_listen(r);
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(
		lw_chan_send(&r->classify.chan, LW_MSG_BEHAVED, r->classify.ids[3], &m, NULL, 0),
		0);
	rig_run(r, 20);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_HEALTH], 1);
}

/* Texts that do not end would be read beyond their end. */
static void
a_hit_that_does_not_end_is_ended(void **state)
{
	struct rig *r = *state;
	struct lw_msg_behaved m = {.generation = 1, .rules = 1, .count = UINT32_MAX};

	begin(r, ENFORCE "rules: [{name: n, match: {behaviour: [x]}, action: deny}]\n");
	memset(m.hits, 'x', sizeof(m.hits));
	assert_int_equal(
		lw_chan_send(&r->classify.chan, LW_MSG_BEHAVED, r->classify.ids[1], &m, NULL, 0),
		0);
	rig_run(r, 20);
	assert_int_equal(rig_outcome(r, 0), EPERM); /* 'x' as an action is more than kill */
}

/* The bug: what an earlier execution's rules had come to was told of these. */
static void
a_hit_after_a_denial_is_told_as_denied(void **state)
{
	struct rig *r = *state;

	begin(r, "version: 1\nmode: enforce\ndecision: {deadline_ms: 60, on_deadline: deny}\n"
		 "rules: [{name: bad, match: {verdict: malicious}, action: deny}]\n");
	struct lw_flight *f = NULL;
	for (uint32_t i = 0; i < r->gate->flights.capacity; i++)
		if (r->gate->flights.all[i].in_use)
			f = &r->gate->flights.all[i];
	assert_non_null(f);
	f->met[0] = (struct lw_met_decision){.action = LW_ACTION_KILL, .rule = "stale"};
	f->subjects[LW_PROGRAM].assessed = false;
	rig_run(r, 100);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	met(r, "tool", LW_ACTION_ALERT, true);
	const struct lw_observation *o = &r->report.last.observation;
	assert_int_equal(o->hit.present, 1);
	assert_string_equal(o->objects[0].rule, "tool");
	assert_int_equal(o->objects[0].action, LW_ACTION_ALERT);
	assert_int_equal(o->objects[0].outcome, LW_OUTCOME_DENIED);
}

static unsigned given_up;

static void
give_up(void *arg, enum lw_role role, uint32_t instance)
{
	given_up++;
}

/* classify reads what is hostile: an answer of another kind is no answer. */
static void
an_answer_to_another_question_ends_the_helper(void **state)
{
	struct rig *r = *state;
	struct lw_msg_assessed m = {.generation = 1, .assessment = good};

	given_up = 0;
	begin(r, ENFORCE SILENT);
	r->gate->classify.give_up = give_up;
	assert_int_equal(
		lw_chan_send(&r->classify.chan, LW_MSG_ASSESSED, r->classify.ids[1], &m, NULL, 0),
		0);
	rig_run(r, 20);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->counters.helper_timeouts, 1);
	assert_int_equal(given_up, 1);
}

#define WITH_RIG(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RIG(detect_mode_asks_after_the_answer),
		WITH_RIG(enforce_mode_waits_while_one_could_deny),
		WITH_RIG(enforce_mode_does_not_wait_where_none_denies),
		WITH_RIG(the_policy_can_deny_what_a_rule_only_tells),
		WITH_RIG(the_policy_can_let_pass_what_a_rule_denies),
		WITH_RIG(without_a_helper_none_is_met),
		WITH_RIG(where_there_are_no_rules_nobody_is_asked_again),
		WITH_RIG(rules_that_are_left_out_are_told_once),
		WITH_RIG(a_hit_that_does_not_end_is_ended),
		WITH_RIG(a_hit_after_a_denial_is_told_as_denied),
		WITH_RIG(an_answer_to_another_question_ends_the_helper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
