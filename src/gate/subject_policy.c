/*
 * What the policy is asked about a subject, and what it decides.
 */
#include <string.h>

#include "gate/gate.h"
#include "gate/subject.h"

/*
 * Only a part could be read, in its time or bound: what is bad there is bad, the rest is not
 * known.
 */
static bool
is_cut_short(const struct lw_subject_state *s)
{
	const struct lw_assessment *a = &s->object.assessment;

	return s->assessed && a->flags & LW_ASSESS_PARTIAL && a->verdict != LW_VERDICT_MALICIOUS;
}

/* NULL as well where more code may follow: the digest of its beginning vouches for nothing. */
static const uint8_t *
digest_of(const struct lw_object *o)
{
	return o->assessment.flags & LW_ASSESS_HASHED && !o->incomplete ? o->assessment.sha256
									: NULL;
}

bool
lw_subject_is_code(const struct lw_subject_state *s)
{
	const struct lw_object *o = &s->object;

	return o->present && o->kind != LW_KIND_BINARY && o->kind != LW_KIND_LIBRARY;
}

int
lw_subject_capture(const struct lw_subject_state *s)
{
	return lw_subject_is_code(s) && s->object.assessment.captured_size ? s->capture_fd : -1;
}

void
lw_subject_describe(const struct lw_subject_state *s, struct lw_subject *q)
{
	const struct lw_flight *f = s->flight;
	const struct lw_object *o = &s->object;

	*q = (struct lw_subject){
		.layer = o->layer,
		.kind = o->kind,
		.verdict = o->assessment.verdict,
		.verdict_known = s->assessed && !is_cut_short(s),
		.language = s == &f->subjects[LW_PROGRAM] ? o->assessment.language
							  : f->execution.language,
		.path = s->path[0] ? s->path : NULL,
		.path_length = strlen(s->path),
		.path_exact = s->path_exact,
		.uid = f->have_facts ? f->execution.uid : UINT32_MAX,
		.sha256 = digest_of(o),
		.container = f->superblock && f->superblock->facts.complete ? &f->superblock->facts
									    : NULL,
	};
}

void
lw_subject_add_parent(
	const struct lw_subject_state *s, struct lw_parent *parent, struct lw_subject *q)
{
	lw_parent_of(s->flight, parent);
	q->parent = parent->path[0] ? parent->path : NULL;
	q->parent_length = strlen(parent->path);
	q->parent_layer = parent->layer;
}

/* An open says less than an execution: see opening.h. */
static bool
is_silent(const struct lw_subject_state *s)
{
	const struct lw_object *o = &s->object;
	bool loaded = o->kind == LW_KIND_LIBRARY && s->flight->execution.flags & LW_EXEC_LOADING;

	return s->flight->opened && !s->flight->script && !loaded &&
	       o->assessment.verdict != LW_VERDICT_MALICIOUS &&
	       o->assessment.verdict != LW_VERDICT_SUSPICIOUS;
}

enum lw_action
lw_subject_evaluate(struct lw_subject_state *s)
{
	struct lw_gate *g = s->flight->gate;
	struct lw_parent parent;
	struct lw_decision d;
	struct lw_subject q;

	if (!s->object.present || is_silent(s)) {
		s->object.action = LW_ACTION_ALLOW;
		return LW_ACTION_ALLOW;
	}
	lw_subject_describe(s, &q);
	if (lw_policy_cares(g->policy, q.layer, q.kind, q.verdict) || !q.verdict_known)
		lw_subject_add_parent(s, &parent, &q);
	lw_policy_eval(g->policy, &q, &d);
	if (d.by_deadline && is_cut_short(s))
		lw_flight_count_deadline(s->flight);
	else if (d.by_deadline && !s->flight->by_deadline && !s->flight->over_share)
		d.action = g->settings->decision.on_error;
	if (s == &s->flight->subjects[LW_LEFT])
		d.action = LW_MAX(d.action, LW_ACTION_ALERT);
	s->object.action = d.action;
	s->object.deadline_missed = !q.verdict_known && s->flight->by_deadline;
	lw_copy_string(s->object.rule, sizeof(s->object.rule), d.rule);
	return d.action;
}
