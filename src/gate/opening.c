#include "gate/opening.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/gate.h"
#include "layerwatch/interpreter.h"

void
lw_opening_expect_execution(struct lw_gate *g, uint32_t tid, const struct lw_identity *id)
{
	struct lw_executed *e = &g->executed;

	if (!g->settings->watch.opens || tid == 0)
		return;
	e->items[e->next].tid = tid;
	e->items[e->next].id = *id;
	e->next = (e->next + 1) % LW_EXECUTED_MAX;
}

static bool
take_execution(struct lw_executed *e, uint32_t tid, const struct lw_identity *id)
{
	for (uint32_t i = 0; tid && i < LW_EXECUTED_MAX; i++) {
		const struct lw_identity *was = &e->items[i].id;

		if (e->items[i].tid != tid || was->dev != id->dev || was->ino != id->ino)
			continue;
		e->items[i].tid = 0;
		return lw_identity_same_content(was, id);
	}
	return false;
}

/* What resolve opens for us must never wait for what resolve is asked. */
static bool
is_resolve(const struct lw_gate *g, uint32_t tid)
{
	for (size_t i = 0; i < LW_INSTANCES_MAX; i++)
		if (g->resolve_pids[i] && g->resolve_pids[i] == tid)
			return true;
	return false;
}

/* By the name of the program that runs; its memory is not looked at. */
static enum lw_language
language_of_task(uint32_t tid)
{
	char link[64], exe[PATH_MAX];
	size_t length;

	snprintf(link, sizeof(link), "/proc/%u/exe", tid);
	ssize_t n = readlink(link, exe, sizeof(exe));
	if (n <= 0)
		return LW_LANGUAGE_NONE;
	const char *name = lw_interpreter_base_name(exe, n, &length);
	return lw_interpreter_language(name, length);
}

static bool
is_bad(enum lw_verdict v)
{
	return v == LW_VERDICT_MALICIOUS || v == LW_VERDICT_SUSPICIOUS;
}

/* Would anything be done about it, whoever opens it? */
static bool
matters(const struct lw_gate *g, const struct lw_cache_value *v)
{
	return is_bad(v->verdict) ||
	       (v->format == LW_FORMAT_ELF &&
		       lw_policy_cares(g->policy, v->layer, LW_KIND_LIBRARY, v->verdict));
}

/*
 * A pristine file of the image is not held again. Writes are watched before it is looked at, so
 * that none comes in between.
 */
static bool
ignore_image_file(struct lw_gate *g, const struct lw_arrival *a)
{
	struct lw_layer_answer answer;
	struct lw_place_paths paths;
	struct lw_identity now;
	bool watched = lw_group_watch_writes(&g->group, a->fd) == 0;

	lw_place_paths(a->place, a->fd, &paths);
	lw_layer_of(a->place->superblock, &a->handle, &a->id, &paths, &answer);
	if (!a->handle.valid)
		lw_layer_beneath(&g->places, a->place->superblock, &answer);
	bool image = answer.layer == LW_LAYER_IMAGE;
	lw_layer_answer_done(&answer);
	if (image && watched && lw_identity_of(a->fd, &now) == 0 &&
		lw_identity_same_content(&now, &a->id))
		lw_group_ignore_opens(&g->group, a->fd);
	else if (watched)
		lw_group_heed_opens(&g->group, a->fd);
	return image;
}

static void
on_covered(struct lw_gate *g, struct lw_arrival *a)
{
	bool covered = g->settings->watch.opens;
	struct lw_cache_key key;

	lw_layer_handle_of(a->fd, &a->handle);
	if (a->place && lw_flight_key(a->place->superblock, &a->id, &a->handle, &key)) {
		key.purpose = 1 + a->language;
		a->known = lw_cache_get(g->cache, &key);
	}
	if (!a->script &&
		(a->known ? !matters(g, a->known) : covered && a->place && ignore_image_file(g, a)))
		lw_gate_answer(g, &a->fd, true);
	else
		lw_flight_begin(g, a);
}

/* As it was judged, and nobody can be writing to it right now? */
static bool
is_verified(
	const struct lw_arrival *a, const struct lw_place_paths *paths, struct lw_verify_item *item)
{
	struct lw_layer_answer answer;
	struct lw_layer_handle handle;

	if (!lw_verify_is_same(item, &a->id))
		return false;
	item->opened = true;
	lw_layer_handle_of(a->fd, &handle);
	lw_layer_of(a->place->superblock, &handle, &a->id, paths, &answer);
	bool writable =
		answer.upper && answer.real_fd >= 0 && lw_layer_lease(answer.real_fd) == -EAGAIN;
	lw_layer_answer_done(&answer);
	return !writable;
}

/* By a task that was let go to run a script. */
static void
on_expected(struct lw_gate *g, struct lw_arrival *a, struct lw_verify_item *item)
{
	struct lw_place_paths paths;

	a->language = item->language;
	if (a->place) {
		lw_place_paths(a->place, a->fd, &paths);
		a->script = lw_verify_is_script(item, &a->id, paths.inside);
	}
	if (a->script && is_verified(a, &paths, item))
		lw_gate_answer(g, &a->fd, true);
	else
		on_covered(g, a);
}

/* The kernel opens what was just let go for execution. */
static void
on_executed(struct lw_gate *g, struct lw_arrival *a)
{
	if (a->place) {
		lw_layer_handle_of(a->fd, &a->handle);
		ignore_image_file(g, a);
	}
	lw_gate_answer(g, &a->fd, true);
}

void
lw_opening_event(struct lw_gate *g, struct lw_arrival *a)
{
	struct lw_verify_item *item = lw_verify_find(&g->verify, a->tid);
	bool covered = g->settings->watch.opens;
	bool executed = take_execution(&g->executed, a->tid, &a->id);

	a->opened = true;
	if (!S_ISREG(a->id.mode) || is_resolve(g, a->tid) || (!item && !covered)) {
		lw_gate_answer(g, &a->fd, true);
		return;
	}
	lw_flights_make_room(&g->flights);
	a->place = lw_places_find(&g->places, a->fd, &a->id, a->tid);
	if (executed) {
		on_executed(g, a);
	} else if (item) {
		on_expected(g, a, item);
	} else {
		a->language = language_of_task(a->tid);
		on_covered(g, a);
	}
}
