#include <errno.h>
#include <string.h>

#include "report/evidence.h"
#include "report/hit.h"

#define TIME_US_MAX                                                                                \
	253402300799000000 /* the last second of the year 9999: what RFC 3339 can say              \
			    */

static bool
slice_fits(struct lw_slice s, uint32_t arena_length)
{
	return s.length == 0 || (s.offset <= arena_length && s.length <= arena_length - s.offset);
}

static bool
string_ends(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

static bool
assessment_ok(const struct lw_assessment *a)
{
	if (a->verdict >= LW_VERDICT_COUNT || a->format >= LW_FORMAT_COUNT ||
		a->language >= LW_LANGUAGE_COUNT)
		return false;
	if (a->reason_count > LW_REASONS_MAX || !(a->score >= 0 && a->score <= 1))
		return false;
	for (unsigned i = 0; i < a->reason_count; i++) {
		if (!string_ends(a->reasons[i], sizeof(a->reasons[i])))
			return false;
	}
	return a->size <= INT64_MAX && a->hashed_size <= INT64_MAX &&
	       a->captured_size <= INT64_MAX &&
	       string_ends(a->interpreter, sizeof(a->interpreter)) &&
	       string_ends(a->interpreter_arg, sizeof(a->interpreter_arg)) &&
	       string_ends(a->hash_list, sizeof(a->hash_list)) &&
	       string_ends(a->model, sizeof(a->model)) &&
	       a->decoded.length <= sizeof(a->decoded.text) &&
	       string_ends(a->decoded.encodings, sizeof(a->decoded.encodings));
}

static bool
object_ok(const struct lw_object *o, uint32_t arena_length)
{
	/* Absent ones too: a finding about one object looks at the other's path. */
	return o->layer < LW_LAYER_COUNT && o->kind < LW_KIND_COUNT &&
	       o->action < LW_ACTION_COUNT && o->outcome < LW_OUTCOME_COUNT &&
	       o->size <= INT64_MAX && slice_fits(o->path, arena_length) &&
	       string_ends(o->rule, sizeof(o->rule)) && assessment_ok(&o->assessment);
}

static bool
execution_ok(const struct lw_execution *x, uint32_t arena_length)
{
	const struct lw_slice slices[] = {
		x->program,
		x->args,
		x->env,
		x->cwd,
		x->exe,
		x->content_path,
		x->stdin_peer,
		x->stdin_writer.exe,
		x->stdin_writer.args,
		x->stdout_peer,
		x->stdin_local,
		x->stdout_local,
		x->stdout_reader.exe,
		x->stdout_reader.args,
	};

	if (x->ancestor_count > LW_ANCESTORS_MAX || x->stdin_type >= LW_STDIN_COUNT ||
		x->stdout_type >= LW_STDIN_COUNT || x->content_kind >= LW_KIND_COUNT ||
		x->language >= LW_LANGUAGE_COUNT)
		return false;
	for (size_t i = 0; i < LW_ARRAY_SIZE(slices); i++) {
		if (!slice_fits(slices[i], arena_length))
			return false;
	}
	for (uint32_t i = 0; i < x->ancestor_count; i++) {
		if (!slice_fits(x->ancestors[i].exe, arena_length) ||
			!slice_fits(x->ancestors[i].args, arena_length))
			return false;
	}
	return true;
}

int
lw_evidence_check(const struct lw_observation *seen)
{
	if (seen->arena_length > LW_ARENA_MAX || seen->mode >= LW_MODE_COUNT ||
		seen->engine >= LW_ENGINE_COUNT)
		return -EPROTO;
	if (seen->time_us < 0 || seen->time_us > TIME_US_MAX)
		return -EPROTO;
	if (seen->hit.present && !lw_hit_ok(&seen->hit))
		return -EPROTO;
	for (unsigned i = 0; i < LW_OBJECTS; i++) {
		if (!object_ok(&seen->objects[i], seen->arena_length))
			return -EPROTO;
	}
	return execution_ok(&seen->execution, seen->arena_length) ? 0 : -EPROTO;
}

static int
read_arena(int fd, size_t length, char **out)
{
	_cleanup_free_ char *arena = malloc(length + 1);
	ssize_t n;

	if (!arena)
		return -ENOMEM;
	n = length ? lw_pread_full(fd, arena, length, 0) : 0;
	if (n < 0)
		return n;
	if ((size_t)n != length)
		return -EPROTO;
	arena[length] = '\0';
	*out = TAKE_PTR(arena);
	return 0;
}

static int
read_capture(int fd, size_t max, char **out, size_t *length)
{
	_cleanup_free_ char *capture = NULL;
	ssize_t n;

	if (fd < 0 || max == 0)
		return 0;
	capture = malloc(max);
	if (!capture)
		return -ENOMEM;
	n = lw_pread_full(fd, capture, max, 0);
	if (n < 0)
		return n;
	*out = TAKE_PTR(capture);
	*length = n;
	return 0;
}

int
lw_evidence_read(struct lw_evidence *e, const struct lw_observation *seen, int arena_fd,
	int capture_fd, size_t capture_max)
{
	_cleanup_free_ char *arena = NULL;
	_cleanup_free_ char *capture = NULL;
	size_t capture_length = 0;
	int r = lw_evidence_check(seen);

	if (r == 0)
		r = read_arena(arena_fd, seen->arena_length, &arena);
	if (r == 0)
		r = read_capture(capture_fd, capture_max, &capture, &capture_length);
	if (r != 0)
		return r;
	*e = (struct lw_evidence){
		.seen = *seen,
		.arena = TAKE_PTR(arena),
		.capture = TAKE_PTR(capture),
		.capture_length = capture_length,
	};
	return 0;
}

void
lw_evidence_done(struct lw_evidence *e)
{
	free(e->arena);
	free(e->capture);
	e->arena = e->capture = NULL;
}

struct lw_bytes
lw_evidence_slice(const struct lw_evidence *e, struct lw_slice s)
{
	if (s.length == 0)
		return (struct lw_bytes){0};
	return (struct lw_bytes){.data = &e->arena[s.offset], .length = s.length};
}

struct lw_bytes
lw_evidence_path(const struct lw_evidence *e, struct lw_slice s)
{
	struct lw_bytes b = lw_evidence_slice(e, s);

	/* Some writers end a path in NUL within its slice: it is no part of the path. */
	b.length = b.data ? strnlen(b.data, LW_MIN(b.length, (size_t)LW_PATH_SHOWN)) : 0;
	if (b.length == 0)
		b.data = NULL;
	return b;
}

bool
lw_object_is_script(const struct lw_object *o)
{
	return o->kind == LW_KIND_SCRIPT || o->kind == LW_KIND_INLINE || o->kind == LW_KIND_STDIN;
}

enum lw_language
lw_evidence_language(const struct lw_observation *seen, unsigned object)
{
	enum lw_language own = seen->objects[object].assessment.language;

	/* "python3 FILE" runs FILE as Python whatever its "#!" line claims. */
	if (object == 1 && seen->execution.language != LW_LANGUAGE_NONE)
		return seen->execution.language;
	return own;
}

int
lw_evidence_capture_owner(const struct lw_evidence *e)
{
	if (!e->capture)
		return -1;
	for (int i = LW_OBJECTS - 1; i >= 0; i--) {
		if (e->seen.objects[i].present && lw_object_is_script(&e->seen.objects[i]))
			return i;
	}
	return -1;
}

bool
lw_bytes_next(struct lw_bytes list, size_t *at, struct lw_bytes *item)
{
	if (!list.data || *at >= list.length)
		return false;
	item->data = &list.data[*at];
	item->length = strnlen(item->data, list.length - *at);
	*at += item->length + 1;
	return true;
}
