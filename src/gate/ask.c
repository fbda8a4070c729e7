#include "gate/ask.h"

#include <string.h>

#include "gate/behave.h"
#include "gate/gate.h"
#include "gate/subject.h"

/*
 * Longest that code is waited for which is still to come through a pipe (kernel-facts 26); shorter
 * for the last helper that is free: others are not to wait for one who waits.
 */
#define PIPE_WAIT_US 200000u
#define PIPE_WAIT_LAST_US 10000u

/* What was read of the task, and the code that its arguments name. */
static void
take_facts(struct lw_flight *f, const struct lw_msg_executed *m, int *fds)
{
	struct lw_subject_state *s = &f->subjects[f->through ? LW_THROUGH : LW_CONTENT];
	bool content = m->has_content_fd && fds[1] >= 0;

	if (f->through && !content)
		return; /* the target runs no code of others: what is known stays */
	enum lw_kind kind = f->execution.content_kind;
	enum lw_language language = f->execution.language;
	f->execution = m->execution;
	if (f->opened) { /* what it is, we know better */
		f->execution.flags |= LW_EXEC_OPENED;
		f->execution.content_kind = kind;
		f->execution.language = language;
	}
	f->have_facts = true;
	f->arena_length = m->arena_length;
	lw_closep(&f->arena_fd);
	f->arena_fd = TAKE_FD(fds[0]);
	if (!content && m->execution.has_content && m->execution.content_kind == LW_KIND_STDIN)
		lw_subject_open_unread(s);
	if (!content)
		return;
	lw_subject_open_content(s, TAKE_FD(fds[1]));
	lw_subject_assess(s);
}

/*
 * Code that runs beside that. The facts of the execution are those of the first answer: the arena
 * of this one is only lent, to find out the path.
 */
static void
take_further(struct lw_flight *f, const struct lw_msg_executed *m, int *fds)
{
	struct lw_subject_state *s = &f->subjects[LW_FURTHER + f->content - 1];
	struct lw_execution first = f->execution;
	uint32_t first_length = f->arena_length;
	_cleanup_close_ int first_fd = TAKE_FD(f->arena_fd);

	if (m->has_content_fd && fds[1] >= 0) {
		f->execution = m->execution;
		f->arena_length = m->arena_length;
		f->arena_fd = TAKE_FD(fds[0]);
		lw_subject_open_content(s, TAKE_FD(fds[1]));
		lw_subject_assess(s);
		lw_closep(&f->arena_fd);
	}
	f->execution = first;
	f->arena_length = first_length;
	f->arena_fd = TAKE_FD(first_fd);
}

/* Goes on asking, while the task is held, for what else it will run. */
static void
ask_more(struct lw_flight *f, const struct lw_msg_executed *m)
{
	if (!f->through && f->content == 0 && m->execution.flags & LW_EXEC_LOADER_TARGET) {
		f->through = true;
		lw_ask_facts(f, LW_HINT_LOADER | LW_HINT_THROUGH_LOADER);
	} else if (m->execution.flags & LW_EXEC_MORE_CONTENT && f->content + 1 < LW_CONTENTS_MAX) {
		f->content++;
		lw_ask_facts(f, f->hints);
	}
}

/* Code that nobody looked at: it is told in any case; on_error decides where its verdict would. */
static void
take_left(struct lw_flight *f, const struct lw_msg_executed *m)
{
	struct lw_subject_state *s = &f->subjects[LW_LEFT];

	if (!(m->execution.flags & LW_EXEC_CODE_LEFT))
		return;
	f->execution.flags |= LW_EXEC_CODE_LEFT;
	lw_subject_open_unread(s);
	s->object.kind = LW_KIND_INLINE;
	s->assessed = false;
}

static void
on_facts(struct lw_job *job, const void *body, int *fds)
{
	struct lw_flight *f = job->arg;
	bool busy = f->busy; /* it is asked right now, and there is nobody to answer */

	f->pending--;
	f->busy = true;
	if (!body)
		f->gate->counters.helper_timeouts++;
	else if (f->content > 0)
		take_further(f, body, fds);
	else
		take_facts(f, body, fds);
	if (body)
		take_left(f, body);
	if (body && !f->answered)
		ask_more(f, body);
	f->busy = busy;
	lw_flight_step(f);
}

/* Whose arguments they are: the program's, or those of the target of a loader. */
static const struct lw_subject_state *
asked_of(const struct lw_flight *f)
{
	return &f->subjects[f->through ? LW_CONTENT : LW_PROGRAM];
}

static uint32_t
pipe_wait(const struct lw_gate *g)
{
	return lw_pool_idle(&g->resolve) > 1 ? PIPE_WAIT_US : PIPE_WAIT_LAST_US;
}

void
lw_ask_facts(struct lw_flight *f, uint32_t hints)
{
	const struct lw_settings *settings = f->gate->settings;
	struct lw_subject_state *program = &f->subjects[LW_PROGRAM];
	struct lw_msg_execution *m = &f->facts.body.execution;
	uint32_t bound_ms = settings->mode == LW_MODE_DETECT ? settings->decision.evidence_ms
							     : settings->decision.deadline_ms;

	memset(m, 0, sizeof(*m));
	m->tid = f->tid;
	m->argument_bytes = settings->capture.argument_bytes;
	m->script_bytes = settings->capture.script_bytes;
	m->budget_us = LW_MIN(bound_ms * 500u, 20000u);
	m->wait_us = LW_MIN(bound_ms * 400u, pipe_wait(f->gate));
	m->content = f->content;
	m->hints = hints;
	if (program->object.assessment.flags & LW_ASSESS_ELF_LOADER)
		m->hints |= LW_HINT_LOADER;
	if (asked_of(f)->object.assessment.flags & LW_ASSESS_INTERPRETER)
		m->language = asked_of(f)->object.assessment.language;
	if (!f->opened && lw_behave_wanted(f->gate))
		m->hints |= LW_HINT_BEHAVIOUR;
	f->hints = m->hints;
	f->language = m->language;
	f->hinted |= (m->hints & ~LW_HINT_BEHAVIOUR) != 0;
	m->program_dev = program->identity.dev;
	m->program_ino = program->identity.ino;
	lw_copy_string(m->program_path, sizeof(m->program_path), program->path);
	f->facts.type = LW_MSG_EXECUTION;
	f->facts.superblock = f->superblock;
	f->facts.budget_us = bound_ms * 1000ull;
	f->facts.fd_count = 0;
	f->facts.done = on_facts;
	f->facts.arg = f;
	f->pending++;
	lw_pool_submit(&f->gate->resolve, &f->facts);
}

bool
lw_ask_is_unexpected(const struct lw_flight *f)
{
	const struct lw_subject_state *s = asked_of(f);
	const struct lw_assessment *a = &s->object.assessment;

	if (f->answered || !f->have_facts || !s->assessed)
		return false;
	if (!f->through && a->flags & LW_ASSESS_ELF_LOADER)
		return !f->follower && !f->hinted && !f->subjects[LW_CONTENT].object.present;
	return a->format == LW_FORMAT_ELF && a->flags & LW_ASSESS_INTERPRETER &&
	       a->language != LW_LANGUAGE_NONE && a->language != f->execution.language &&
	       f->language != a->language;
}

void
lw_ask_again(struct lw_flight *f)
{
	for (int i = f->through ? LW_THROUGH : LW_CONTENT; i < LW_SUBJECTS; i++) {
		lw_subject_done(&f->subjects[i]);
		lw_subject_init(&f->subjects[i], f);
	}
	f->content = 0;
	lw_ask_facts(f, f->through ? f->hints : 0);
}
