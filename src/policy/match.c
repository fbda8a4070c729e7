/*
 * match: does a rule match a subject? One row a condition, in the order of lw_rule_schema, so
 * that the number of a row here is that of its key there (a test holds it).
 *
 * A condition on something that is not known never matches: not a path that is not exact, not a
 * container whose facts are not complete, not a label, pod or namespace that a container does
 * not have.
 */
#include <assert.h>
#include <string.h>

#include "policy/rule.h"
#include "policy/schema.h"

#define PRISTINE (1u << LW_LAYER_IMAGE | 1u << LW_LAYER_TOUCHED)

struct condition {
	size_t offset; /* in struct lw_match */
	enum lw_result (*test)(
		const struct condition *c, const struct lw_match *m, const struct lw_subject *s);
	/* What the subject has: a word's number and the word, or a text. */
	int (*number)(const struct lw_subject *s);
	const char *(*word)(int v);
	const char *(*text)(const struct lw_subject *s, size_t *length);
	/* What must hold before the value counts: MATCH, or why not. May be NULL. */
	enum lw_result (*trusted)(const struct lw_match *m, const struct lw_subject *s);
};

/* Values */

static int
layer_of(const struct lw_subject *s)
{
	return s->layer;
}

static int
kind_of(const struct lw_subject *s)
{
	return s->kind;
}

static int
verdict_of(const struct lw_subject *s)
{
	return s->verdict;
}

static int
language_of(const struct lw_subject *s)
{
	return s->language;
}

static int
parent_layer_of(const struct lw_subject *s)
{
	return s->parent_layer;
}

static int
engine_of(const struct lw_subject *s)
{
	return s->container->engine;
}

static const char *
path_of(const struct lw_subject *s, size_t *length)
{
	*length = s->path_length;
	return s->path;
}

static const char *
parent_of(const struct lw_subject *s, size_t *length)
{
	*length = s->parent_length;
	return s->parent;
}

static const char *
behaviour_of(const struct lw_subject *s, size_t *length)
{
	const char *title = s->behaviour ? s->behaviour->title : NULL;

	*length = title ? strlen(title) : 0;
	return title;
}

/* A text of the container's facts; "" is a fact that it does not have. */
static const char *
fact(const char *text, size_t size, size_t *length)
{
	*length = strnlen(text, size);
	return *length ? text : NULL;
}

#define FACT(name, field)                                                                          \
	static const char *name##_of(const struct lw_subject *s, size_t *length)                   \
	{                                                                                          \
		return fact(s->container->field, sizeof(s->container->field), length);             \
	}
FACT(id, id)
FACT(name, name)
FACT(image, image)
FACT(namespace, namespace_)
FACT(pod, pod)

/* Whether a value may be trusted */

static enum lw_result
path_trusted(const struct lw_match *m, const struct lw_subject *s)
{
	if (!s->path)
		return LW_RESULT_ABSENT;
	if (!s->path_exact)
		return LW_RESULT_NOT_EXACT;
	return LW_IN_SET(lw_match_layers(m), s->layer) ? LW_RESULT_MATCH : LW_RESULT_LAYER;
}

static enum lw_result
parent_trusted(const struct lw_match *m, const struct lw_subject *s)
{
	if (!s->parent)
		return LW_RESULT_ABSENT;
	return LW_IN_SET(lw_match_parent_layers(m), s->parent_layer) ? LW_RESULT_MATCH
								     : LW_RESULT_LAYER;
}

static enum lw_result
facts_known(const struct lw_match *m, const struct lw_subject *s)
{
	return s->container && s->container->complete ? LW_RESULT_MATCH : LW_RESULT_NO_FACTS;
}

/* Tests */

static enum lw_result
told(bool matches)
{
	return matches ? LW_RESULT_MATCH : LW_RESULT_DIFFERS;
}

static const void *
wanted_of(const struct condition *c, const struct lw_match *m)
{
	return (const char *)m + c->offset;
}

static enum lw_result
is_trusted(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	return c->trusted ? c->trusted(m, s) : LW_RESULT_MATCH;
}

static enum lw_result
test_set(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const uint32_t set = *(const uint32_t *)wanted_of(c, m);
	enum lw_result trusted;

	if (set == 0)
		return LW_RESULT_NOT_ASKED;
	trusted = is_trusted(c, m, s);
	return trusted == LW_RESULT_MATCH ? told(LW_IN_SET(set, c->number(s))) : trusted;
}

static enum lw_result
test_verdict(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	if (!s->verdict_known && lw_match_needs_verdict(m))
		return LW_RESULT_PENDING;
	return test_set(c, m, s);
}

static enum lw_result
test_globs(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const struct lw_string_list *globs = wanted_of(c, m);
	enum lw_result trusted;
	const char *text;
	size_t length = 0;

	if (globs->count == 0)
		return LW_RESULT_NOT_ASKED;
	trusted = is_trusted(c, m, s);
	if (trusted != LW_RESULT_MATCH)
		return trusted;
	text = c->text(s, &length);
	if (!text)
		return LW_RESULT_ABSENT;
	for (size_t i = 0; i < globs->count; i++)
		if (lw_glob_match(globs->items[i], text, length))
			return LW_RESULT_MATCH;
	return LW_RESULT_DIFFERS;
}

/* "app=web*" asks for the whole label, "app" for the key of one. */
static bool
label_matches(const char *glob, const char *label)
{
	const size_t length = strnlen(label, LW_LABEL_SIZE);
	const char *equals = memchr(label, '=', length);
	const bool whole = strchr(glob, '=') || !equals;

	return lw_glob_match(glob, label, whole ? length : (size_t)(equals - label));
}

static bool
any_label_matches(const char *glob, const struct lw_container_facts *facts)
{
	for (size_t i = 0; i < LW_MIN(facts->label_count, LW_LABELS_MAX); i++)
		if (label_matches(glob, facts->labels[i]))
			return true;
	return false;
}

static enum lw_result
test_labels(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const struct lw_string_list *globs = wanted_of(c, m);
	enum lw_result trusted;

	if (globs->count == 0)
		return LW_RESULT_NOT_ASKED;
	trusted = is_trusted(c, m, s);
	if (trusted != LW_RESULT_MATCH)
		return trusted;
	for (size_t i = 0; i < globs->count; i++)
		if (any_label_matches(globs->items[i], s->container))
			return LW_RESULT_MATCH;
	return LW_RESULT_DIFFERS;
}

static bool
is_met(const char *glob, const struct lw_met_rule *rule)
{
	const char *const names[] = {rule->id, rule->title, rule->module};

	for (size_t i = 0; i < LW_ARRAY_SIZE(names); i++)
		if (names[i][0] && lw_glob_match(glob, names[i], strlen(names[i])))
			return true;
	return false;
}

static enum lw_result
test_behaviour(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const struct lw_string_list *globs = wanted_of(c, m);

	if (globs->count == 0)
		return LW_RESULT_NOT_ASKED;
	if (!s->behaviour)
		return LW_RESULT_ABSENT;
	for (size_t i = 0; i < globs->count; i++)
		if (is_met(globs->items[i], s->behaviour))
			return LW_RESULT_MATCH;
	return LW_RESULT_DIFFERS;
}

static enum lw_result
test_digests(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const struct lw_digest_list *digests = wanted_of(c, m);

	if (digests->count == 0)
		return LW_RESULT_NOT_ASKED;
	if (!s->sha256)
		return LW_RESULT_ABSENT;
	for (size_t i = 0; i < digests->count; i++)
		if (memcmp(digests->items[i], s->sha256, LW_SHA256_SIZE) == 0)
			return LW_RESULT_MATCH;
	return LW_RESULT_DIFFERS;
}

static enum lw_result
test_ranges(const struct condition *c, const struct lw_match *m, const struct lw_subject *s)
{
	const struct lw_range_list *ranges = wanted_of(c, m);

	if (ranges->count == 0)
		return LW_RESULT_NOT_ASKED;
	for (size_t i = 0; i < ranges->count; i++)
		if (s->uid >= ranges->items[i].low && s->uid <= ranges->items[i].high)
			return LW_RESULT_MATCH;
	return LW_RESULT_DIFFERS;
}

#define OFF(f) offsetof(struct lw_match, f)
static const struct condition conditions[] = {
	{OFF(layer), test_set, .number = layer_of},
	{OFF(kind), test_set, .number = kind_of},
	{OFF(verdict), test_verdict, .number = verdict_of},
	{OFF(language), test_set, .number = language_of},
	{OFF(path), test_globs, .text = path_of, .trusted = path_trusted},
	{OFF(parent), test_globs, .text = parent_of, .trusted = parent_trusted},
	{OFF(parent_layer), test_set, .number = parent_layer_of},
	{OFF(sha256), test_digests},
	{OFF(uid), test_ranges},
	{OFF(container.engine), test_set, .number = engine_of, .trusted = facts_known},
	{OFF(container.id), test_globs, .text = id_of, .trusted = facts_known},
	{OFF(container.name), test_globs, .text = name_of, .trusted = facts_known},
	{OFF(container.image), test_globs, .text = image_of, .trusted = facts_known},
	{OFF(container.namespace_), test_globs, .text = namespace_of, .trusted = facts_known},
	{OFF(container.pod), test_globs, .text = pod_of, .trusted = facts_known},
	{OFF(container.label), test_labels, .trusted = facts_known},
	{OFF(behaviour), test_behaviour, .text = behaviour_of},
};

enum lw_result
lw_match_test(const struct lw_match *m, const struct lw_subject *s, size_t *failed)
{
	enum lw_result outcome = LW_RESULT_MATCH;

	for (size_t i = 0; i < LW_ARRAY_SIZE(conditions); i++) {
		enum lw_result r = conditions[i].test(&conditions[i], m, s);

		if (r == LW_RESULT_PENDING)
			outcome = LW_RESULT_PENDING;
		if (r <= LW_RESULT_NOT_ASKED)
			continue;
		if (failed)
			*failed = lw_match_first + i;
		return r;
	}
	return outcome;
}

static const char *
hex_of(const struct lw_subject *s, char buffer[80])
{
	if (!s->sha256)
		return NULL;
	lw_hex(buffer, s->sha256, LW_SHA256_SIZE);
	return buffer;
}

const char *
lw_match_value(size_t row, const struct lw_subject *s, char buffer[80], size_t *length)
{
	const struct condition *c = &conditions[row - lw_match_first];
	const struct lw_key *k = &lw_rule_schema[row];
	const char *text = NULL;

	if (c->trusted == facts_known && c->trusted(NULL, s) != LW_RESULT_MATCH)
		return NULL;
	if (c->text)
		return c->text(s, length);
	if (c->test == test_digests) {
		text = hex_of(s, buffer);
	} else if (c->test == test_ranges) {
		snprintf(buffer, 80, "%u", s->uid);
		text = buffer;
	} else if (c->number) {
		text = k->words->word(c->number(s));
	}
	*length = text ? strlen(text) : 0;
	return text;
}

/* What a rule asks, apart from any subject */

uint32_t
lw_match_layers(const struct lw_match *m)
{
	if (m->layer)
		return m->layer;
	return m->path.count ? PRISTINE : LW_SET_ALL(LW_LAYER_COUNT);
}

uint32_t
lw_match_parent_layers(const struct lw_match *m)
{
	if (m->parent_layer)
		return m->parent_layer;
	return m->parent.count ? PRISTINE : LW_SET_ALL(LW_LAYER_COUNT);
}

bool
lw_match_has_texts(const struct lw_match *m)
{
	return m->path.count || m->parent.count || m->sha256.count || m->uid.count ||
	       m->container.engine || m->container.id.count || m->container.name.count ||
	       m->container.image.count || m->container.namespace_.count ||
	       m->container.pod.count || m->container.label.count || m->behaviour.count;
}

bool
lw_match_has_more(const struct lw_match *m)
{
	return m->language || m->parent_layer || lw_match_has_texts(m);
}

bool
lw_match_is_empty(const struct lw_match *m)
{
	return !m->layer && !m->kind && !m->verdict && !lw_match_has_more(m);
}

bool
lw_match_needs_verdict(const struct lw_match *m)
{
	return m->verdict && m->verdict != LW_SET_ALL(LW_VERDICT_COUNT);
}
