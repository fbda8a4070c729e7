/*
 * What resolve is asked of a held task: all of the code that it will run, and by what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "rig.h"

static const char enforce[] = "version: 1\nmode: enforce\ndecision: {deadline_ms: 3000}\n"
			      "rules: [{name: bad, match: {verdict: malicious}, action: deny}]\n";

static const struct lw_assessment good = {.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_TRUSTED};
static const struct lw_assessment bad = {
	.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_MALICIOUS};
static const struct lw_assessment copy = {
	.flags = LW_ASSESS_HASHED | LW_ASSESS_INTERPRETER,
	.verdict = LW_VERDICT_TRUSTED,
	.format = LW_FORMAT_ELF,
	.language = LW_LANGUAGE_PYTHON,
};

static void
begin(struct rig *r)
{
	struct lw_arrival a = rig_arrive(r);

	lw_flight_begin(r->gate, &a);
	rig_listen(r);
}

/* Answers the last question of resolve; code may be NULL. */
static void
answer(struct rig *r, uint32_t flags, const char *code)
{
	struct lw_msg_executed m = {
		.execution = {.flags = flags, .content_kind = code ? LW_KIND_INLINE : 0},
		.has_content_fd = code != NULL,
	};
	_cleanup_close_ int arena = lw_memfd_with("arena", "", 0);
	_cleanup_close_ int content = code ? lw_memfd_with("code", code, strlen(code)) : -1;
	const int fds[] = {arena, content};

	m.execution.has_content = code != NULL;
	assert_int_equal(lw_chan_send(&r->resolve.chan, LW_MSG_EXECUTED,
				 r->resolve.ids[r->resolve.asked - 1], &m, fds, code ? 2 : 1),
		0);
	rig_run(r, 20);
	rig_listen(r);
}

static void
code_beside_the_content_is_judged(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	assert_int_equal(r->resolve.last.execution.content, 0);
	rig_assessed(r, r->classify.ids[0], &good);
	answer(r, LW_EXEC_MORE_CONTENT, NULL);
	assert_int_equal(r->resolve.asked, 2);
	assert_int_equal(r->resolve.last.execution.content, 1);
	assert_true(rig_is_held(r, 0));
	answer(r, 0, "evil");
	assert_int_equal(r->classify.asked, 2);
	rig_assessed(r, r->classify.ids[1], &bad);
	assert_int_equal(rig_outcome(r, 0), EPERM);
}

static void
each_piece_is_told_by_itself(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	rig_assessed(r, r->classify.ids[0], &good);
	answer(r, LW_EXEC_MORE_CONTENT, "fine");
	rig_assessed(r, r->classify.ids[1], &good);
	answer(r, 0, "evil");
	rig_assessed(r, r->classify.ids[2], &bad);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	const struct lw_observation *o = &r->report.last.observation;
	assert_int_equal(o->objects[0].action, LW_ACTION_ALLOW);
	assert_int_equal(o->objects[1].assessment.verdict, LW_VERDICT_MALICIOUS);
	assert_int_equal(o->objects[1].outcome, LW_OUTCOME_DENIED);
	assert_int_equal(o->execution.content_kind, LW_KIND_INLINE);
}

static void
questions_come_to_an_end(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	rig_assessed(r, r->classify.ids[0], &good);
	for (unsigned i = 0; i < LW_CONTENTS_MAX; i++) {
		assert_true(rig_is_held(r, 0));
		answer(r, LW_EXEC_MORE_CONTENT, NULL);
	}
	assert_int_equal(r->resolve.asked, LW_CONTENTS_MAX);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
}

static void
a_copied_interpreter_is_asked_again(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	assert_int_equal(r->resolve.last.execution.language, LW_LANGUAGE_NONE);
	answer(r, 0, NULL);
	assert_true(rig_is_held(r, 0));
	rig_assessed(r, r->classify.ids[0], &copy);
	rig_listen(r);
	assert_int_equal(r->resolve.asked, 2);
	assert_int_equal(r->resolve.last.execution.language, LW_LANGUAGE_PYTHON);
	answer(r, 0, "evil");
	rig_assessed(r, r->classify.ids[1], &bad);
	assert_int_equal(rig_outcome(r, 0), EPERM);
}

static void
what_still_says_nothing_is_not_asked_for_ever(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	answer(r, 0, NULL);
	rig_assessed(r, r->classify.ids[0], &copy);
	rig_listen(r);
	answer(r, 0, NULL);
	assert_int_equal(r->resolve.asked, 2);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
}

static void
code_that_could_not_be_had_has_a_kind_all_the_same(void **state)
{
	static const char policy[] =
		"version: 1\nmode: enforce\ndecision: {deadline_ms: 3000, on_error: deny}\n"
		"rules: [{name: bad, match: {verdict: malicious}, action: deny},"
		" {name: input, match: {kind: stdin}, action: alert}]\n";
	struct rig *r = *state;
	struct lw_msg_executed m = {.execution = {.has_content = 1, .content_kind = LW_KIND_STDIN}};

	rig_gate(r, policy, 4);
	begin(r);
	rig_assessed(r, r->classify.ids[0], &good);
	rig_executed(r, r->resolve.ids[0], &m.execution);
	/* It is no error, and nothing says that it is malicious. */
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	rig_listen(r);
	assert_int_equal(r->report.last.observation.objects[1].kind, LW_KIND_STDIN);
	assert_int_equal(r->report.last.observation.objects[1].action, LW_ACTION_ALERT);
}

static void
code_that_may_go_on_is_vouched_for_by_no_digest(void **state)
{
	static const char policy[] =
		"version: 1\nmode: enforce\ndecision: {deadline_ms: 3000}\n"
		"rules: [{name: any, match: {kind: inline, layer: [unknown]}, action: deny}]\n"
		"exceptions: [{name: ours, match: {sha256: [\""
		"0000000000000000000000000000000000000000000000000000000000000000\"]}}]\n";
	static const uint32_t flags[] = {0, LW_EXEC_CONTENT_PARTIAL};
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	for (unsigned i = 0; i < LW_ARRAY_SIZE(flags); i++) {
		begin(r);
		rig_assessed(r, r->classify.ids[2 * i], &good);
		answer(r, flags[i], "code");
		assert_int_equal(r->classify.last.assess.flags & LW_ASSESS_INCOMPLETE,
			flags[i] ? LW_ASSESS_INCOMPLETE : 0);
		rig_assessed(r, r->classify.ids[2 * i + 1], &good);
		assert_int_equal(rig_outcome(r, i), flags[i] ? EPERM : ENOEXEC);
	}
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	assert_int_equal(r->report.last.observation.objects[0].incomplete, 0);
	assert_int_equal(r->report.last.observation.objects[1].incomplete, 1);
}

static void
the_last_free_helper_does_not_wait_for_pipes(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r);
	assert_int_equal(r->resolve.last.execution.wait_us, 10000);
	answer(r, 0, NULL);
	rig_assessed(r, r->classify.ids[0], &good);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(code_beside_the_content_is_judged),
		TEST(each_piece_is_told_by_itself),
		TEST(questions_come_to_an_end),
		TEST(a_copied_interpreter_is_asked_again),
		TEST(what_still_says_nothing_is_not_asked_for_ever),
		TEST(code_that_could_not_be_had_has_a_kind_all_the_same),
		TEST(code_that_may_go_on_is_vouched_for_by_no_digest),
		TEST(the_last_free_helper_does_not_wait_for_pipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
