#include "gate/flight.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gate/ask.h"
#include "gate/behave.h"
#include "gate/gate.h"
#include "gate/subject.h"
#include "gate/tell.h"

/* bytes; a larger file is no loader or interpreter that detect mode waits for */
#define LOADER_MAX (16u * 1024 * 1024)
/* One over its share is judged while late flights are no more than this part of the capacity. */
#define LATE_SHARE 4
#define LATE_US 5000000ull /* and so long it may wait for classify to be idle */

int
lw_flights_init(struct lw_flights *f, struct lw_gate *g, uint32_t capacity)
{
	capacity = LW_MIN(LW_MAX(capacity, 1), LW_FLIGHTS_MAX);
	f->all = calloc(capacity, sizeof(*f->all));
	if (!f->all)
		return -ENOMEM;
	f->capacity = capacity;
	for (uint32_t i = 0; i < capacity; i++) {
		f->all[i].gate = g;
		f->all[i].next = f->free;
		f->free = &f->all[i];
	}
	return 0;
}

bool
lw_flight_key(const struct lw_superblock *sb, const struct lw_identity *id,
	const struct lw_layer_handle *h, struct lw_cache_key *out)
{
	const struct file_handle *raw = &h->raw.handle;

	memset(out, 0, sizeof(*out));
	out->dev_major = sb->major;
	out->dev_minor = sb->minor;
	out->ino = id->ino;
	out->ctime_ns = id->ctime_ns;
	out->size = id->size;
	return !h->valid ||
	       lw_cache_key_handle(out, raw->handle_type, raw->f_handle, raw->handle_bytes);
}

static void
link_late(struct lw_flights *q, struct lw_flight *f)
{
	f->next = NULL;
	f->previous = q->newest_late;
	*(q->newest_late ? &q->newest_late->next : &q->oldest_late) = f;
	q->newest_late = f;
	q->late++;
}

static void
unlink_late(struct lw_flights *q, struct lw_flight *f)
{
	*(f->previous ? &f->previous->next : &q->oldest_late) = f->next;
	*(f->next ? &f->next->previous : &q->newest_late) = f->previous;
	f->next = f->previous = NULL;
	q->late--;
}

static struct lw_flight *
take_free(struct lw_flights *q)
{
	struct lw_flight *f = q->free;

	if (!f)
		return NULL;
	q->free = f->next;
	f->next = f->previous = NULL;
	f->in_use = true;
	q->held++;
	return f;
}

/* What was not looked at in time is not vouched for: its loader will be asked who started it. */
static bool
is_followed(const struct lw_flight *f)
{
	const struct lw_subject_state *s = &f->subjects[LW_PROGRAM];
	const struct lw_assessment *a = &s->object.assessment;

	return s->assessed && !s->object.writable_mapping &&
	       lw_gate_is_followed(a->format, a->flags);
}

/*
 * The script that the program will open by itself: the one that the arguments name, judged last, so
 * that it is what runs; without one, the first of those beside it. Of several one is verified.
 */
static const struct lw_subject_state *
script_of(const struct lw_flight *f)
{
	static const int first[] = {LW_THROUGH, LW_CONTENT, LW_PROGRAM};
	static_assert(LW_ARRAY_SIZE(first) == LW_FURTHER, "each of them has its turn");

	for (int i = 0; i < LW_SUBJECTS; i++) {
		const struct lw_subject_state *s = &f->subjects[i < LW_FURTHER ? first[i] : i];

		if (s->object.present && s->object.kind == LW_KIND_SCRIPT && s->superblock)
			return s;
	}
	return NULL;
}

/* Of a loader's target and what that runs, the one that the policy minds more. */
const struct lw_subject_state *
lw_flight_code(const struct lw_flight *f)
{
	const struct lw_subject_state *target = &f->subjects[LW_CONTENT];
	const struct lw_subject_state *through = &f->subjects[LW_THROUGH];

	return through->object.present && through->object.action >= target->object.action ? through
											  : target;
}

/* What this execution lets us expect to be opened next. */
static void
expect_opens(struct lw_flight *f)
{
	struct lw_gate *g = f->gate;
	const struct lw_subject_state *s = script_of(f);

	lw_opening_expect_execution(g, f->tid, &f->subjects[LW_PROGRAM].identity);
	if (!s || g->settings->mode != LW_MODE_ENFORCE || s->superblock->nested ||
		f->execution.flags & LW_EXEC_CHECK)
		return;
	bool program = s == &f->subjects[LW_PROGRAM];
	lw_verify_expect(&g->verify, f->tid, f->have_facts ? f->execution.tgid : 0,
		program ? f->fd : s->fd, &s->identity, s->superblock, s->path,
		program ? s->object.assessment.language : f->execution.language);
}

/* Answers, whatever else happens: the only way out of HELD. */
static void
answer(struct lw_flight *f, bool allow)
{
	struct lw_gate *g = f->gate;

	if (f->answered)
		return;
	f->answered = true;
	f->allowed = allow;
	lw_timer_disarm(g->loop, &f->deadline);
	for (int i = 0; i < LW_SUBJECTS; i++)
		lw_subject_leave_event(&f->subjects[i]);
	/* Before write(2): the woken task may take the processor then. */
	f->answered_us = lw_now_us();
	if (allow && !f->opened) {
		expect_opens(f);
		lw_gate_let_go(
			g, &f->fd, f->tid, &f->subjects[LW_PROGRAM].identity, is_followed(f));
	} else {
		if (f->opened) /* the opener may be a writer: it does not wait for us */
			lw_layer_end_lease(f->subjects[LW_CONTENT].layer.real_fd);
		lw_gate_answer(g, &f->fd, allow);
	}
	lw_histogram_add(g->counters.decision_histogram, f->answered_us - f->read_us);
	if (f->superblock)
		f->superblock->in_flight--;
	g->flights.held--;
	link_late(&g->flights, f);
}

static void
destroy(struct lw_flight *f)
{
	struct lw_gate *g = f->gate;

	if (!f->answered) /* no decision was made */
		answer(f, lw_gate_allows_unexamined(g));
	lw_timer_disarm(g->loop, &f->deadline);
	if (f->facts.state != LW_JOB_IDLE)
		lw_pool_cancel(&g->resolve, &f->facts);
	lw_behave_cancel(f);
	for (int i = 0; i < LW_SUBJECTS; i++)
		lw_subject_done(&f->subjects[i]);
	lw_closep(&f->arena_fd);
	unlink_late(&g->flights, f);
	f->in_use = false;
	f->next = g->flights.free;
	g->flights.free = f;
	lw_gate_resume_reading(g);
}

/* Of the program, of its code, and of rules that are met: the strongest action holds. */
static enum lw_action
evaluate(struct lw_flight *f)
{
	enum lw_action strongest = LW_ACTION_ALLOW;

	for (int i = 0; i < LW_SUBJECTS; i++) {
		enum lw_action action = lw_subject_evaluate(&f->subjects[i]);

		strongest = LW_MAX(strongest, action);
	}
	enum lw_action met = lw_behave_evaluate(f);
	return LW_MAX(strongest, met);
}

static void
kill_task(const struct lw_flight *f)
{
	if (!f->have_facts || f->execution.tgid <= 1)
		return;
	_cleanup_close_ int pidfd = syscall(SYS_pidfd_open, f->execution.tgid, 0);
	if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

enum lw_outcome
lw_flight_outcome(const struct lw_flight *f, enum lw_action action)
{
	if (f->gate->settings->mode == LW_MODE_DETECT)
		return action >= LW_ACTION_DENY ? LW_OUTCOME_WOULD_DENY : LW_OUTCOME_ALLOWED;
	if (f->allowed) /* what denies was known too late */
		return LW_OUTCOME_ALLOWED;
	return LW_MAX(action, f->action) == LW_ACTION_KILL ? LW_OUTCOME_KILLED : LW_OUTCOME_DENIED;
}

/* Everything is known, or nothing more will be: tell, remember, end. */
static void
conclude(struct lw_flight *f)
{
	struct lw_msg_counters *c = &f->gate->counters;
	/* What was denied stays denied, and is told, whatever a late verdict says. */
	enum lw_action strongest = f->allowed ? evaluate(f) : f->action;

	if (!f->allowed) /* rules that were met since have their say in what is told */
		(void)lw_behave_evaluate(f);

	for (int i = 0; i < LW_SUBJECTS; i++) {
		struct lw_object *o = &f->subjects[i].object;

		if (!o->present)
			continue;
		o->outcome = lw_flight_outcome(f, o->action);
		c->layers[o->layer]++;
		c->verdicts[o->assessment.verdict]++;
		lw_subject_remember(&f->subjects[i]);
	}
	if (strongest >= LW_ACTION_ALERT && !(f->execution.flags & LW_EXEC_CHECK)) {
		c->alerts++;
		lw_tell_observation(f);
	}
	destroy(f);
}

/*
 * A file that changed while it was judged goes round again; one that does not come to rest is not
 * let through.
 */
static enum lw_subject_change
recheck(struct lw_flight *f)
{
	enum lw_subject_change worst = LW_SUBJECT_SAME;

	for (int i = 0; i < LW_SUBJECTS; i++) {
		enum lw_subject_change change = lw_subject_recheck(&f->subjects[i]);

		worst = LW_MAX(worst, change);
	}
	return worst;
}

static void
decide(struct lw_flight *f)
{
	enum lw_action action = evaluate(f);
	bool enforce = f->gate->settings->mode == LW_MODE_ENFORCE;

	if (enforce && action < LW_ACTION_DENY && !f->over_share) {
		f->busy = true; /* without a helper the question fails here and now */
		enum lw_subject_change change = recheck(f);
		f->busy = false;

		if (change == LW_SUBJECT_REJUDGED && f->pending)
			return; /* the answer of classify brings us back */
		if (change == LW_SUBJECT_RESTLESS)
			action = LW_ACTION_DENY;
	}
	f->action = action;
	if (enforce && action == LW_ACTION_KILL)
		kill_task(f);
	answer(f, !(enforce && action >= LW_ACTION_DENY));
}

/* Detect mode: is there evidence that would be lost with the answer? */
static bool
is_secured(const struct lw_flight *f)
{
	const struct lw_subject_state *s = &f->subjects[LW_PROGRAM];

	if (f->facts.state != LW_JOB_IDLE)
		return false;
	return s->assess.state == LW_JOB_IDLE || s->object.layer == LW_LAYER_IMAGE ||
	       s->identity.size > LOADER_MAX;
}

/* Without a helper it fails here and now. */
static void
ask_behaviour(struct lw_flight *f)
{
	f->busy = true;
	lw_behave_ask(f);
	f->busy = false;
}

void
lw_flight_step(struct lw_flight *f)
{
	bool detect = f->gate->settings->mode == LW_MODE_DETECT;

	if (f->busy)
		return;
	if (f->facts.state == LW_JOB_IDLE && lw_ask_is_unexpected(f)) {
		f->busy = true;
		lw_ask_again(f);
		f->busy = false;
	}
	if (f->pending == 0 && lw_behave_due(f))
		ask_behaviour(f);
	if (!f->answered && f->pending == 0) {
		decide(f);
	} else if (!f->answered && detect && is_secured(f)) {
		answer(f, true); /* the evidence is ours: judging can take its time */
	}
	if (f->answered && f->pending == 0 && lw_behave_due(f))
		ask_behaviour(f);
	if (f->answered && f->pending == 0)
		conclude(f);
}

void
lw_flight_count_deadline(struct lw_flight *f)
{
	f->gate->counters.deadlines += !f->by_deadline;
	f->by_deadline = true;
}

static int
on_deadline(void *arg)
{
	struct lw_flight *f = arg;
	struct lw_gate *g = f->gate;

	if (g->settings->mode == LW_MODE_DETECT) {
		g->counters.detect_bound++;
		answer(f, true);
	} else {
		lw_flight_count_deadline(f);
		f->action = evaluate(f);
		if (f->action == LW_ACTION_KILL)
			kill_task(f);
		answer(f, f->action < LW_ACTION_DENY);
	}
	lw_flight_step(f);
	return 0;
}

static bool
is_over_share(const struct lw_gate *g, const struct lw_superblock *sb)
{
	uint64_t share = (uint64_t)g->flights.capacity * g->settings->decision.share / 100;

	return sb && sb->in_flight >= LW_MAX(share, 1);
}

static void
begin(struct lw_flight *f, const struct lw_arrival *a)
{
	f->fd = a->fd;
	f->tid = a->tid;
	f->superblock = a->place ? a->place->superblock : NULL;
	f->read_us = a->read_us;
	f->time_us = lw_realtime_us();
	f->queue_us = lw_now_us() - a->read_us;
	f->follower = a->follower;
	f->opened = a->opened;
	f->script = a->script;
	f->over_share = is_over_share(f->gate, f->superblock);
	f->answered = f->allowed = f->by_deadline = f->hinted = f->have_facts = f->through = false;
	f->pending = 0;
	f->content = f->hints = f->language = 0;
	f->arena_fd = -1;
	f->arena_length = 0;
	f->facts.state = f->behave.state = LW_JOB_IDLE;
	f->behave_asked = false;
	f->hit_count = 0;
	f->deadline = (struct lw_timer){0};
	f->action = LW_ACTION_ALLOW;
	memset(&f->execution, 0, sizeof(f->execution));
	for (int i = 0; i < LW_SUBJECTS; i++)
		lw_subject_init(&f->subjects[i], f);
	if (f->superblock)
		f->superblock->in_flight++;
}

static void
arm_deadline(struct lw_flight *f)
{
	const struct lw_settings *settings = f->gate->settings;
	bool detect = settings->mode == LW_MODE_DETECT;
	uint64_t bound =
		(detect ? settings->decision.evidence_ms : settings->decision.deadline_ms) *
		1000ull;
	uint64_t spent = lw_now_us() - f->read_us;

	lw_timer_arm(
		f->gate->loop, &f->deadline, bound > spent ? bound - spent : 1, on_deadline, f);
}

/* An interpreter that did not come with the image: who started it is asked, too. */
static bool
is_foreign(const struct lw_subject_state *s)
{
	return s->object.layer != LW_LAYER_IMAGE && s->object.layer != LW_LAYER_TOUCHED;
}

void
lw_flights_make_room(struct lw_flights *q)
{
	if (!q->free && q->oldest_late) /* answered long ago: its late verdict gives way */
		conclude(q->oldest_late);
}

static int
on_late(void *arg)
{
	conclude(arg);
	return 0;
}

/*
 * Answered unjudged: judged all the same, by the real inode, which alone is left, and while nobody
 * waits for classify.
 */
static void
judge_late(struct lw_flight *f)
{
	struct lw_gate *g = f->gate;
	struct lw_subject_state *s = &f->subjects[LW_PROGRAM];

	if (f->opened || g->flights.late > g->flights.capacity / LATE_SHARE)
		return;
	s->assess.patient = s->original.patient = true;
	lw_subject_assess(s);
	if (f->pending)
		lw_timer_arm(g->loop, &f->deadline, LATE_US, on_late, f);
}

static void
judge_opened(struct lw_flight *f)
{
	lw_subject_assess(&f->subjects[LW_CONTENT]);
	if (f->tid)
		lw_ask_facts(f, LW_HINT_OPENING);
}

static void
judge_program(struct lw_flight *f)
{
	struct lw_subject_state *s = &f->subjects[LW_PROGRAM];

	lw_subject_assess(s);
	if (f->tid && (!f->follower || is_foreign(s)))
		lw_ask_facts(f, 0);
}

static void
judge(struct lw_flight *f)
{
	if (f->over_share) {
		f->gate->counters.share_exceeded++;
		decide(f);
		judge_late(f);
		return;
	}
	arm_deadline(f);
	f->opened ? judge_opened(f) : judge_program(f);
}

static void
take_opened(struct lw_flight *f, const struct lw_arrival *a)
{
	f->execution.tid = f->tid;
	f->execution.flags = LW_EXEC_OPENED;
	f->execution.content_kind = a->language ? LW_KIND_SCRIPT : LW_KIND_LIBRARY;
	f->execution.language = a->language;
	lw_subject_open_content(&f->subjects[LW_CONTENT], fcntl(f->fd, F_DUPFD_CLOEXEC, 0));
}

static void
take_program(struct lw_flight *f, const struct lw_arrival *a)
{
	lw_subject_open_program(&f->subjects[LW_PROGRAM], a);
	/* a container inside a container (kernel-facts 34) */
	if (lw_runtime_is_name(f->subjects[LW_PROGRAM].path))
		lw_discover_namespace(&f->gate->discover, f->tid);
}

void
lw_flight_begin(struct lw_gate *g, const struct lw_arrival *a)
{
	struct lw_flight *f = take_free(&g->flights);
	int fd = a->fd;

	if (!f) { /* cannot be: we read no more than there is room for */
		lw_gate_answer(g, &fd, lw_gate_allows_unexamined(g));
		return;
	}
	begin(f, a);
	f->busy = true;
	f->opened ? take_opened(f, a) : take_program(f, a);
	judge(f);
	f->busy = false;
	lw_flight_step(f);
}

uint32_t
lw_flights_room(const struct lw_flights *f)
{
	return f->capacity - f->held;
}

void
lw_flights_done(struct lw_flights *f)
{
	for (uint32_t i = 0; f->all && i < f->capacity; i++)
		if (f->all[i].in_use)
			destroy(&f->all[i]);
	free(f->all);
	memset(f, 0, sizeof(*f));
}
