/*
 * Any bytes as an observation and its arena: what passes the check becomes one valid line of JSON;
 * what does not is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "json_check.h"
#include "report/finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lw_redactor *redactor;
static const struct lw_settings settings;

/* The struct's bytes come first, then container facts for one byte of choice, then arena and
 * capture. */
struct input {
	struct lw_observation seen;
	uint8_t choice;
};

static void
write_object(const struct lw_evidence *e, unsigned object, uint8_t choice)
{
	static const struct lw_container_facts facts = {
		.id = "id\xff", .name = "n\n", .pod = "p", .label_count = 1};
	const struct lw_finding_context c = {
		.settings = &settings,
		.redactor = redactor,
		.host = "host",
		.now_us = 1,
	};
	const struct lw_finding f = {
		.evidence = e,
		.object = object,
		.detector = lw_detector_for(
			&e->seen.objects[object], lw_evidence_language(&e->seen, object)),
		.container = choice & 1 ? &facts : NULL,
		.facts = choice >> 1 & 3,
		.repeats = choice >> 3,
	};
	struct lw_text t;

	lw_text_init(&t, LW_FINDING_MAX);
	if (lw_finding_write(&c, &f, &t) != 0 || !json_check_line(t.data, t.length))
		abort();
	lw_text_done(&t);
}

static void
write_all(struct lw_evidence *e, uint8_t choice)
{
	for (unsigned object = 0; object < LW_OBJECTS; object++) {
		if (e->seen.objects[object].present)
			write_object(e, object, choice);
	}
}

/* Bounds that random bytes would hardly ever meet are brought near: every field keeps one chance in
 * two to be wrong. */
static void
tame(struct lw_observation *o, size_t arena_length)
{
	if (o->sequence & 1) {
		o->arena_length = arena_length;
		o->mode %= LW_MODE_COUNT;
		o->engine %= LW_ENGINE_COUNT;
		o->time_us &= INT64_C(0xffffffffffff);
		o->execution.ancestor_count %= LW_ANCESTORS_MAX + 1;
	}
	if (o->sequence & 2) {
		for (unsigned i = 0; i < LW_OBJECTS; i++) {
			struct lw_object *b = &o->objects[i];

			b->layer %= LW_LAYER_COUNT;
			b->kind %= LW_KIND_COUNT;
			b->action %= LW_ACTION_COUNT;
			b->outcome %= LW_OUTCOME_COUNT;
			b->assessment.score = 0.5f;
			b->assessment.verdict %= LW_VERDICT_COUNT;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_evidence e = {0};
	struct input in = {0};
	char detail[248];
	size_t arena;

	if (!redactor && lw_redactor_new(&redactor, true, NULL, detail) != 0)
		abort();
	memcpy(&in, data, LW_MIN(size, sizeof(in)));
	size -= LW_MIN(size, sizeof(in));
	arena = LW_MIN(size, (size_t)LW_ARENA_MAX);
	tame(&in.seen, arena);
	e.seen = in.seen;
	if (lw_evidence_check(&e.seen) != 0 || e.seen.arena_length > arena)
		return 0;
	e.arena = malloc(arena + 1);
	e.capture = in.seen.has_capture ? malloc(arena + 1) : NULL;
	if (arena)
		memcpy(e.arena, &data[sizeof(in)], arena);
	if (e.capture && arena)
		memcpy(e.capture, e.arena, arena);
	e.capture_length = e.capture ? arena : 0;
	write_all(&e, in.choice);
	lw_evidence_done(&e);
	return 0;
}
