/*
 * An observation is folded first, then told at once or held until its container's facts are there;
 * what had to be told without them is told again, under the same name, when they come.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "report/hit.h"
#include "report/state.h"

#define COMPLAIN_US 10000000 /* between two log lines about malformed observations */

static const struct lw_settings *
settings_of(const struct lw_report *r)
{
	return lw_policy_settings(r->policy);
}

static struct lw_finding_context
context_of(const struct lw_report *r)
{
	return (struct lw_finding_context){
		.settings = settings_of(r),
		.redactor = r->redactor,
		.host = r->options.host,
		.now_us = lw_realtime_us(),
	};
}

static void
deliver(struct lw_report *r, int result, const struct lw_text *line)
{
	if (result != 0) {
		r->stats.failed++;
		return;
	}
	r->stats.told++;
	lw_sinks_write(r->sinks, line->data, line->length);
	lw_control_tail(r->control, line->data, line->length);
}

/* met: room for the row of a rule that was met. */
static const struct lw_detector *
detector_of(const struct lw_observation *seen, unsigned object, struct lw_detector *met)
{
	if (!seen->hit.present)
		return lw_detector_for(&seen->objects[object], lw_evidence_language(seen, object));
	lw_hit_detector(&seen->hit, met);
	return met;
}

static void
tell_object(struct lw_report *r, const struct lw_held_item *i, unsigned object,
	const struct lw_container_facts *facts, enum lw_facts_state state)
{
	const struct lw_finding_context c = context_of(r);
	const struct lw_observation *seen = &i->evidence.seen;
	struct lw_detector met;
	const struct lw_finding f = {
		.evidence = &i->evidence,
		.object = object,
		.detector = detector_of(seen, object, &met),
		.container = facts,
		.facts = state,
		.repeats = i->repeats[object],
	};
	_cleanup_text_ struct lw_text line = {0};

	lw_text_init(&line, LW_FINDING_MAX);
	deliver(r, lw_finding_write(&c, &f, &line), &line);
}

/* Tells an item with what is known of its container now. Returns whether that was nothing. */
static bool
tell_item(struct lw_report *r, const struct lw_held_item *i, bool again)
{
	const struct lw_observation *seen = &i->evidence.seen;
	const struct lw_container_facts *facts =
		lw_containers_facts(r->containers, seen->dev_major, seen->dev_minor);
	enum lw_facts_state state = !facts	      ? LW_FACTS_PENDING
				    : facts->complete ? LW_FACTS_COMPLETE
						      : LW_FACTS_PARTIAL;

	if (again)
		state = LW_FACTS_LATE;
	for (unsigned object = 0; object < LW_OBJECTS; object++) {
		if (i->tell[object])
			tell_object(r, i, object, facts, state);
	}
	return state == LW_FACTS_PENDING || state == LW_FACTS_PARTIAL;
}

static int on_held(void *arg);

static void
arm_held(struct lw_report *r)
{
	uint64_t due = LW_MIN(lw_held_due(&r->waiting), lw_held_due(&r->incomplete)),
		 now = lw_now_us();

	if (due == UINT64_MAX)
		lw_timer_disarm(r->loop, &r->held_timer);
	else
		(void)lw_timer_arm(r->loop, &r->held_timer, due > now ? due - now : 0, on_held, r);
}

/* Told without facts: kept for a while to be completed. */
static void
keep_incomplete(struct lw_report *r, struct lw_held_item *i)
{
	r->stats.pending++;
	if (lw_held_full(&r->incomplete))
		lw_held_item_free(lw_held_take(&r->incomplete));
	i->due_us = lw_now_us() + LW_COMPLETE_US;
	lw_held_add(&r->incomplete, i);
}

/* Takes the item. */
static void
tell_and_keep(struct lw_report *r, struct lw_held_item *i)
{
	const struct lw_observation *seen = &i->evidence.seen;
	bool lacks_facts = tell_item(r, i, false);

	if (lacks_facts && (seen->dev_major || seen->dev_minor))
		keep_incomplete(r, i);
	else
		lw_held_item_free(i);
}

static int
on_held(void *arg)
{
	struct lw_report *r = arg;
	struct lw_held_item *i;
	uint64_t now = lw_now_us();

	while ((i = lw_held_take_due(&r->waiting, now)))
		tell_and_keep(r, i);
	while ((i = lw_held_take_due(&r->incomplete, now)))
		lw_held_item_free(i);
	arm_held(r);
	return 0;
}

void
lw_report_flush(struct lw_report *r)
{
	struct lw_held_item *i;

	while ((i = lw_held_take(&r->waiting))) {
		tell_item(r, i, false);
		lw_held_item_free(i);
	}
	lw_held_done(&r->incomplete);
	lw_timer_disarm(r->loop, &r->held_timer);
}

static int on_summary(void *arg);

static void
tell_held_back(struct lw_report *r, const struct lw_held_back *b)
{
	char detail[160], overlay[32];
	const struct lw_health_finding f = {
		.detector = lw_detector_held_back(),
		.time_us = lw_realtime_us(),
		.count = b->count,
		.detail = detail,
		.overlay = b->dev_major || b->dev_minor ? overlay : NULL,
		.container = lw_containers_facts(r->containers, b->dev_major, b->dev_minor),
	};

	snprintf(overlay, sizeof(overlay), "%u:%u", b->dev_major, b->dev_minor);
	snprintf(detail, sizeof(detail),
		"%llu findings of one container were held back (noise.alerts_per_minute is %u)",
		(unsigned long long)b->count, settings_of(r)->noise.alerts_per_minute);
	lw_report_health(r, &f);
}

static int
on_summary(void *arg)
{
	struct lw_report *r = arg;
	struct lw_held_back b;

	while (lw_repeat_summary(r->repeat, lw_now_us(), &b))
		tell_held_back(r, &b);
	if (lw_repeat_waits(r->repeat))
		return lw_timer_arm(r->loop, &r->summary_timer, LW_MINUTE_US / 4, on_summary, r);
	return 0;
}

void
lw_report_health(void *report, const struct lw_health_finding *f)
{
	struct lw_report *r = report;
	const struct lw_finding_context c = context_of(r);
	_cleanup_text_ struct lw_text line = {0};

	lw_text_init(&line, LW_FINDING_MAX);
	r->stats.health++;
	deliver(r, lw_finding_write_health(&c, f, &line), &line);
}

/*
 * What tells one executed thing from another: its content where that is known, else its path. What
 * is done is told apart by the arguments: they are the same at a script and at its interpreter.
 */
static void
identify(const struct lw_evidence *e, unsigned object, struct lw_repeat_key *key)
{
	const struct lw_object *o = &e->seen.objects[object];
	struct lw_bytes path = lw_evidence_path(e, o->path);
	struct lw_bytes args = lw_evidence_slice(e, e->seen.execution.args);

	if (e->seen.hit.present && args.data) {
		key->identity = args.data;
		key->identity_length = args.length;
		return;
	}
	key->identity = path.data;
	key->identity_length = path.length;
	if (o->assessment.flags & (LW_ASSESS_HASHED | LW_ASSESS_PARTIAL)) {
		key->identity = o->assessment.sha256;
		key->identity_length = sizeof(o->assessment.sha256);
	}
}

static bool
worth_telling(struct lw_report *r, struct lw_held_item *i, unsigned object)
{
	const struct lw_observation *seen = &i->evidence.seen;
	const struct lw_object *o = &seen->objects[object];
	struct lw_repeat_key key = {
		.dev_major = seen->dev_major,
		.dev_minor = seen->dev_minor,
		.outcome = o->outcome,
		.urgent = o->outcome != LW_OUTCOME_ALLOWED ||
			  o->assessment.verdict == LW_VERDICT_MALICIOUS,
	};
	enum lw_repeat_outcome outcome;

	if (seen->hit.present && object != lw_hit_object(seen))
		return false;
	/* An AT_EXECVE_CHECK (6.14+) executes nothing: there is nothing to tell. */
	if (!o->present || o->action == LW_ACTION_ALLOW || seen->execution.flags & LW_EXEC_CHECK)
		return false;
	if (seen->hit.present)
		key.rule = seen->hit.id;
	else
		key.detector = lw_detector_for(o, lw_evidence_language(seen, object));
	identify(&i->evidence, object, &key);
	outcome = lw_repeat_check(r->repeat, &key, lw_now_us(), &i->repeats[object]);
	r->stats.folded += outcome == LW_REPEAT_FOLDED;
	r->stats.held_back += outcome == LW_REPEAT_HELD_BACK;
	if (outcome == LW_REPEAT_HELD_BACK && !r->summary_timer.slot)
		(void)lw_timer_arm(r->loop, &r->summary_timer, LW_MINUTE_US / 4, on_summary, r);
	return outcome == LW_REPEAT_TELL;
}

/* Takes the item. */
static void
take_item(struct lw_report *r, struct lw_held_item *i)
{
	const struct lw_observation *seen = &i->evidence.seen;
	uint64_t now = lw_now_us();

	if (!lw_containers_worth_waiting(r->containers, seen->dev_major, seen->dev_minor, now)) {
		tell_and_keep(r, i);
	} else {
		if (lw_held_full(&r->waiting))
			tell_and_keep(r, lw_held_take(&r->waiting));
		i->due_us = now + LW_FACTS_WAIT_US;
		lw_held_add(&r->waiting, i);
	}
	arm_held(r);
}

static void
complain(struct lw_report *r, int error)
{
	uint64_t now = lw_now_us();

	r->stats.malformed++;
	if (r->complained_us && now - r->complained_us < COMPLAIN_US)
		return;
	r->complained_us = now;
	lw_log(LW_LOG_WARNING, "an observation could not be read: %s", strerror(-error));
}

int
lw_report_observe(
	struct lw_report *r, const struct lw_observation *seen, int arena_fd, int capture_fd)
{
	_cleanup_(lw_held_item_freep) struct lw_held_item *i = calloc(1, sizeof(*i));
	bool any = false;
	int e;

	r->stats.observations++;
	if (!i) {
		r->stats.failed++;
		return 0;
	}
	e = lw_evidence_read(
		&i->evidence, seen, arena_fd, capture_fd, settings_of(r)->capture.script_bytes);
	if (e != 0) {
		complain(r, e);
		return 0;
	}
	for (unsigned object = 0; object < LW_OBJECTS; object++) {
		i->tell[object] = worth_telling(r, i, object);
		any |= i->tell[object];
	}
	if (any)
		take_item(r, TAKE_PTR(i));
	return 0;
}

void
lw_report_container(struct lw_report *r, const struct lw_msg_container *m)
{
	struct lw_held_item *i;

	if (lw_containers_update(r->containers, m, lw_now_us()) != 0 || !m->facts.complete)
		return;
	while ((i = lw_held_take_container(&r->waiting, m->dev_major, m->dev_minor))) {
		tell_item(r, i, false);
		lw_held_item_free(i);
	}
	while ((i = lw_held_take_container(&r->incomplete, m->dev_major, m->dev_minor))) {
		r->stats.completed++;
		tell_item(r, i, true);
		lw_held_item_free(i);
	}
	arm_held(r);
}
