/*
 * sample: observations for the tests of report, built the way that the gate builds them.
 */
#ifndef LW_TEST_REPORT_SAMPLE_H
#define LW_TEST_REPORT_SAMPLE_H

#include <string.h>

#include "report/finding.h"

struct sample {
	struct lw_evidence e;
	char arena[LW_ARENA_MAX];
	struct lw_settings settings;
	struct lw_redactor *redactor;
	struct lw_finding_context context;
	struct lw_container_facts facts;
};

static inline struct lw_slice
sample_add(struct sample *s, const void *bytes, size_t length)
{
	struct lw_slice slice = {s->e.seen.arena_length, length};

	memcpy(&s->arena[slice.offset], bytes, length);
	s->e.seen.arena_length += length;
	return slice;
}

static inline struct lw_slice
sample_string(struct sample *s, const char *text)
{
	return sample_add(s, text, strlen(text));
}

#define sample_list(s, literal)                                                                    \
	sample_add(s, literal, sizeof(literal)) /* "a\0b": each ends in NUL */

static inline void
sample_hash(struct lw_object *o, uint8_t byte, uint64_t size)
{
	o->size = o->assessment.size = o->assessment.hashed_size = size;
	o->assessment.flags |= LW_ASSESS_HASHED;
	memset(o->assessment.sha256, byte, sizeof(o->assessment.sha256));
}

/* An added binary, /tmp/x, run by a shell in a Docker container; no rule met it yet. */
static inline struct sample *
sample_new(void)
{
	struct sample *s = calloc(1, sizeof(*s));
	struct lw_observation *o = &s->e.seen;
	struct lw_execution *x = &o->execution;

	s->e.arena = s->arena;
	*o = (struct lw_observation){.sequence = 7,
		.time_us = 1763762400123456,
		.decision_us = 412,
		.queue_us = 9,
		.dev_minor = 45,
		.mode = LW_MODE_ENFORCE,
		.engine = LW_ENGINE_DOCKER};
	x->tid = x->tgid = 4242;
	x->ppid = 4200;
	x->uid = 1000;
	x->argc = 2;
	strcpy(x->comm, "sh");
	x->program = sample_string(s, "/tmp/x");
	x->args = sample_list(s, "/tmp/x\0--fast");
	x->cwd = sample_string(s, "/tmp");
	x->exe = sample_string(s, "/bin/dash");
	x->stdin_type = LW_STDIN_NULL;
	x->ancestor_count = 2;
	x->ancestors[0] = (struct lw_ancestor){.pid = 4200, .uid = 1000, .comm = "sh"};
	x->ancestors[0].exe = sample_string(s, "/bin/dash");
	x->ancestors[0].args = sample_list(s, "sh\0-c\0/tmp/x --fast");
	x->ancestors[1] = (struct lw_ancestor){.pid = 1, .comm = "init"};
	o->objects[0] = (struct lw_object){.present = 1,
		.layer = LW_LAYER_ADDED,
		.kind = LW_KIND_BINARY,
		.action = LW_ACTION_ALERT,
		.outcome = LW_OUTCOME_ALLOWED,
		.rule = "drift",
		.path = sample_string(s, "/tmp/x")};
	sample_hash(&o->objects[0], 0xab, 16384);
	s->facts = (struct lw_container_facts){.engine = LW_ENGINE_DOCKER,
		.complete = 1,
		.created_us = 1763762399000000,
		.label_count = 1,
		.init_pid = 4100,
		.id = "0123456789abcdef",
		.name = "web",
		.image = "registry.example/web:1",
		.image_id = "sha256:00ff",
		.labels = {"team=blue"}};
	s->context = (struct lw_finding_context){
		.settings = &s->settings, .host = "node-1", .now_us = 1763762400200000};
	char detail[248];
	if (lw_redactor_new(&s->redactor, true, NULL, detail) != 0)
		abort();
	s->context.redactor = s->redactor;
	return s;
}

/* Turns it into `python3 FILE` with this source captured, on the hash list. */
static inline void
sample_python(struct sample *s, const void *source, size_t length)
{
	struct lw_observation *o = &s->e.seen;

	o->objects[0].layer = LW_LAYER_IMAGE;
	o->objects[0].action = LW_ACTION_ALLOW;
	o->objects[0].path = sample_string(s, "/usr/bin/python3.11");
	o->execution.program = sample_string(s, "/usr/bin/python3");
	o->execution.args = sample_list(s, "python3\0/srv/evil.py\0--token=abcdefgh");
	o->execution.language = LW_LANGUAGE_PYTHON;
	o->execution.has_content = 1;
	o->execution.content_kind = LW_KIND_SCRIPT;
	o->execution.content_path = sample_string(s, "/srv/evil.py");
	o->objects[1] = (struct lw_object){.present = 1,
		.layer = LW_LAYER_ADDED,
		.kind = LW_KIND_SCRIPT,
		.action = LW_ACTION_DENY,
		.outcome = LW_OUTCOME_DENIED,
		.rule = "malicious content",
		.path = o->execution.content_path};
	sample_hash(&o->objects[1], 0xcd, length);
	o->objects[1].assessment.verdict = LW_VERDICT_MALICIOUS;
	o->objects[1].assessment.score = 1;
	o->objects[1].assessment.reason_count = 1;
	strcpy(o->objects[1].assessment.reasons[0], "hash list: demo");
	strcpy(o->objects[1].assessment.hash_list, "demo");
	o->has_capture = 1;
	free(s->e.capture);
	s->e.capture = malloc(length ? length : 1);
	memcpy(s->e.capture, source, length);
	s->e.capture_length = length;
}

static inline struct lw_finding
sample_finding(const struct sample *s, unsigned object)
{
	return (struct lw_finding){.evidence = &s->e,
		.object = object,
		.detector = lw_detector_for(
			&s->e.seen.objects[object], lw_evidence_language(&s->e.seen, object)),
		.container = &s->facts};
}

static inline void
sample_free(struct sample *s)
{
	lw_redactor_free(s->redactor);
	free(s->e.capture);
	free(s);
}

#endif
