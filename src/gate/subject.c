#include "gate/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "gate/gate.h"
#include "gate/parent.h"

#define DETECT_BUDGET_US 5000000ull /* judging after the answer: nobody waits */
#define SETTLED_NS 50000000ull /* older than this, a coarse ctime can't hide a second write */

void
lw_subject_init(struct lw_subject_state *s, struct lw_flight *f)
{
	memset(&s->object, 0, sizeof(s->object));
	s->flight = f;
	s->superblock = NULL;
	s->fd = s->capture_fd = -1;
	s->assessed = s->compared = s->from_cache = s->leased = s->path_exact = false;
	s->path[0] = '\0';
	s->rounds = 0;
	s->assess.state = s->original.state = LW_JOB_IDLE;
	s->assess.patient = s->original.patient = false;
	s->handle.valid = false;
	lw_layer_answer_init(&s->layer);
}

static void
cancel(struct lw_subject_state *s, struct lw_job *job)
{
	if (job->state == LW_JOB_IDLE)
		return;
	lw_pool_cancel(&s->flight->gate->classify, job);
	s->flight->pending--;
}

void
lw_subject_done(struct lw_subject_state *s)
{
	cancel(s, &s->assess);
	cancel(s, &s->original);
	lw_layer_answer_done(&s->layer);
	lw_closep(&s->fd);
	lw_closep(&s->capture_fd);
	if (s->superblock)
		s->superblock->references--;
	s->superblock = NULL;
}

static void
set_superblock(struct lw_subject_state *s, struct lw_superblock *sb)
{
	if (s->superblock)
		s->superblock->references--;
	s->superblock = sb;
	if (sb)
		sb->references++;
}

static void
describe(struct lw_subject_state *s, const struct lw_identity *id)
{
	s->identity = *id;
	s->object.present = 1;
	s->object.size = id->size;
	s->object.inode = id->ino;
}

/* A lease tells whether somebody can write to the bytes right now (kernel-facts 33). */
static void
take_lease(struct lw_subject_state *s)
{
	if (!s->layer.upper || s->layer.real_fd < 0 || s->leased)
		return;
	int r = lw_layer_lease(s->layer.real_fd);
	s->leased = r == 0;
	s->object.writable_mapping = r == -EAGAIN;
}

static void
find_layer(struct lw_subject_state *s, const struct lw_place_mount *place, int fd)
{
	struct lw_place_paths paths;
	struct lw_superblock *sb = place->superblock;

	lw_place_paths(place, fd, &paths);
	lw_copy_string(s->path, sizeof(s->path), paths.inside);
	s->path_exact = paths.exact;
	lw_layer_answer_done(&s->layer);
	lw_layer_of(sb, &s->handle, &s->identity, &paths, &s->layer);
	/* Since 6.5, which brought these handles, the file beneath raises an event of its own. */
	if (!s->handle.valid)
		lw_layer_beneath(&s->flight->gate->places, sb, &s->layer);
	s->object.layer = s->layer.layer;
	take_lease(s);
}

static void
from_cache(struct lw_subject_state *s, const struct lw_cache_value *v)
{
	struct lw_assessment *a = &s->object.assessment;

	s->from_cache = s->assessed = s->compared = true;
	s->object.layer = v->layer;
	a->flags = v->assess_flags;
	a->verdict = v->verdict;
	a->format = v->format;
	a->language = v->language;
	a->score = v->score;
	a->size = a->hashed_size = s->identity.size;
	memcpy(a->sha256, v->sha256, sizeof(a->sha256));
	memcpy(a->hash_list, v->hash_list, sizeof(a->hash_list));
	memcpy(a->interpreter, v->interpreter, sizeof(a->interpreter));
	memcpy(a->reasons, v->reasons, sizeof(a->reasons));
	a->reason_count = v->reason_count;
	memcpy(a->model, v->model, sizeof(a->model));
}

static enum lw_kind
program_kind(const struct lw_assessment *a)
{
	return a->format == LW_FORMAT_SHEBANG || a->format == LW_FORMAT_TEXT ? LW_KIND_SCRIPT
									     : LW_KIND_BINARY;
}

void
lw_subject_open_program(struct lw_subject_state *s, const struct lw_arrival *a)
{
	struct lw_place_paths paths;

	describe(s, &a->id);
	s->handle = a->handle;
	set_superblock(s, a->place ? a->place->superblock : NULL);
	if (a->known) {
		from_cache(s, a->known);
		lw_place_paths(a->place, a->fd, &paths);
		lw_copy_string(s->path, sizeof(s->path), paths.inside);
		s->path_exact = paths.exact;
		s->object.kind = program_kind(&s->object.assessment);
	} else if (a->place) {
		find_layer(s, a->place, a->fd);
	}
}

/* Not on an overlay of ours: what the arguments named says where it is. */
static enum lw_layer
layer_elsewhere(const struct lw_subject_state *s)
{
	struct lw_flight *f = s->flight;

	if (s->object.kind == LW_KIND_INLINE || f->execution.flags & LW_EXEC_CONTENT_COPIED)
		return LW_LAYER_UNKNOWN;
	if (f->execution.flags & (LW_EXEC_MEMFD | LW_EXEC_CONTENT_MEMFD))
		return LW_LAYER_MEMFD;
	return lw_place_is_tmpfs(s->fd, f->tid) ? LW_LAYER_TMPFS : LW_LAYER_VOLUME;
}

/* The path as resolve found it, for files that no mount of ours explains. */
static void
path_from_arena(struct lw_subject_state *s)
{
	struct lw_flight *f = s->flight;
	struct lw_slice at = f->execution.content_path;
	size_t n = LW_MIN(at.length, sizeof(s->path) - 1);

	if (f->arena_fd < 0 || at.offset > f->arena_length ||
		at.length > f->arena_length - at.offset)
		return;
	ssize_t got = pread(f->arena_fd, s->path, n, at.offset);
	s->path[got > 0 ? got : 0] = '\0';
}

/*
 * By its shape. A text that the kernel refuses to execute (ENOEXEC) is read by the shell that tried
 * to start it.
 */
static void
settle_program(struct lw_subject_state *s)
{
	struct lw_assessment *a = &s->object.assessment;

	s->object.kind = program_kind(a);
	if (a->format == LW_FORMAT_TEXT && a->language == LW_LANGUAGE_NONE)
		a->language = LW_LANGUAGE_SHELL;
}

static void
settle_kind(struct lw_subject_state *s)
{
	enum lw_format format = s->object.assessment.format;

	if (s == &s->flight->subjects[LW_PROGRAM])
		settle_program(s);
	else if (s->flight->opened)
		s->object.kind = format == LW_FORMAT_SHEBANG || format == LW_FORMAT_TEXT
					 ? LW_KIND_SCRIPT
					 : LW_KIND_LIBRARY;
}

/* Scripts that are run are read every time: they can be rewritten while they run. */
static bool
may_be_cached(const struct lw_subject_state *s)
{
	return s->object.kind == LW_KIND_BINARY || s->flight->opened;
}

/* What is opened is cached by who opens it: the same text can be two programs. */
static bool
key_of(const struct lw_subject_state *s, struct lw_cache_key *key)
{
	if (!lw_flight_key(s->superblock, &s->identity, &s->handle, key))
		return false;
	if (s->flight->opened)
		key->purpose = 1 + s->flight->execution.language;
	return true;
}

static bool
known_binary(struct lw_subject_state *s)
{
	struct lw_cache_key key;
	const struct lw_cache_value *v;

	if (!may_be_cached(s) || !key_of(s, &key))
		return false;
	v = lw_cache_get(s->flight->gate->cache, &key);
	if (v) {
		from_cache(s, v);
		settle_kind(s);
	}
	return v;
}

static bool
is_verified_later(const struct lw_subject_state *s)
{
	return s->object.kind == LW_KIND_SCRIPT && !s->flight->opened &&
	       s->flight->gate->settings->mode == LW_MODE_ENFORCE;
}

void
lw_subject_open_content(struct lw_subject_state *s, int fd)
{
	struct lw_flight *f = s->flight;
	struct lw_identity id;
	const struct lw_place_mount *place = NULL;

	lw_closep(&s->fd);
	s->fd = fd;
	if (lw_identity_of(fd, &id) < 0)
		return;
	describe(s, &id);
	s->object.kind = f->execution.content_kind;
	s->object.incomplete = (f->execution.flags & LW_EXEC_CONTENT_PARTIAL) != 0;
	if (s->object.kind != LW_KIND_INLINE &&
		!(f->execution.flags & (LW_EXEC_MEMFD | LW_EXEC_CONTENT_MEMFD)))
		place = lw_places_find(&f->gate->places, fd, &id, f->tid);
	if (!place) {
		s->object.layer = layer_elsewhere(s);
		path_from_arena(s);
		return;
	}
	set_superblock(s, place->superblock);
	lw_layer_handle_of(fd, &s->handle);
	find_layer(s, place, fd);
	if (!s->path_exact)
		path_from_arena(s);
	/* It holds the container's mount; the real inode does not. A script's opens are watched. */
	if (known_binary(s) || (s->layer.real_fd >= 0 && !is_verified_later(s)))
		lw_closep(&s->fd);
}

void
lw_subject_open_unread(struct lw_subject_state *s)
{
	s->object.present = 1;
	s->object.kind = LW_KIND_STDIN;
	s->object.layer = LW_LAYER_UNKNOWN;
	s->assessed = s->compared = true;
}

static void
settle_compare(struct lw_subject_state *s)
{
	struct lw_object *o = &s->object;

	if (!s->layer.compare || !s->compared || !(o->assessment.flags & LW_ASSESS_HASHED))
		return;
	if (!o->original_known)
		o->layer = LW_LAYER_UNKNOWN; /* the image's file could not be read */
	else if (memcmp(o->original_sha256, o->assessment.sha256, LW_SHA256_SIZE) == 0)
		o->layer = o->writable_mapping ? LW_LAYER_MODIFIED : LW_LAYER_TOUCHED;
	else
		o->layer = LW_LAYER_MODIFIED;
}

static void
on_assessed(struct lw_job *job, const void *body, int *fds)
{
	struct lw_subject_state *s = job->arg;
	const struct lw_msg_assessed *m = body;

	s->flight->pending--;
	if (m && !(m->assessment.flags & LW_ASSESS_UNREADABLE)) {
		s->object.assessment = m->assessment;
		s->generation = m->generation;
		s->assessed = true;
		settle_kind(s);
	} else if (!m) {
		s->flight->gate->counters.helper_timeouts++;
	}
	settle_compare(s);
	lw_flight_step(s->flight);
}

static void
on_original(struct lw_job *job, const void *body, int *fds)
{
	struct lw_subject_state *s = job->arg;
	const struct lw_msg_assessed *m = body;

	s->flight->pending--;
	s->compared = true;
	if (m && m->assessment.flags & LW_ASSESS_HASHED) {
		memcpy(s->object.original_sha256, m->assessment.sha256, LW_SHA256_SIZE);
		s->object.original_known = 1;
	}
	settle_compare(s);
	lw_flight_step(s->flight);
}

static void
fill_request(struct lw_subject_state *s, struct lw_job *job, int fd, lw_job_done_fn done)
{
	const struct lw_gate *g = s->flight->gate;
	bool enforce = g->settings->mode == LW_MODE_ENFORCE;
	const char *slash = strrchr(s->path, '/');
	struct lw_msg_assess *m = &job->body.assess;

	memset(m, 0, sizeof(*m));
	job->type = LW_MSG_ASSESS;
	job->superblock = s->flight->superblock;
	job->budget_us = enforce ? g->settings->decision.deadline_ms * 1000ull : DETECT_BUDGET_US;
	job->fds[0] = fd;
	job->fd_count = 1;
	job->done = done;
	job->arg = s;
	m->budget_us = job->budget_us;
	m->kind = s->object.kind;
	m->layer = s->object.layer;
	m->size = s->identity.size;
	m->flags = s->object.incomplete ? LW_ASSESS_INCOMPLETE : 0;
	lw_copy_string(m->name, sizeof(m->name), slash ? slash + 1 : s->path);
}

static void
want_capture(struct lw_subject_state *s)
{
	struct lw_flight *f = s->flight;
	struct lw_msg_assess *m = &s->assess.body.assess;
	bool program = s == &f->subjects[LW_PROGRAM];

	if (!program && s->object.kind != LW_KIND_BINARY && s->object.kind != LW_KIND_LIBRARY) {
		m->flags |= LW_ASSESS_AS_SCRIPT;
		m->language = f->execution.language;
	}
	if (s->capture_fd < 0)
		s->capture_fd = lw_memfd("capture");
	if (s->capture_fd < 0)
		return;
	m->flags |= LW_ASSESS_WANT_CAPTURE |
		    (m->flags & LW_ASSESS_AS_SCRIPT ? 0 : LW_ASSESS_CAPTURE_SCRIPTS);
	m->capture_max = f->gate->settings->capture.script_bytes;
	s->assess.fds[1] = s->capture_fd;
	s->assess.fd_count = 2;
}

void
lw_subject_assess(struct lw_subject_state *s)
{
	struct lw_flight *f = s->flight;
	bool program = s == &f->subjects[LW_PROGRAM];
	int fd = s->layer.real_fd >= 0 ? s->layer.real_fd : program ? f->fd : s->fd;

	if (s->assessed || fd < 0)
		return;
	s->compared = s->layer.original_fd < 0;
	if (s->layer.original_fd >= 0) {
		fill_request(s, &s->original, s->layer.original_fd, on_original);
		f->pending++;
		lw_pool_submit(&f->gate->classify, &s->original);
	}
	fill_request(s, &s->assess, fd, on_assessed);
	want_capture(s);
	f->pending++;
	lw_pool_submit(&f->gate->classify, &s->assess);
}

void
lw_subject_leave_event(struct lw_subject_state *s)
{
	struct lw_flight *f = s->flight;

	if (s != &f->subjects[LW_PROGRAM] || s->assess.state != LW_JOB_WAITING ||
		s->assess.fds[0] != f->fd)
		return;
	s->fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	if (s->fd >= 0)
		s->assess.fds[0] = s->fd;
	else
		cancel(s, &s->assess);
}

/* The file that runs, as it is now: the event's own, or the script's. */
static int
present_fd(const struct lw_subject_state *s)
{
	if (s == &s->flight->subjects[LW_PROGRAM])
		return s->flight->fd;
	return s->fd >= 0 ? s->fd : s->layer.real_fd;
}

/* No rule asked for this denial: what report is told says why (changed_while_judged). */
static enum lw_subject_change
give_up(struct lw_subject_state *s)
{
	s->object.action = LW_ACTION_DENY;
	s->object.rule[0] = '\0';
	return LW_SUBJECT_RESTLESS;
}

enum lw_subject_change
lw_subject_recheck(struct lw_subject_state *s)
{
	struct lw_identity now;
	int fd = present_fd(s);

	if (!s->object.present || fd < 0 || lw_identity_of(fd, &now) < 0 ||
		lw_identity_same_content(&now, &s->identity))
		return LW_SUBJECT_SAME;
	s->object.changed_while_judged = 1;
	s->flight->gate->counters.rejudged++;
	if (++s->rounds > LW_REJUDGE_MAX)
		return give_up(s);
	s->identity.size = now.size;
	s->identity.ctime_ns = now.ctime_ns;
	s->identity.mtime_ns = now.mtime_ns;
	s->object.size = now.size;
	s->assessed = s->from_cache = false;
	if (s->object.layer == LW_LAYER_IMAGE || s->object.layer == LW_LAYER_TOUCHED)
		s->object.layer = LW_LAYER_MODIFIED; /* copied up under our eyes */
	if (!s->layer.upper)
		lw_closep(&s->layer.real_fd); /* the lower file, which runs no more */
	lw_subject_assess(s);
	return s->assess.state == LW_JOB_IDLE && !s->assessed ? give_up(s) : LW_SUBJECT_REJUDGED;
}

/* Coarse clocks can give two writes one ctime: then only files at rest are kept. */
static bool
is_settled(const struct lw_gate *g, const struct lw_identity *id)
{
	return g->exact_times || (uint64_t)lw_realtime_us() * 1000 > id->ctime_ns + SETTLED_NS;
}

static bool
may_remember(const struct lw_subject_state *s)
{
	const struct lw_object *o = &s->object;

	if (!s->superblock || s->from_cache || !s->assessed ||
		!(o->assessment.flags & LW_ASSESS_HASHED) || o->layer == LW_LAYER_UNKNOWN ||
		s->generation != (uint32_t)s->flight->gate->generation || o->changed_while_judged ||
		(s->layer.compare && !s->compared))
		return false;
	if (s->layer.upper && !s->leased)
		return false;
	return may_be_cached(s) && is_settled(s->flight->gate, &s->identity) &&
	       !lw_runtime_is_name(s->path);
}

void
lw_subject_remember(struct lw_subject_state *s)
{
	const struct lw_assessment *a = &s->object.assessment;
	struct lw_cache_key key;
	struct lw_cache_value v = {
		.layer = s->object.layer,
		.verdict = a->verdict,
		.format = a->format,
		.language = a->language,
		.assess_flags = a->flags,
		.score = a->score,
	};

	if (!may_remember(s) || !key_of(s, &key))
		return;
	memcpy(v.sha256, a->sha256, sizeof(v.sha256));
	memcpy(v.hash_list, a->hash_list, sizeof(v.hash_list));
	memcpy(v.reasons, a->reasons, sizeof(v.reasons));
	v.reason_count = a->reason_count;
	memcpy(v.interpreter, a->interpreter, sizeof(v.interpreter));
	memcpy(v.model, a->model, sizeof(v.model));
	lw_cache_put(s->flight->gate->cache, &key, &v);
}
