#include "report/sink.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define LINES_A_ROUND 256 /* then others have their turn */
#define DRAIN_STEP_NS 5000000

struct lw_sinks {
	struct lw_loop *loop;
	int stdout_fd;
	uint64_t gone_dropped; /* of sinks that are no more */
	struct lw_sink *sinks[LW_SINKS_MAX];
	size_t count;
};

static const struct lw_sink_ops *const kinds[] = {
	[LW_SINK_STDOUT] = &lw_sink_stdout,
	[LW_SINK_FILE] = &lw_sink_file,
};

static int pump(struct lw_sink *s);

static int
on_retry(void *arg)
{
	struct lw_sink *s = arg;

	pump(s);
	return 0;
}

static void
pause_for(struct lw_sink *s, uint64_t least, uint64_t most)
{
	s->pause_us = s->pause_us < least ? least : LW_MIN(s->pause_us * 2, most);
	(void)lw_timer_arm(s->loop, &s->retry, s->pause_us, on_retry, s);
}

/* The reader is gone for good: nothing waits for it any more. */
static void
close_for_good(struct lw_sink *s)
{
	s->state = LW_SINK_CLOSED;
	s->dropped += s->spool.lines;
	lw_spool_done(&s->spool);
	s->at = 0;
}

static void
fail(struct lw_sink *s, int error)
{
	s->errors++;
	s->last_error = -error;
	if (s->ops->permanent && error == -EPIPE) {
		close_for_good(s);
		return;
	}
	s->state = LW_SINK_FAILED;
	pause_for(s, LW_SINK_RETRY_US, LW_SINK_RETRY_MAX_US);
}

static int
ready(struct lw_sink *s)
{
	return s->fd >= 0 ? 0 : s->ops->open(s);
}

/* Writes what waits, as far as it goes. 0 when the spool is empty, else it is tried again later. */
static int
pump(struct lw_sink *s)
{
	const char *line;
	size_t length;
	int r = ready(s);

	for (unsigned n = 0; r == 0 && (line = lw_spool_first(&s->spool, &length)); n++) {
		size_t before = s->at;

		if (n == LINES_A_ROUND)
			return lw_timer_arm(s->loop, &s->retry, 0, on_retry, s);
		r = s->ops->write(s, line, length, &s->at);
		if (r == 0) {
			lw_spool_drop_first(&s->spool);
			s->written++;
			s->at = 0;
		}
		if (r == 0 || s->at > before)
			s->pause_us = 0;
	}
	if (r == 0)
		s->state = LW_SINK_OK;
	if (r == LW_SINK_AGAIN) {
		s->state = LW_SINK_WAITING;
		pause_for(s, LW_SINK_SOON_US, LW_SINK_SLOW_US);
	}
	if (r < 0)
		fail(s, r);
	return r;
}

static struct lw_sink *
sink_free(struct lw_sink *s)
{
	if (s) {
		lw_timer_disarm(s->loop, &s->retry);
		lw_closep(&s->fd);
		lw_spool_done(&s->spool);
		free(s->settings.path);
	}
	free(s);
	return NULL;
}

static void
sink_freep(struct lw_sink **s)
{
	*s = sink_free(*s);
}

static int
sink_new(struct lw_sink **out, struct lw_sinks *all, const struct lw_sink_settings *settings)
{
	_cleanup_(sink_freep) struct lw_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->ops = kinds[settings->type];
	s->loop = all->loop;
	s->fd = -1;
	s->stdout_fd = all->stdout_fd;
	s->settings = *settings;
	s->settings.path = settings->path ? strdup(settings->path) : NULL;
	if (settings->path && !s->settings.path)
		return -ENOMEM;
	lw_spool_init(&s->spool, settings->spool_bytes);
	*out = TAKE_PTR(s);
	return 0;
}

int
lw_sinks_new(struct lw_sinks **out, struct lw_loop *loop, int stdout_fd)
{
	struct lw_sinks *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->stdout_fd = stdout_fd;
	*out = s;
	return 0;
}

struct lw_sinks *
lw_sinks_free(struct lw_sinks *s)
{
	if (s) {
		for (size_t i = 0; i < s->count; i++)
			sink_free(s->sinks[i]);
		lw_closep(&s->stdout_fd);
	}
	free(s);
	return NULL;
}

static bool
same(const struct lw_sink *s, const struct lw_sink_settings *w)
{
	return s->settings.type == w->type &&
	       strcmp(s->settings.path ? s->settings.path : "", w->path ? w->path : "") == 0;
}

/* Position of the sink for these settings among those that are there, -1 = none. */
static int
find(const struct lw_sinks *s, const struct lw_sink_settings *w)
{
	for (size_t i = 0; i < s->count; i++) {
		if (same(s->sinks[i], w))
			return i;
	}
	return -1;
}

/* Opens a sink that was not there. Its own failure is told in `detail`; fatal only where it must
 * open. */
static int
begin(struct lw_sink *s, bool must_open, char detail[248])
{
	int r = s->ops->open(s);

	if (r == 0)
		return 0;
	if (!must_open) {
		fail(s, r);
		return 0;
	}
	snprintf(detail, 248, "sinks: %s%s%.160s: %s%s", s->ops->name, s->settings.path ? " " : "",
		s->settings.path ? s->settings.path : "", strerror(-r),
		r == -EACCES ? " (a folder of no sink at start needs a restart)" : "");
	return r;
}

struct set {
	struct lw_sink *sinks[LW_SINKS_MAX];
	size_t count;
};

static void
set_done(struct set *set)
{
	for (size_t i = 0; i < set->count; i++)
		sink_free(set->sinks[i]);
}

/* The sinks that are new, opened. */
static int
open_new(struct lw_sinks *s, const struct lw_sink_settings *settings, size_t count, bool must_open,
	struct set *fresh, char detail[248])
{
	for (size_t i = 0; i < count; i++) {
		struct lw_sink **slot = &fresh->sinks[fresh->count];
		int r;

		if (find(s, &settings[i]) >= 0)
			continue;
		r = sink_new(slot, s, &settings[i]);
		if (r != 0)
			return r;
		fresh->count++;
		r = begin(*slot, must_open, detail);
		if (r != 0)
			return r;
	}
	return 0;
}

static void
adopt(struct lw_sinks *s, const struct lw_sink_settings *settings, size_t count)
{
	struct lw_sink *kept[LW_SINKS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		int at = find(s, &settings[i]);

		if (at < 0)
			continue;
		kept[n] = s->sinks[at];
		kept[n]->settings.max_bytes = settings[i].max_bytes;
		kept[n]->settings.keep = settings[i].keep;
		kept[n]->spool.bound = settings[i].spool_bytes;
		n++;
		s->sinks[at] = s->sinks[--s->count];
	}
	for (size_t i = 0; i < s->count; i++) {
		s->gone_dropped += s->sinks[i]->dropped + s->sinks[i]->spool.lines;
		sink_free(s->sinks[i]);
	}
	memcpy(s->sinks, kept, n * sizeof(kept[0]));
	s->count = n;
}

int
lw_sinks_configure(struct lw_sinks *s, const struct lw_sink_settings *settings, size_t count,
	bool must_open, char detail[248])
{
	_cleanup_(set_done) struct set fresh = {0};
	int r;

	count = LW_MIN(count, (size_t)LW_SINKS_MAX);
	r = open_new(s, settings, count, must_open, &fresh, detail);
	if (r != 0)
		return r;
	adopt(s, settings, count);
	for (size_t i = 0; i < fresh.count && s->count < LW_SINKS_MAX; i++)
		s->sinks[s->count++] = TAKE_PTR(fresh.sinks[i]);
	return 0;
}

void
lw_sinks_write(struct lw_sinks *s, const char *line, size_t length)
{
	for (size_t i = 0; i < s->count; i++) {
		struct lw_sink *sink = s->sinks[i];

		if (sink->state == LW_SINK_CLOSED || !lw_spool_add(&sink->spool, line, length))
			sink->dropped++;
		else if (sink->state == LW_SINK_OK)
			pump(sink);
	}
}

void
lw_sinks_reopen(struct lw_sinks *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct lw_sink *sink = s->sinks[i];
		int old = sink->fd, r;

		if (!sink->ops->reopens)
			continue;
		sink->fd = -1;
		r = sink->ops->open(sink);
		if (r != 0) {
			/* The old file is better than none. */
			sink->fd = old;
			sink->errors++;
			sink->last_error = -r;
			continue;
		}
		sink->at = 0; /* a line that was begun goes whole into the new file */
		lw_closep(&old);
		sink->pause_us = 0;
		pump(sink);
	}
}

void
lw_sinks_drain(struct lw_sinks *s, uint64_t most_us)
{
	const struct timespec step = {.tv_nsec = DRAIN_STEP_NS};
	uint64_t end = lw_now_us() + most_us;

	for (;;) {
		bool waits = false;

		for (size_t i = 0; i < s->count; i++) {
			if (s->sinks[i]->spool.lines && s->sinks[i]->state != LW_SINK_CLOSED)
				waits |= pump(s->sinks[i]) >= 0 && s->sinks[i]->spool.lines;
		}
		if (!waits || lw_now_us() >= end)
			return;
		nanosleep(&step, NULL);
	}
}

uint64_t
lw_sinks_dropped(const struct lw_sinks *s)
{
	uint64_t n = s->gone_dropped;

	for (size_t i = 0; i < s->count; i++)
		n += s->sinks[i]->dropped;
	return n;
}

static void
sink_status(const struct lw_sink *s, struct lw_json *j)
{
	static const char *const states[] = {"ok", "waiting", "failed", "closed"};

	lw_json_object(j);
	lw_json_pair_string(j, "type", s->ops->name);
	lw_json_pair_string(j, "path", s->settings.path);
	lw_json_pair_string(j, "state", states[s->state]);
	lw_json_pair_i64(j, "written", s->written);
	lw_json_pair_i64(j, "dropped", s->dropped);
	lw_json_pair_i64(j, "spooled", s->spool.lines);
	lw_json_pair_i64(j, "spooled_bytes", s->spool.bytes);
	lw_json_pair_i64(j, "rotations", s->rotations);
	lw_json_pair_i64(j, "errors", s->errors);
	if (s->last_error)
		lw_json_pair_string(j, "last_error", strerror(s->last_error));
	lw_json_object_end(j);
}

void
lw_sinks_status(const struct lw_sinks *s, struct lw_json *j)
{
	lw_json_array(j);
	for (size_t i = 0; i < s->count; i++)
		sink_status(s->sinks[i], j);
	lw_json_array_end(j);
}
