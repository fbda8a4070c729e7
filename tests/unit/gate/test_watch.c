/*
 * Questions about containers, and runtimes that are held for their answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "gate/watch.h"
#include "rig.h"

static const char policy[] = "version: 1\nmode: enforce\n"
			     "rules: [{name: bad, match: {verdict: malicious}, action: deny}]\n";

static void
tell(struct rig *r, unsigned question, bool found, const char *name)
{
	struct lw_msg_container_tell m = {.found = found};

	lw_copy_string(m.facts.name, sizeof(m.facts.name), name);
	assert_int_equal(lw_chan_send(&r->resolve.chan, LW_MSG_CONTAINER_TELL,
				 r->resolve.ids[question], &m, NULL, 0),
		0);
	lw_loop_once(r->loop, 1000);
	rig_listen(r);
}

static void
want(struct rig *r)
{
	lw_watch_want_facts(r->gate, r->superblock);
	rig_listen(r);
}

static void
facts_are_asked_for_once_and_told(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	want(r);
	want(r);
	assert_int_equal(r->resolve.count[LW_MSG_CONTAINER_ASK], 1);
	assert_string_equal(r->resolve.last.ask.mount_point, "/merged");
	assert_int_equal(r->gate->facts_pending, 1);
	tell(r, 0, true, "web");
	assert_true(r->superblock->facts.complete);
	assert_string_equal(r->superblock->facts.name, "web");
	assert_int_equal(r->gate->facts_pending, 0);
	assert_int_equal(r->report.count[LW_MSG_CONTAINER], 1);
	assert_string_equal(r->report.last.container.facts.name, "web");
	want(r);
	assert_int_equal(r->resolve.count[LW_MSG_CONTAINER_ASK], 1);
}

/* The engine may be writing its state just now. */
static void
what_is_not_known_yet_is_asked_again_ever_more_seldom(void **state)
{
	struct rig *r = *state;
	uint64_t last = 0;

	rig_gate(r, policy, 4);
	for (unsigned i = 0; i < 4; i++) {
		r->superblock->facts_next_us = 0;
		want(r);
		assert_int_equal(r->resolve.count[LW_MSG_CONTAINER_ASK], i + 1);
		uint64_t wait = r->superblock->facts_next_us - lw_now_us();
		assert_true(wait > last);
		last = wait;
		tell(r, i, false, "");
		assert_false(r->superblock->facts.complete);
	}
	want(r);
	assert_int_equal(r->resolve.count[LW_MSG_CONTAINER_ASK], 4);
}

static void
an_overlay_that_is_not_watched_is_not_asked_about(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	r->superblock->state = LW_MARK_FOREIGN;
	want(r);
	assert_int_equal(r->resolve.count[LW_MSG_CONTAINER_ASK], 0);
}

/* The device's number is reused at once: the container before would have named the new one. */
static void
an_answer_about_the_overlay_before_is_not_the_new_ones(void **state)
{
	struct rig *r = *state;
	char other[] = "/other";
	struct lw_overlay_options o = {.lower = {other}, .lower_count = 1};

	rig_gate(r, policy, 4);
	want(r);
	assert_int_equal(lw_superblock_describe(r->superblock, "/merged", &o), 0);
	r->superblock->state = LW_MARK_MARKED;
	tell(r, 0, true, "before");
	assert_false(r->superblock->facts.complete);
	assert_int_equal(r->gate->facts_pending, 0);
	want(r);
	tell(r, 1, true, "now");
	assert_string_equal(r->superblock->facts.name, "now");
}

static void
an_answer_about_an_overlay_that_is_gone_reaches_nobody(void **state)
{
	struct rig *r = *state;
	struct lw_overlay_options o = {0};

	rig_gate(r, policy, 4);
	want(r);
	lw_watch_gone(r->superblock, r->gate);
	lw_superblock_remove(&r->gate->superblocks, r->superblock);
	rig_listen(r);
	assert_int_equal(r->report.last.container.gone, 1);
	r->superblock = lw_superblock_get(&r->gate->superblocks, 9, 9);
	assert_int_equal(lw_superblock_describe(r->superblock, "/merged", &o), 0);
	tell(r, 0, true, "gone");
	assert_false(r->superblock->facts.complete);
	assert_int_equal(r->gate->facts_pending, 0);
}

static void
without_resolve_nothing_stays_pending(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	rig_hang_up(r, &r->resolve);
	want(r);
	assert_int_equal(r->gate->facts_pending, 0);
	assert_false(r->superblock->facts_pending);
}

static void
hold(struct rig *r)
{
	struct lw_arrival a = rig_arrive(r);

	for (size_t i = 0; i < LW_BARRIERS_MAX; i++)
		r->gate->barriers[i].gate = r->gate;
	lw_watch_barrier(r->gate, a.fd, 0);
}

static void
a_runtime_is_held_until_the_facts_are_there(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	want(r);
	hold(r);
	assert_true(rig_is_held(r, 0));
	tell(r, 0, true, "web");
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	assert_int_equal(r->gate->counters.answers, 1);
	hold(r); /* no facts are missing */
	assert_int_equal(rig_outcome(r, 1), ENOEXEC);
	assert_int_equal(r->gate->counters.barrier_events, 2);
}

static void
a_runtime_is_held_no_longer_than_its_bound(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	want(r);
	hold(r);
	rig_run(r, 150);
	assert_int_equal(rig_outcome(r, 0), ENOEXEC);
	tell(r, 0, true, "late");
	assert_int_equal(r->gate->counters.answers, 1);
}

static void
no_more_runtimes_are_held_than_there_are_descriptors_for(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	want(r);
	for (unsigned i = 0; i < 4; i++)
		hold(r);
	hold(r);
	assert_int_equal(rig_outcome(r, 4), ENOEXEC);
	assert_int_equal(r->gate->counters.answers, 1);
	lw_watch_stop(r->gate);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(rig_outcome(r, i), ENOEXEC);
	assert_int_equal(r->gate->counters.answers, 5);
}

static void
an_overlay_that_cannot_be_watched_is_told_of(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	r->superblock->state = LW_MARK_FAILED;
	strcpy(r->superblock->reason, "why");
	lw_watch_changed(r->superblock, r->gate);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_HEALTH], 1);
	assert_int_equal(r->report.last.health.what, LW_HEALTH_UNMARKED);
	assert_non_null(strstr(r->report.last.health.detail, "9:9 is not watched: why"));
	r->superblock->state = LW_MARK_EXCLUDED; /* as the policy wants it */
	lw_watch_changed(r->superblock, r->gate);
	rig_listen(r);
	assert_int_equal(r->report.count[LW_MSG_HEALTH], 1);
	assert_int_equal(r->report.count[LW_MSG_CONTAINER], 2);
}

static void
namespaces_that_are_not_looked_at_are_told_of(void **state)
{
	struct rig *r = *state;

	rig_gate(r, policy, 4);
	r->gate->discover.namespaces = 0;
	r->gate->discover.own_mount_namespace = 1; /* so there is another one: ours */
	assert_int_equal(lw_runtimes_init(&r->gate->runtimes, r->gate->discover.group), 0);
	assert_int_equal(lw_watch_start(r->gate), 0);
	lw_watch_stop(r->gate);
	rig_listen(r);
	assert_true(r->gate->discover.left_out > 0);
	assert_int_equal(r->report.last.health.what, LW_HEALTH_UNMARKED);
	assert_int_equal(r->report.last.health.count, r->gate->discover.left_out);
	assert_non_null(strstr(r->report.last.health.detail, " processes are in mount namespaces"));
}

/* What the numbers meant before is forgotten. */
static void
a_change_forgets_verdicts_and_the_end_forgets_places(void **state)
{
	struct rig *r = *state;
	struct lw_cache_key key = {.dev_major = 9, .dev_minor = 9, .ino = 1};
	struct lw_cache_value v = {.verdict = LW_VERDICT_TRUSTED};

	rig_gate(r, policy, 4);
	lw_cache_put(r->gate->cache, &key, &v);
	lw_watch_changed(r->superblock, r->gate);
	assert_null(lw_cache_get(r->gate->cache, &key));
	lw_cache_put(r->gate->cache, &key, &v);
	r->gate->places.mounts[5].superblock = r->superblock;
	lw_watch_gone(r->superblock, r->gate);
	assert_null(lw_cache_get(r->gate->cache, &key));
	assert_null(r->gate->places.mounts[5].superblock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts_are_asked_for_once_and_told),
		TEST(what_is_not_known_yet_is_asked_again_ever_more_seldom),
		TEST(an_overlay_that_is_not_watched_is_not_asked_about),
		TEST(an_answer_about_the_overlay_before_is_not_the_new_ones),
		TEST(an_answer_about_an_overlay_that_is_gone_reaches_nobody),
		TEST(without_resolve_nothing_stays_pending),
		TEST(a_runtime_is_held_until_the_facts_are_there),
		TEST(a_runtime_is_held_no_longer_than_its_bound),
		TEST(no_more_runtimes_are_held_than_there_are_descriptors_for),
		TEST(an_overlay_that_cannot_be_watched_is_told_of),
		TEST(namespaces_that_are_not_looked_at_are_told_of),
		TEST(a_change_forgets_verdicts_and_the_end_forgets_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
