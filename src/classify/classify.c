/*
 * One request at a time: there is nothing to gain from reading a second content meanwhile. An
 * answer that the gate has no room for is kept, and no further request is read until it is
 * gone.
 */
#include "classify/classify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "classify/assess.h"
#include "classify/behave.h"
#include "policy/rule_files.h"
#include "proc/child.h"

#define REFUSALS_MAX (64u * 1024) /* bytes about rules that are left out */
#define REFUSALS_LOGGED 16 /* lines of them */
#define ERRORS_MAX 4096 /* bytes of a policy's errors; the guard has shown them all before */

/* What the guard has sent for the next configuration. */
struct pending {
	uint64_t generation;
	int fds[LW_HASH_LISTS_MAX]; /* by index into content.hash_lists; -1 = not there */
	int yara; /* the rules' texts; -1 = there are none */
	int rules; /* the same of content.rules */
	int model; /* -1 = not there */
};

struct lw_classify {
	struct lw_loop *loop;
	struct lw_child *child;
	struct lw_assessor assessor;
	struct lw_behave *behave; /* NULL = no rules */
	struct pending pending;
	uint64_t generation; /* of the policy in force */
	struct lw_chan gate; /* fd -1 = no gate */
	bool answer_waits;
	uint64_t answer_id;
	enum lw_message answer_type;
	union {
		struct lw_msg_assessed assessed;
		struct lw_msg_behaved behaved;
	} answer;
};

static void
drop_pending(struct pending *p)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(p->fds); i++)
		lw_closep(&p->fds[i]);
	lw_closep(&p->yara);
	lw_closep(&p->rules);
	lw_closep(&p->model);
}

/* The place of a resource; NULL when there is none such. */
static int *
place_of(struct pending *p, const struct lw_msg_resource *m)
{
	int *const singles[LW_RESOURCE_COUNT] = {[LW_RESOURCE_MODEL] = &p->model,
		[LW_RESOURCE_YARA] = &p->yara,
		[LW_RESOURCE_RULES] = &p->rules};

	if (m->kind == LW_RESOURCE_HASH_LIST && m->index < LW_HASH_LISTS_MAX)
		return &p->fds[m->index];
	return m->kind < LW_RESOURCE_COUNT && m->index == 0 ? singles[m->kind] : NULL;
}

static void
drop_gate(struct lw_classify *c)
{
	if (c->gate.fd < 0)
		return;
	lw_loop_del(c->loop, c->gate.fd);
	lw_chan_done(&c->gate);
	c->answer_waits = false;
}

static int
on_resource(void *arg, const struct lw_msg_resource *m, int taken)
{
	struct lw_classify *c = arg;
	_cleanup_close_ int fd = taken;
	int *place = place_of(&c->pending, m);

	if (!place)
		return -EPROTO;
	if (m->generation != c->pending.generation)
		drop_pending(&c->pending);
	c->pending.generation = m->generation;
	lw_closep(place);
	*place = TAKE_FD(fd);
	return 0;
}

/* Opens the lists that the policy names. Positive: one is no good, and detail says which and why.
 */
static int
open_lists(struct lw_classify *c, const struct lw_settings *settings, uint64_t generation,
	struct lw_lists *lists, char detail[248])
{
	for (size_t i = 0; i < settings->content.hash_list_count; i++) {
		const struct lw_hash_list_settings *s = &settings->content.hash_lists[i];
		bool there = c->pending.generation == generation && c->pending.fds[i] >= 0;
		int r = there ? lw_lists_add(lists, s->name, s->verdict, c->pending.fds[i])
			      : -ENOENT;

		if (r < 0) {
			snprintf(detail, 248, "hash list %s (%s): %s", s->name, s->path,
				lw_hashset_explain(r));
			return 1;
		}
	}
	return 0;
}

/* The texts of rule files that came, or none: *out stays NULL. */
static int
read_texts(const struct lw_classify *c, uint64_t generation, int fd, char **out, size_t *length)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	if (c->pending.generation != generation || fd < 0)
		return 0;
	if (fstat(fd, &st) < 0 || st.st_size > LW_RULE_FILES_BYTES_MAX)
		return -EPROTO;
	text = malloc(st.st_size + 1);
	n = text ? lw_pread_full(fd, text, st.st_size, 0) : -ENOMEM;
	if (n != st.st_size)
		return n < 0 ? (int)n : -EIO;
	*length = n;
	*out = TAKE_PTR(text);
	return 0;
}

/* Positive: they are no good, and detail says where. */
static int
compile_yara(struct lw_classify *c, uint64_t generation, struct lw_yara **out, char detail[248])
{
	_cleanup_free_ char *text = NULL;
	char why[LW_YARA_DETAIL];
	size_t length;
	int r = read_texts(c, generation, c->pending.yara, &text, &length);

	if (r < 0 || !text)
		return r;
	r = lw_yara_load(text, length, out, why);
	if (r > 0)
		snprintf(detail, 248, "content.yara: %s", why);
	return r;
}

static void
log_lines(const char *text)
{
	for (unsigned i = 0; i < REFUSALS_LOGGED && text && *text; i++) {
		size_t n = strcspn(text, "\n");

		lw_log(LW_LOG_WARNING, "a rule is left out: %.*s", (int)LW_MIN(n, (size_t)512),
			text);
		text = &text[n + (text[n] == '\n')];
	}
	if (text && *text)
		lw_log(LW_LOG_WARNING, "and more rules: `layerwatch rules check` lists them");
}

/* A rule that can't be used is left out; only all of them together can be too much. */
static int
load_rules(struct lw_classify *c, uint64_t generation, struct lw_behave **out, char detail[248])
{
	_cleanup_free_ char *text = NULL;
	_cleanup_text_ struct lw_text refusals = {0};
	size_t length;
	int r = read_texts(c, generation, c->pending.rules, &text, &length);

	if (r < 0 || !text)
		return r;
	lw_text_init(&refusals, REFUSALS_MAX);
	r = lw_behave_load(text, length, out, &refusals);
	log_lines(refusals.data);
	if (r == -E2BIG)
		snprintf(detail, 248, "content.rules: too many rules");
	return r == -E2BIG ? 1 : r;
}

/* The guard sends the model where there is one to send. Positive: it is no good. */
static int
open_model(struct lw_classify *c, uint64_t generation, struct lw_model **out, char detail[248])
{
	int r;

	if (c->pending.generation != generation || c->pending.model < 0)
		return 0;
	r = lw_model_open(c->pending.model, out);
	if (r < 0)
		snprintf(detail, 248, "content.model: the file %s", lw_model_explain(r));
	return r < 0;
}

static int
load_policy(const char *yaml, size_t length, struct lw_policy **out, char detail[248])
{
	struct lw_policy_source source = {.name = "policy", .text = yaml, .length = length};
	_cleanup_text_ struct lw_text errors;
	int r;

	lw_text_init(&errors, ERRORS_MAX);
	r = lw_policy_load(&source, 1, out, &errors);
	if (r == -EINVAL) {
		snprintf(detail, 248, "%.*s", (int)strcspn(errors.data ? errors.data : "", "\n"),
			errors.data ? errors.data : "");
		return 1;
	}
	return r;
}

/* All or nothing: the old lists, rules and model stay until every new one is there. */
static int
on_config(void *arg, const char *yaml, size_t length, uint64_t generation, char detail[248])
{
	struct lw_classify *c = arg;
	_cleanup_(lw_policy_freep) struct lw_policy *policy = NULL;
	_cleanup_(lw_lists_done) struct lw_lists lists = {0};
	_cleanup_(lw_custom_freep) struct lw_custom *interpreters = NULL;
	_cleanup_(lw_yara_freep) struct lw_yara *yara = NULL;
	_cleanup_(lw_model_freep) struct lw_model *model = NULL;
	_cleanup_(lw_behave_freep) struct lw_behave *behave = NULL;
	const struct lw_settings *settings;
	int r;

	r = load_policy(yaml, length, &policy, detail);
	if (r != 0)
		return r;
	settings = lw_policy_settings(policy);
	r = open_lists(c, settings, generation, &lists, detail);
	if (r == 0)
		r = compile_yara(c, generation, &yara, detail);
	if (r == 0)
		r = load_rules(c, generation, &behave, detail);
	if (r == 0)
		r = open_model(c, generation, &model, detail);
	drop_pending(&c->pending);
	if (r == 0)
		r = lw_custom_new(&interpreters, settings->capture.interpreters,
			settings->capture.interpreter_count);
	if (r != 0)
		return r;

	lw_custom_free(c->assessor.interpreters);
	c->assessor.interpreters = TAKE_PTR(interpreters);
	struct lw_lists old = c->assessor.lists;
	struct lw_yara *old_yara = c->assessor.yara;
	c->assessor.lists = lists;
	c->assessor.yara = yara;
	yara = old_yara;
	c->generation = generation;
	c->assessor.hash_bytes = settings->content.hash_bytes;
	lists = old;
	lw_model_free(c->assessor.model);
	c->assessor.model = TAKE_PTR(model);
	lw_behave_free(c->behave);
	c->behave = TAKE_PTR(behave);
	return 0;
}

/* Sends the answer; keeps it and waits for room where there is none. */
static int
send_answer(struct lw_classify *c)
{
	int r = lw_chan_send(&c->gate, c->answer_type, c->answer_id, &c->answer, NULL, 0);
	bool waits = r == LW_CHAN_FULL;

	if (r < 0)
		return r;
	if (waits == c->answer_waits)
		return 0;
	c->answer_waits = waits;
	return lw_loop_mod(c->loop, c->gate.fd, waits ? EPOLLOUT : EPOLLIN);
}

static uint32_t
elapsed_since(uint64_t start_us)
{
	return (uint32_t)LW_MIN(lw_now_us() - start_us, (uint64_t)UINT32_MAX);
}

/* Before the answer: the descriptors can hold a container's mount. */
static void
close_all(struct lw_received *r)
{
	for (size_t i = 0; i < LW_CHAN_FDS; i++)
		lw_closep(&r->fds[i]);
}

static int
on_assess(void *arg, struct lw_received *r)
{
	struct lw_classify *c = arg;
	struct lw_msg_assessed *a = &c->answer.assessed;
	uint64_t start = lw_now_us();

	c->answer_id = r->frame.id;
	c->answer_type = LW_MSG_ASSESSED;
	*a = (struct lw_msg_assessed){.generation = (uint32_t)c->generation};
	lw_assess(&c->assessor, r->body, r->fds[0], r->fds[1], &a->assessment);
	close_all(r);
	a->elapsed_us = elapsed_since(start);
	return send_answer(c);
}

static int
on_behave(void *arg, struct lw_received *r)
{
	struct lw_classify *c = arg;
	struct lw_msg_behaved *b = &c->answer.behaved;
	uint64_t start = lw_now_us();
	int result = 0;

	c->answer_id = r->frame.id;
	c->answer_type = LW_MSG_BEHAVED;
	*b = (struct lw_msg_behaved){0};
	if (c->behave)
		result = lw_behave_ask(c->behave, r->body, r->fds[0], r->fds[1], b);
	close_all(r);
	if (result < 0)
		return result;
	b->generation = (uint32_t)c->generation;
	b->elapsed_us = elapsed_since(start);
	return send_answer(c);
}

static const struct lw_route gate_routes[] = {
	{LW_MSG_ASSESS, 1, on_assess},
	{LW_MSG_BEHAVE, 1, on_behave},
};

/* One frame a round, so that an answer that has to wait stops the reading too. */
static int
on_gate(void *arg, uint32_t events)
{
	struct lw_classify *c = arg;
	int r = c->answer_waits ? send_answer(c) : lw_chan_dispatch(&c->gate, 1);

	if (r != -EPIPE && r != -ECONNRESET)
		return r;
	drop_gate(c);
	return 0;
}

/* A gate that was replaced comes with a channel of its own. */
static int
on_peer(void *arg, const struct lw_msg_peer *m, int taken)
{
	struct lw_classify *c = arg;
	_cleanup_close_ int fd = taken;

	if (m->role != LW_ROLE_GATE)
		return -EPROTO;
	drop_gate(c);
	lw_chan_init(&c->gate, TAKE_FD(fd), gate_routes, LW_ARRAY_SIZE(gate_routes), c);
	return lw_loop_add(c->loop, c->gate.fd, EPOLLIN, on_gate, c);
}

static void
on_stop(void *arg)
{
	struct lw_classify *c = arg;

	drop_gate(c);
	lw_loop_stop(c->loop);
}

static const struct lw_child_ops ops = {
	.config = on_config,
	.resource = on_resource,
	.peer = on_peer,
	.stop = on_stop,
};

int
lw_classify_new(struct lw_classify **out, struct lw_loop *loop)
{
	_cleanup_(lw_classify_freep) struct lw_classify *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->loop = loop;
	c->gate.fd = -1;
	memset(c->pending.fds, -1, sizeof(c->pending.fds));
	c->pending.yara = c->pending.rules = -1;
	c->pending.model = -1;
	r = lw_assessor_init(&c->assessor);
	if (r == 0)
		r = lw_child_new(&c->child, loop, &ops, c);
	if (r < 0)
		return r;
	*out = TAKE_PTR(c);
	return 0;
}

struct lw_classify *
lw_classify_free(struct lw_classify *c)
{
	if (!c)
		return NULL;
	drop_gate(c);
	drop_pending(&c->pending);
	c->child = lw_child_free(c->child);
	lw_assessor_done(&c->assessor);
	lw_behave_free(c->behave);
	free(c);
	return NULL;
}

void
lw_classify_freep(struct lw_classify **c)
{
	*c = lw_classify_free(*c);
}
