#include "gate/behave.h"

#include <string.h>

#include "gate/gate.h"
#include "gate/parent.h"
#include "gate/subject.h"

#define BUDGET_US 1000000ull /* of one question: rules are bounded, classify may be busy */

bool
lw_behave_wanted(const struct lw_gate *g)
{
	return g->settings->content.rules.count > 0 && !g->rules_absent;
}

/* Until classify has said that no rule denies, one could. */
static bool
may_deny(const struct lw_gate *g)
{
	return g->settings->mode == LW_MODE_ENFORCE &&
	       (g->rules_deny || lw_policy_denies_behaviour(g->policy));
}

/* What was done is said of the program; its loader adds nothing, but where it alone raises one. */
static bool
is_only_loader(const struct lw_flight *f)
{
	return f->execution.flags & LW_EXEC_INDIRECT && !(f->execution.flags & LW_EXEC_MEMFD) &&
	       f->subjects[LW_PROGRAM].object.assessment.flags & LW_ASSESS_ELF_LOADER;
}

bool
lw_behave_due(const struct lw_flight *f)
{
	return !f->behave_asked && f->have_facts && !f->opened && !f->follower &&
	       f->arena_fd >= 0 && !(f->execution.flags & LW_EXEC_CHECK) && !is_only_loader(f) &&
	       lw_behave_wanted(f->gate) && (f->answered || may_deny(f->gate));
}

static void
fill(const struct lw_flight *f, const struct lw_subject_state *code, struct lw_msg_behave *m)
{
	const struct lw_subject_state *program = &f->subjects[LW_PROGRAM];
	const struct lw_assessment *a = &program->object.assessment;
	bool has_code = code->object.present;

	*m = (struct lw_msg_behave){
		.arena_length = f->arena_length,
		.layer = (has_code ? code : program)->object.layer,
		.kind = has_code ? code->object.kind : program->object.kind,
		.verdict = a->verdict,
		.hashed = (a->flags & LW_ASSESS_HASHED) != 0,
		.now_us = f->time_us,
		.execution = f->execution,
	};
	if (has_code)
		m->verdict = LW_MAX(m->verdict, code->object.assessment.verdict);
	memcpy(m->sha256, a->sha256, sizeof(m->sha256));
	lw_copy_string(m->image, sizeof(m->image), program->path);
	if (has_code && code->object.kind == LW_KIND_SCRIPT)
		lw_copy_string(m->script, sizeof(m->script), code->path);
	if (f->superblock)
		m->container = f->superblock->facts;
}

/* classify has read what is hostile: its texts are ended here. */
static void
take_hits(struct lw_flight *f, const struct lw_msg_behaved *m)
{
	f->hit_count = LW_MIN(m->count, (uint32_t)LW_RULE_HITS_MAX);
	memcpy(f->hits, m->hits, f->hit_count * sizeof(*f->hits));
	for (uint32_t i = 0; i < f->hit_count; i++) {
		f->hits[i].id[sizeof(f->hits[i].id) - 1] = '\0';
		f->hits[i].title[sizeof(f->hits[i].title) - 1] = '\0';
		f->hits[i].module[sizeof(f->hits[i].module) - 1] = '\0';
	}
}

/* Of the newest policy's rules alone: another gate or classify may still have the old ones. */
static void
learn(struct lw_gate *g, const struct lw_msg_behaved *m)
{
	char detail[128];

	if (m->generation != (uint32_t)g->generation)
		return;
	g->rules_deny = m->can_deny;
	g->rules_absent = m->rules == 0;
	if (m->refused == 0 || g->refused_generation == g->generation)
		return;
	g->refused_generation = g->generation;
	snprintf(detail, sizeof(detail), "%u detection rules could not be loaded", m->refused);
	lw_gate_health(g, LW_HEALTH_RULES, m->refused, detail);
}

static void
on_behaved(struct lw_job *job, const void *body, int *fds)
{
	struct lw_flight *f = job->arg;
	struct lw_gate *g = f->gate;
	const struct lw_msg_behaved *m = body;

	f->pending--;
	if (!m) {
		g->counters.helper_timeouts++;
	} else {
		take_hits(f, m);
		learn(g, m);
	}
	lw_flight_step(f);
}

void
lw_behave_ask(struct lw_flight *f)
{
	const struct lw_subject_state *code = lw_flight_code(f);
	int capture = lw_subject_capture(code);
	struct lw_job *job = &f->behave;

	f->behave_asked = true;
	fill(f, code, &f->behave_body);
	job->type = LW_MSG_BEHAVE;
	job->large = &f->behave_body;
	job->superblock = f->superblock;
	job->budget_us = BUDGET_US;
	job->patient = f->answered;
	job->fds[0] = f->arena_fd;
	job->fds[1] = capture;
	job->fd_count = capture >= 0 ? 2 : 1;
	job->done = on_behaved;
	job->arg = f;
	f->pending++;
	lw_pool_submit(&f->gate->classify, job);
}

void
lw_behave_cancel(struct lw_flight *f)
{
	if (f->behave.state != LW_JOB_IDLE)
		lw_pool_cancel(&f->gate->classify, &f->behave);
}

static void
decide(struct lw_flight *f, struct lw_subject *q, uint32_t i)
{
	const struct lw_rule_hit *b = &f->hits[i];
	struct lw_met_decision *out = &f->met[i];
	const struct lw_met_rule rule = {
		b->id, b->title, b->module, LW_MIN((enum lw_action)b->action, LW_ACTION_KILL)};
	struct lw_decision d;

	q->behaviour = &rule;
	lw_policy_eval(f->gate->policy, q, &d);
	out->action = d.action;
	lw_copy_string(out->rule, sizeof(out->rule), d.rule);
}

enum lw_action
lw_behave_evaluate(struct lw_flight *f)
{
	enum lw_action strongest = LW_ACTION_ALLOW;
	struct lw_parent parent;
	struct lw_subject q;

	if (f->hit_count == 0)
		return strongest;
	lw_subject_describe(&f->subjects[LW_PROGRAM], &q);
	lw_subject_add_parent(&f->subjects[LW_PROGRAM], &parent, &q);
	for (uint32_t i = 0; i < f->hit_count; i++) {
		decide(f, &q, i);
		strongest = LW_MAX(strongest, f->met[i].action);
	}
	return strongest;
}
