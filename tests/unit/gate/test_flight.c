/*
 * Flights of real executions, held by a real group: each is answered exactly once, whatever happens
 * to its questions, and nothing of it stays behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "rig.h"

#define RULES                                                                                      \
	"rules:\n"                                                                                 \
	"  - {name: bad, match: {verdict: malicious}, action: deny}\n"                             \
	"  - {name: odd, match: {verdict: suspicious}, action: kill}\n"

static const char enforce[] = "version: 1\nmode: enforce\ndecision: {deadline_ms: 3000}\n" RULES;
static const char hasty[] = "version: 1\nmode: enforce\n"
			    "decision: {deadline_ms: 30, on_deadline: deny}\n" RULES;
static const char strict[] = "version: 1\nmode: enforce\n"
			     "decision: {deadline_ms: 3000, on_error: deny}\n" RULES;
static const char detect[] = "version: 1\nmode: detect\ndecision: {evidence_ms: 30}\n" RULES;

static const struct lw_assessment good = {.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_TRUSTED};
static const struct lw_assessment bad = {
	.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_MALICIOUS};
static const struct lw_assessment odd = {
	.flags = LW_ASSESS_HASHED, .verdict = LW_VERDICT_SUSPICIOUS};
static const struct lw_assessment dynamic = {.flags = LW_ASSESS_HASHED | LW_ASSESS_ELF_INTERP,
	.verdict = LW_VERDICT_TRUSTED,
	.format = LW_FORMAT_ELF};

/* A task without facts asks classify alone: its tid is not visible here. */
static struct lw_arrival
unseen(struct rig *r)
{
	struct lw_arrival a = rig_arrive(r);

	a.tid = 0;
	return a;
}

static void
begin(struct rig *r, struct lw_arrival a)
{
	lw_flight_begin(r->gate, &a);
	rig_listen(r);
}

static void
ended(struct rig *r, unsigned answers)
{
	assert_int_equal(r->gate->counters.answers, answers);
	assert_int_equal(r->gate->flights.held, 0);
	assert_int_equal(r->gate->flights.late, 0);
	assert_null(r->gate->flights.oldest_late);
	assert_int_equal(r->superblock->in_flight, 0);
	assert_int_equal(r->superblock->references, 0);
	uint32_t n = 0;
	for (struct lw_flight *f = r->gate->flights.free; f; f = f->next)
		n++;
	assert_int_equal(n, r->gate->flights.capacity);
}

static void
the_verdict_decides(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r, unseen(r));
	assert_true(rig_is_held(r, 0));
	rig_assessed(r, r->classify.ids[0], &good);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	ended(r, 1);
	/* it is in the cache, but nobody has looked it up */
	begin(r, unseen(r));
	rig_assessed(r, r->classify.ids[1], &bad);
	assert_int_equal(rig_outcome(r, 1), EPERM);
	ended(r, 2);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	assert_int_equal(r->report.last.observation.objects[0].outcome, LW_OUTCOME_DENIED);
	assert_int_equal(r->report.last.observation.late, 0);
	assert_int_equal(r->gate->counters.denied, 1);
}

static void
kill_ends_the_task(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	struct lw_arrival a = rig_arrive(r);
	begin(r, a);
	rig_assessed(r, r->classify.ids[0], &odd);
	assert_true(rig_is_held(r, 0)); /* its arguments are not there */
	rig_executed(r, r->resolve.ids[0], &(struct lw_execution){.tid = a.tid, .tgid = a.tid});
	assert_int_equal(rig_outcome(r, 0), 128 + SIGKILL);
	ended(r, 1);
}

static void
the_deadline_answers_and_the_verdict_is_told_late(void **state)
{
	struct rig *r = *state;

	rig_gate(r, hasty, 4);
	struct lw_arrival a = unseen(r);
	begin(r, a);
	rig_run(r, 60);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_int_equal(r->gate->counters.deadlines, 1);
	assert_int_equal(r->gate->flights.late, 1);
	rig_assessed(r, r->classify.ids[0], &good);
	ended(r, 1);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	assert_int_equal(r->report.last.observation.objects[0].outcome, LW_OUTCOME_DENIED);
}

static void
an_error_is_answered_as_the_policy_says(void **state)
{
	struct rig *r = *state;

	rig_gate(r, strict, 4);
	begin(r, unseen(r));
	rig_assessed(r, r->classify.ids[0], NULL);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	begin(r, unseen(r));
	rig_hang_up(r, &r->classify);
	assert_int_equal(rig_outcome(r, 1), EPERM);
	begin(r, unseen(r));
	assert_int_equal(rig_outcome(r, 2), EPERM);
	ended(r, 3);
}

static void
what_nobody_decided_is_answered_at_the_end(void **state)
{
	struct rig *r = *state;

	rig_gate(r, strict, 4);
	begin(r, unseen(r));
	begin(r, unseen(r));
	lw_flights_done(&r->gate->flights);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_int_equal(rig_outcome(r, 1), EPERM);
	assert_int_equal(r->gate->counters.answers, 2);
	assert_int_equal(r->superblock->references, 0);
}

/* The followers had no slot any more when the flight was answered. */
static void
a_dynamic_program_held_at_the_stop_is_let_go(void **state)
{
	struct rig *r = *state;

	rig_gate(r, strict, 4);
	struct lw_arrival a = rig_arrive(r);
	begin(r, a);
	rig_assessed(r, r->classify.ids[0], &dynamic);
	lw_gate_ops.stop(r->gate);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	r->gate = lw_gate_free(r->gate);
}

static void
touch(struct rig *r)
{
	assert_int_equal(chmod(r->file, 0700), 0);
	assert_int_equal(chmod(r->file, 0755), 0);
}

static void
a_file_that_changes_is_judged_again(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r, unseen(r));
	for (int i = 0; i < LW_REJUDGE_MAX; i++) {
		touch(r);
		rig_assessed(r, r->classify.ids[i], &good);
		rig_listen(r);
		assert_int_equal(r->classify.asked, i + 2);
		assert_true(rig_is_held(r, 0));
	}
	touch(r);
	rig_assessed(r, r->classify.ids[LW_REJUDGE_MAX], &good);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	assert_int_equal(r->gate->counters.rejudged, LW_REJUDGE_MAX + 1);
	ended(r, 1);
}

/* The question failed at once, and the flight ended inside its own decision: twice. */
static void
a_file_that_changes_when_no_helper_is_left_ends_once(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r, unseen(r));
	touch(r);
	rig_hang_up(r, &r->classify);
	assert_int_equal(rig_outcome(r, 0), EPERM);
	ended(r, 1);
}

static void
detect_answers_before_it_judges(void **state)
{
	struct rig *r = *state;

	rig_gate(r, detect, 4);
	r->superblock->filesystem_count = 0; /* no layer is known: evidence is waited for */
	begin(r, unseen(r));
	assert_true(rig_is_held(r, 0));
	rig_run(r, 60);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->counters.detect_bound, 1);
	rig_assessed(r, r->classify.ids[0], &bad);
	ended(r, 1);
	rig_listen(r);
	assert_int_equal(r->report.last.observation.objects[0].outcome, LW_OUTCOME_WOULD_DENY);
	assert_int_equal(r->report.last.observation.late, 1);
}

/* It had nothing left to wait for, and waited. */
static void
what_cannot_be_kept_for_later_ends_at_the_bound_of_detect(void **state)
{
	struct rig *r = *state;
	struct rlimit old, none;

	rig_gate(r, detect, 4);
	r->superblock->filesystem_count = 0;
	begin(r, unseen(r)); /* the only helper is busy with this one */
	begin(r, unseen(r));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rig_run(r, 60);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(r->gate->flights.late, 1);
	rig_assessed(r, r->classify.ids[0], &good);
	ended(r, 2);
}

static void
late_verdicts_give_way_to_what_is_held(void **state)
{
	struct rig *r = *state;

	rig_gate(r, detect, 2);
	begin(r, unseen(r)); /* of the image: nothing to secure */
	begin(r, unseen(r));
	assert_int_equal(r->gate->flights.late, 2);
	assert_int_equal(lw_flights_room(&r->gate->flights), 2);
	lw_flights_make_room(&r->gate->flights);
	assert_int_equal(r->gate->flights.late, 1);
	begin(r, unseen(r));
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_outcome(r, i), ENOEXEC);
	rig_assessed(r, r->classify.ids[0], &good); /* finds nobody */
	rig_listen(r);
	rig_assessed(r, r->classify.ids[1], &good);
	rig_listen(r);
	rig_assessed(r, r->classify.ids[2], &good);
	ended(r, 3);
}

static void
without_room_the_policy_answers(void **state)
{
	struct rig *r = *state;

	rig_gate(r, strict, 1);
	begin(r, unseen(r));
	assert_int_equal(lw_flights_room(&r->gate->flights), 0);
	begin(r, unseen(r));
	assert_int_equal(rig_outcome(r, 1), EPERM);
	assert_true(rig_is_held(r, 0));
	rig_assessed(r, r->classify.ids[0], &good);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	ended(r, 2);
}

/* Half of four: two are held, the third is not, and is judged once nobody waits. */
static void
one_over_its_share_is_answered_at_once_and_judged_late(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r, unseen(r));
	begin(r, unseen(r));
	begin(r, unseen(r));
	assert_int_equal(rig_outcome(r, 2), ENOEXEC);
	assert_int_equal(r->gate->counters.share_exceeded, 1);
	assert_int_equal(r->gate->flights.late, 1);
	for (int i = 0; i < 4; i++) {
		rig_assessed(r, r->classify.ids[i], i < 3 ? &good : &bad);
		rig_listen(r);
		if (i == 0)
			begin(r, unseen(r)); /* goes before the late one */
	}
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(rig_outcome(r, 3), ENOEXEC);
	ended(r, 4);
	assert_int_equal(r->report.count[LW_MSG_OBSERVATION], 1);
	assert_int_equal(r->report.last.observation.late, 1);
	assert_int_equal(r->report.last.observation.objects[0].outcome, LW_OUTCOME_ALLOWED);
	assert_int_equal(
		r->report.last.observation.objects[0].assessment.verdict, LW_VERDICT_MALICIOUS);
}

/* What is late has bounds: a share of the flights, and no hold on the container's mount. */
static void
a_flood_over_its_share_keeps_nothing_for_later(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 4);
	begin(r, unseen(r));
	begin(r, unseen(r));
	for (int i = 2; i < 8; i++) {
		begin(r, unseen(r));
		assert_int_equal(rig_outcome(r, i), ENOEXEC);
		assert_int_equal(r->gate->flights.late, 1);
	}
	assert_int_equal(lw_flights_room(&r->gate->flights), 2);
	assert_int_equal(r->gate->classify.waiting, 2);
}

static void
without_the_real_inode_one_over_its_share_is_not_kept(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 2);
	r->superblock->filesystem_count = 0;
	begin(r, unseen(r));
	begin(r, unseen(r));
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(r->gate->flights.late, 0);
}

/* Judged again, it was held without a deadline, and beyond its share. */
static void
one_over_its_share_is_not_held_for_a_change(void **state)
{
	struct rig *r = *state;

	rig_gate(r, enforce, 2);
	begin(r, unseen(r));
	struct lw_arrival a = unseen(r);
	touch(r);
	begin(r, a);
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(r->gate->flights.held, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_verdict_decides),
		TEST(kill_ends_the_task),
		TEST(the_deadline_answers_and_the_verdict_is_told_late),
		TEST(an_error_is_answered_as_the_policy_says),
		TEST(what_nobody_decided_is_answered_at_the_end),
		TEST(a_dynamic_program_held_at_the_stop_is_let_go),
		TEST(a_file_that_changes_is_judged_again),
		TEST(a_file_that_changes_when_no_helper_is_left_ends_once),
		TEST(detect_answers_before_it_judges),
		TEST(what_cannot_be_kept_for_later_ends_at_the_bound_of_detect),
		TEST(late_verdicts_give_way_to_what_is_held),
		TEST(without_room_the_policy_answers),
		TEST(one_over_its_share_is_answered_at_once_and_judged_late),
		TEST(a_flood_over_its_share_keeps_nothing_for_later),
		TEST(without_the_real_inode_one_over_its_share_is_not_kept),
		TEST(one_over_its_share_is_not_held_for_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
