#include "gate/tell.h"

#include <errno.h>
#include <string.h>

#include "gate/subject.h"

#define EVENTS_US 3000000ull /* an overlay's count of executions is told so often, at most */
/* What is said of one content, not of the execution. */
#define OF_CONTENT                                                                                 \
	(LW_EXEC_CONTENT_UNRESOLVED | LW_EXEC_CONTENT_NOT_REGULAR | LW_EXEC_CONTENT_COPIED |       \
		LW_EXEC_CONTENT_PARTIAL | LW_EXEC_CONTENT_MEMFD)
#define EVENTS_MOST 16 /* overlays in one round: their messages are large */

static int
send_to_report(
	struct lw_gate *g, unsigned type, const void *body, const int *fds, unsigned fd_count)
{
	int r = g->report.fd < 0
			? LW_CHAN_FULL
			: lw_chan_send(&g->report, type, ++g->sequence, body, fds, fd_count);

	if (r != 0)
		g->counters.report_drops++;
	return r;
}

/* Appends text to the arena of the flight; an absent slice when there is no room. */
static struct lw_slice
append(struct lw_flight *f, const char *text)
{
	size_t n = strlen(text);
	struct lw_slice at = {.offset = f->arena_length, .length = n};

	if (n == 0 || f->arena_fd < 0 || f->arena_length + n > LW_ARENA_MAX ||
		pwrite(f->arena_fd, text, n, at.offset) != (ssize_t)n)
		return (struct lw_slice){0};
	f->arena_length += n;
	return at;
}

static void
fill(struct lw_flight *f, struct lw_observation *o)
{
	const struct lw_subject_state *s = &f->subjects[LW_PROGRAM];
	struct lw_gate *g = f->gate;

	*o = (struct lw_observation){
		.sequence = g->sequence + 1,
		.time_us = f->time_us,
		.decision_us = f->answered_us - f->read_us,
		.queue_us = f->queue_us,
		.mode = g->settings->mode,
		.reason_deadline = f->by_deadline,
		.late = g->settings->mode == LW_MODE_DETECT || f->by_deadline ||
			(f->over_share && s->assessed && !s->from_cache),
		.execution = f->execution,
	};
	if (f->superblock) {
		o->dev_major = f->superblock->major;
		o->dev_minor = f->superblock->minor;
		o->engine = f->superblock->facts.engine;
	}
	if (!f->have_facts)
		o->execution.tid = f->tid;
}

/* One observation: the program and one piece of code. */
static void
send(struct lw_flight *f, struct lw_observation *o, const struct lw_subject_state *code)
{
	const struct lw_subject_state *told[] = {&f->subjects[LW_PROGRAM], code};
	/* Whose capture it is, report takes from what is present. */
	int capture = lw_subject_capture(lw_subject_is_code(code) ? code : told[0]),
	    fds[LW_CHAN_FDS];
	unsigned count = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(told); i++) {
		o->objects[i] = told[i]->object;
		if (o->objects[i].present)
			o->objects[i].path = append(f, told[i]->path);
	}
	o->arena_length = f->arena_length;
	if (f->arena_fd >= 0)
		fds[count++] = f->arena_fd;
	o->has_capture = capture >= 0 && count > 0;
	if (o->has_capture)
		fds[count++] = capture;
	send_to_report(f->gate, LW_MSG_OBSERVATION, o, fds, count);
}

/* Code beside the one that was told, each by itself: the program is told already. */
static void
send_further(struct lw_flight *f, struct lw_observation *o)
{
	const enum lw_action said = f->subjects[LW_PROGRAM].object.action;

	f->subjects[LW_PROGRAM].object.action = LW_ACTION_ALLOW;
	for (int i = LW_FURTHER; i < LW_SUBJECTS; i++) {
		const struct lw_object *code = &f->subjects[i].object;

		if (!code->present || code->action < LW_ACTION_ALERT)
			continue;
		o->sequence = f->gate->sequence + 1;
		o->execution.content_kind = code->kind;
		o->execution.content_path = (struct lw_slice){0};
		o->execution.flags &= ~OF_CONTENT;
		send(f, o, &f->subjects[i]);
	}
	f->subjects[LW_PROGRAM].object.action = said;
}

/* Rules that are met, each by itself: what stands for the execution carries its outcome. */
static void
send_hits(struct lw_flight *f, struct lw_observation *o, const struct lw_subject_state *code)
{
	struct lw_subject_state *shown =
		&f->subjects[lw_subject_is_code(code) ? code - f->subjects : LW_PROGRAM];
	struct lw_object said = shown->object;

	for (uint32_t i = 0; i < f->hit_count; i++) {
		struct lw_object *object = &shown->object;

		if (f->met[i].action < LW_ACTION_ALERT)
			continue;
		object->action = f->met[i].action;
		object->outcome = lw_flight_outcome(f, object->action);
		lw_copy_string(object->rule, sizeof(object->rule), f->met[i].rule);
		o->hit = f->hits[i];
		o->sequence = f->gate->sequence + 1;
		send(f, o, code);
	}
	shown->object = said;
}

static bool
is_worth_telling(const struct lw_flight *f)
{
	for (int i = LW_PROGRAM; i <= LW_THROUGH; i++)
		if (f->subjects[i].object.present &&
			f->subjects[i].object.action >= LW_ACTION_ALERT)
			return true;
	return false;
}

void
lw_tell_observation(struct lw_flight *f)
{
	const struct lw_subject_state *code = lw_flight_code(f);
	struct lw_observation o;

	if (f->arena_fd < 0) {
		f->arena_fd = lw_memfd("arena");
		f->arena_length = 0;
	}
	fill(f, &o);
	if (f->through && code == &f->subjects[LW_CONTENT])
		o.execution.flags |= LW_EXEC_LOADER_TARGET;
	if (is_worth_telling(f))
		send(f, &o, code);
	send_hits(f, &o, code);
	o.hit.present = 0;
	send_further(f, &o);
}

void
lw_tell_container(struct lw_gate *g, struct lw_superblock *sb, bool gone)
{
	struct lw_msg_container m = {
		.dev_major = sb->major,
		.dev_minor = sb->minor,
		.gone = gone,
		.state = sb->state,
		.error = sb->error,
		.pid = sb->pid,
		.events = sb->events,
		.facts = sb->facts,
	};

	if (sb->mount_point)
		lw_copy_string(m.mount_point, sizeof(m.mount_point), sb->mount_point);
	lw_copy_string(m.reason, sizeof(m.reason), sb->reason);
	sb->events_told = sb->events;
	sb->told_us = lw_now_us();
	send_to_report(g, LW_MSG_CONTAINER, &m, NULL, 0);
}

static void
tell_one(struct lw_superblock *sb, void *arg)
{
	lw_tell_container(arg, sb, false);
}

void
lw_tell_containers(struct lw_gate *g)
{
	lw_superblocks_each(&g->superblocks, tell_one, g);
}

struct stale {
	struct lw_gate *gate;
	uint64_t before_us;
	unsigned room;
};

static void
tell_stale(struct lw_superblock *sb, void *arg)
{
	struct stale *s = arg;

	if (s->room == 0 || sb->events == sb->events_told || sb->told_us > s->before_us)
		return;
	s->room--;
	lw_tell_container(s->gate, sb, false);
}

void
lw_tell_events(struct lw_gate *g)
{
	uint64_t now = lw_now_us();
	struct stale s = {
		.gate = g, .before_us = now > EVENTS_US ? now - EVENTS_US : 0, .room = EVENTS_MOST};

	lw_superblocks_each(&g->superblocks, tell_stale, &s);
}

static void
count_state(struct lw_superblock *sb, void *arg)
{
	struct lw_msg_counters *c = arg;

	(*(sb->state == LW_MARK_MARKED ? &c->overlays_marked : &c->overlays_unmarked))++;
}

uint32_t
lw_tell_count_marked(struct lw_gate *g)
{
	struct lw_msg_counters c = {0};

	lw_superblocks_each(&g->superblocks, count_state, &c);
	return c.overlays_marked;
}

void
lw_tell_counters(struct lw_gate *g)
{
	struct lw_msg_counters *c = &g->counters;
	struct lw_cache_counts cache;
	uint64_t now = lw_now_us();

	if (!g->started)
		return;
	lw_cache_count(g->cache, &cache);
	c->cache_hits = cache.hits;
	c->cache_misses = cache.misses;
	c->cache_entries = cache.entries;
	c->cache_capacity = cache.capacity;
	c->read_errors = g->group.read_errors;
	c->rescans = g->discover.rescans;
	c->in_flight = g->flights.held;
	c->in_flight_max = g->flights.capacity;
	c->barriers = lw_runtimes_marked(&g->runtimes);
	c->mode = g->settings->mode;
	c->mnt_notify = g->group.mount_fd >= 0;
	c->policy_generation = g->generation;
	c->paused_seconds_left =
		g->paused_until_us > now ? (g->paused_until_us - now) / 1000000 + 1 : 0;
	c->overlays_refused = g->discover.refused;
	c->processes_unscanned = g->discover.left_out;
	c->overlays_marked = c->overlays_unmarked = 0;
	lw_superblocks_each(&g->superblocks, count_state, c);
	g->told.rescans = c->rescans; /* goes on by itself: no news */
	if (memcmp(c, &g->told, sizeof(*c)) == 0)
		return;
	if (g->report.fd >= 0 && lw_chan_send(&g->report, LW_MSG_COUNTERS, 0, c, NULL, 0) == 0)
		g->told = *c;
}
