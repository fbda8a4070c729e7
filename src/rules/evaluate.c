/*
 * One event, in three steps: its values are laid out by column and folded; the automata set the
 * atoms of hits; then each rule's code is walked. Everything else about an atom waits until a walk
 * asks for it.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "rules/field.h"
#include "rules/fold.h"
#include "rules/set.h"

#define COLUMN_ELEMENTS_MAX 64u /* values of one column; a name may come often */
#define REGEX_US_MAX 20000 /* of CPU: what PCRE2 may take for one event, but for the last search */

enum { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

void
lw_scratch_done(struct lw_scratch *c)
{
	lw_search_scratch_free(c->search);
	free(c->truth);
	free(c->initial);
	free(c->head);
	free(c->crowd);
	free(c->elements);
	free(c->bytes);
	*c = (struct lw_scratch){0};
}

int
lw_scratch_init(struct lw_rules *s)
{
	struct lw_scratch *c = &s->scratch;

	c->truth = calloc(s->atom_count + 1, 1);
	c->initial = calloc(s->atom_count + 1, 1);
	c->head = calloc(s->column_count, sizeof(*c->head));
	c->crowd = calloc(s->column_count, 1);
	c->elements = calloc(LW_RULE_ELEMENTS_MAX, sizeof(*c->elements));
	c->bytes = malloc(LW_RULE_EVENT_MAX);
	if (!c->truth || !c->initial || !c->head || !c->crowd || !c->elements || !c->bytes)
		return -ENOMEM;
	for (size_t i = 0; i < s->atom_count; i++)
		c->initial[i] = s->atoms[i].kind == LW_ATOM_SCANNED ? TRUTH_FALSE : TRUTH_UNKNOWN;
	return 0;
}

struct hits {
	struct lw_scratch *scratch;
	const struct lw_scope *scope;
	size_t length; /* of the value */
};

static void
on_hit(void *data, uint32_t id, size_t end)
{
	const struct hits *h = data;
	const struct lw_scope *scope = h->scope;
	unsigned at = 0;

	if (end == scope->lengths[id])
		at |= LW_AT_START;
	if (end == h->length)
		at |= LW_AT_END;
	for (uint32_t i = scope->first[id]; i < scope->first[id + 1]; i++) {
		const struct lw_target *t = &scope->targets[i];

		if ((t->at & ~at) == 0)
			h->scratch->truth[t->atom] = TRUTH_TRUE;
	}
}

static void
scan(struct lw_rules *s, uint32_t column, const struct lw_element *e)
{
	const uint8_t *texts[] = {[LW_SCOPE_FOLDED] = e->folded,
		[LW_SCOPE_CASED] = e->raw,
		[LW_SCOPE_REGEX] = e->raw};

	for (unsigned i = 0; i < LW_SCOPES_PER_COLUMN; i++) {
		const struct lw_scope *scope = &s->scopes[LW_SCOPES_PER_COLUMN * column + i];
		struct hits hits = {.scratch = &s->scratch, .scope = scope, .length = e->length};

		if (scope->search)
			lw_search_scan(scope->search, s->scratch.search, texts[i], e->length,
				on_hit, &hits);
	}
}

/* Another value of a column, or of none (LW_ATOM_NONE: for keywords alone). */
static void
feed(struct lw_rules *s, uint32_t column, const struct lw_rule_text *value)
{
	struct lw_scratch *c = &s->scratch;
	size_t length =
		LW_MIN(value->length, LW_MIN(LW_RULE_VALUE_MAX, LW_RULE_EVENT_MAX - c->used));
	bool crowded = column != LW_ATOM_NONE && c->crowd[column] == COLUMN_ELEMENTS_MAX;
	struct lw_element *e = &c->elements[c->element_count];

	c->cut = c->cut || length < value->length;
	if (crowded || c->element_count == LW_RULE_ELEMENTS_MAX) {
		c->cut = true;
		return;
	}
	*e = (struct lw_element){.raw = (const uint8_t *)value->data,
		.folded = &c->bytes[c->used],
		.length = length,
		.next = LW_ATOM_NONE};
	lw_rule_fold(&c->bytes[c->used], e->raw, length);
	c->used += length;
	if (column != LW_ATOM_NONE) {
		e->next = c->head[column];
		c->head[column] = c->element_count;
		c->crowd[column]++;
		scan(s, column, e);
	}
	scan(s, LW_COLUMN_KEYWORDS, e);
	c->element_count++;
}

/* The column of a variable or label that some rule asks for, or LW_ATOM_NONE. */
static uint32_t
find_named(const struct lw_rules *s, enum lw_rule_field field, const struct lw_rule_text *name)
{
	size_t from = 0, to = s->named_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct lw_column *c = &s->columns[s->by_name[middle]];
		size_t length = strlen(c->name);
		int r = (c->field > field) - (c->field < field);

		if (r == 0)
			r = memcmp(c->name, name->data, LW_MIN(length, name->length));
		if (r == 0)
			r = (length > name->length) - (length < name->length);
		if (r == 0)
			return s->by_name[middle];
		if (r < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return LW_ATOM_NONE;
}

static void
feed_pairs(struct lw_rules *s, enum lw_rule_field field, const struct lw_rule_pair *pairs,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t column = find_named(s, field, &pairs[i].name);

		if (s->has_keywords || column != LW_ATOM_NONE)
			feed(s, column, &pairs[i].value);
	}
}

/* "MD5=...,SHA256=...", as Sysmon writes it */
static struct lw_rule_text
hashes_of(struct lw_scratch *c, const struct lw_rule_event *event)
{
	static const struct {
		enum lw_rule_field field;
		const char *name;
	} rows[] = {
		{LW_RULE_SHA1, "SHA1"},
		{LW_RULE_MD5, "MD5"},
		{LW_RULE_SHA256, "SHA256"},
		{LW_RULE_IMPHASH, "IMPHASH"},
	};
	size_t length = 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(rows); i++) {
		const struct lw_rule_text *t = &event->text[rows[i].field];

		if (!t->data || t->length > 64 || length + t->length + 16 > sizeof(c->hashes))
			continue;
		length += snprintf(&c->hashes[length], sizeof(c->hashes) - length, "%s%s=%.*s",
			length > 0 ? "," : "", rows[i].name, (int)t->length, t->data);
	}
	return (struct lw_rule_text){.data = length > 0 ? c->hashes : NULL, .length = length};
}

static void
lay_out(struct lw_rules *s, const struct lw_rule_event *event)
{
	struct lw_scratch *c = &s->scratch;
	struct lw_rule_text hashes = hashes_of(c, event);

	memcpy(c->truth, c->initial, s->atom_count);
	memset(c->head, 0xff, s->column_count * sizeof(*c->head));
	memset(c->crowd, 0, s->column_count);
	c->element_count = c->used = 0;
	c->limited = 0;
	c->regex_until_us = 0;
	c->cut = false;
	c->event = event;
	for (int i = 0; i < LW_RULE_TEXT_COUNT; i++)
		if (event->text[i].data)
			feed(s, i, &event->text[i]);
	if (!event->text[LW_RULE_HASHES].data && hashes.data)
		feed(s, LW_RULE_HASHES, &hashes);
	for (size_t i = 0; i < event->ancestor_count; i++)
		feed(s, LW_RULE_ANCESTORS, &event->ancestors[i]);
	feed_pairs(s, LW_RULE_ENVIRONMENT, event->environment, event->environment_count);
	feed_pairs(s, LW_RULE_LABEL, event->labels, event->label_count);
}

/* The first value of a column, and the one after it; keywords: all values. NULL at the end. */
static const struct lw_element *
first_of(const struct lw_scratch *c, uint32_t column)
{
	if (column == LW_COLUMN_KEYWORDS)
		return c->element_count > 0 ? &c->elements[c->element_count - 1] : NULL;
	return c->head[column] != LW_ATOM_NONE ? &c->elements[c->head[column]] : NULL;
}

static const struct lw_element *
next_of(const struct lw_scratch *c, uint32_t column, const struct lw_element *e)
{
	if (column == LW_COLUMN_KEYWORDS)
		return e > c->elements ? e - 1 : NULL;
	return e->next != LW_ATOM_NONE ? &c->elements[e->next] : NULL;
}

static bool
is_number(const struct lw_rules *s, uint32_t column)
{
	return lw_field_row(s->columns[column].field)->type == LW_FIELD_NUMBER;
}

static bool
has_number(const struct lw_scratch *c, uint32_t column)
{
	return c->event->numbers & UINT64_C(1) << column;
}

static bool
test_present(struct lw_rules *s, const struct lw_atom *a)
{
	if (a->column < LW_COLUMN_KEYWORDS && is_number(s, a->column))
		return has_number(&s->scratch, a->column);
	return first_of(&s->scratch, a->column) != NULL;
}

static bool
compare(enum lw_compare how, int64_t x, int64_t y)
{
	const bool results[] = {
		[LW_COMPARE_EQUAL] = x == y,
		[LW_COMPARE_LESS] =
			x<y, [LW_COMPARE_LESS_EQUAL] = x <= y, [LW_COMPARE_GREATER] = x> y,
		[LW_COMPARE_GREATER_EQUAL] = x >= y,
	};

	static_assert(LW_ARRAY_SIZE(results) == LW_COMPARE_COUNT, "each comparison has a result");
	return results[how];
}

static bool
test_number(struct lw_rules *s, const struct lw_atom *a)
{
	return has_number(&s->scratch, a->column) &&
	       compare(a->compare, s->scratch.event->number[a->column], a->number);
}

/* Tests of one value. */
static bool
is_empty(struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e)
{
	return e->length == 0;
}

static bool
meets_wildcard(struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e)
{
	return lw_wildcard_match(a->wildcard, a->cased ? e->raw : e->folded, e->length);
}

/* Of this thread: what else runs on the machine must change no answer. */
static uint64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * UINT64_C(1000000) + t.tv_nsec / 1000;
}

/* Each search has its limit of steps; many that stay below it are bounded by time. */
static bool
meets_regex(struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e)
{
	struct lw_scratch *c = &s->scratch;
	uint64_t now = cpu_us();
	int r = -E2BIG;

	if (c->regex_until_us == 0)
		c->regex_until_us = now + REGEX_US_MAX;
	if (now < c->regex_until_us)
		r = lw_regex_search(a->regex, (const char *)e->raw, e->length);
	if (r >= 0)
		return r == 1;
	c->limited++;
	c->rule_limited = true;
	return false;
}

static bool
is_in_network(struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e)
{
	return lw_cidr_holds(&a->cidr, (const char *)e->raw, e->length);
}

static bool
holds(const struct lw_atom *a, const struct lw_element *e, const struct lw_element *other)
{
	const uint8_t *text = a->cased ? e->raw : e->folded;
	const uint8_t *part = a->cased ? other->raw : other->folded;
	size_t left = e->length - other->length;

	if (other->length > e->length || (a->at == (LW_AT_START | LW_AT_END) && left != 0))
		return false;
	if (a->at & LW_AT_START)
		return memcmp(text, part, other->length) == 0;
	if (a->at & LW_AT_END)
		return memcmp(&text[left], part, other->length) == 0;
	return memmem(text, e->length, part, other->length) != NULL;
}

static bool
is_as_other(struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e)
{
	const struct lw_scratch *c = &s->scratch;

	for (const struct lw_element *o = first_of(c, a->other); o; o = next_of(c, a->other, o))
		if (holds(a, e, o))
			return true;
	return false;
}

static bool (*const tests[LW_ATOM_KINDS])(
	struct lw_rules *s, const struct lw_atom *a, const struct lw_element *e) = {
	[LW_ATOM_EMPTY] = is_empty,
	[LW_ATOM_WILDCARD] = meets_wildcard,
	[LW_ATOM_REGEX] = meets_regex,
	[LW_ATOM_CIDR] = is_in_network,
	[LW_ATOM_SAME] = is_as_other,
};

static bool
same_number(struct lw_rules *s, const struct lw_atom *a)
{
	const struct lw_scratch *c = &s->scratch;

	return has_number(c, a->column) && has_number(c, a->other) &&
	       c->event->number[a->column] == c->event->number[a->other];
}

static bool
work_out(struct lw_rules *s, const struct lw_atom *a)
{
	const struct lw_scratch *c = &s->scratch;

	if (a->kind == LW_ATOM_PRESENT)
		return test_present(s, a);
	if (a->kind == LW_ATOM_NUMBER)
		return test_number(s, a);
	if (a->kind == LW_ATOM_SAME && is_number(s, a->column))
		return same_number(s, a);
	for (const struct lw_element *e = first_of(c, a->column); e; e = next_of(c, a->column, e))
		if (tests[a->kind](s, a, e))
			return true;
	return false;
}

static bool
ask(struct lw_rules *s, uint32_t atom)
{
	const struct lw_atom *a = &s->atoms[atom];
	uint8_t *truth = s->scratch.truth;

	if (truth[atom] == TRUTH_UNKNOWN) {
		bool possible = a->guard == LW_ATOM_NONE || truth[a->guard] != TRUTH_FALSE;
		bool sure = a->kind == LW_ATOM_REGEX && a->can == LW_SEARCH_EXACT;

		truth[atom] = possible && (sure || work_out(s, a)) ? TRUTH_TRUE : TRUTH_FALSE;
	}
	return truth[atom] == TRUTH_TRUE;
}

static bool
walk(struct lw_rules *s, uint32_t at)
{
	while (at < LW_STEP_FALSE) {
		const struct lw_step *step = &s->steps.rows[at];

		at = ask(s, step->atom) ? step->yes : step->no;
	}
	return at == LW_STEP_TRUE;
}

static enum lw_action
action_of(const struct lw_rules *s, uint32_t rule)
{
	return s->rules[rule].info.action;
}

/* Takes the last of those with the weakest action out, if that is weaker than this one. */
static void
make_room(const struct lw_rules *s, struct lw_rule_matches *out, enum lw_action action)
{
	unsigned weakest = 0;

	for (unsigned i = 1; i < out->count; i++)
		if (action_of(s, out->rules[i]) <= action_of(s, out->rules[weakest]))
			weakest = i;
	if (action_of(s, out->rules[weakest]) >= action)
		return;
	out->count--;
	memmove(&out->rules[weakest], &out->rules[weakest + 1],
		(out->count - weakest) * sizeof(out->rules[0]));
}

static void
add_match(const struct lw_rules *s, struct lw_rule_matches *out, uint32_t rule)
{
	enum lw_action action = action_of(s, rule);

	if (out->count == 0 || action > action_of(s, out->strongest))
		out->strongest = rule;
	if (out->count == LW_RULE_MATCHES_MAX) {
		make_room(s, out, action);
		out->more++;
	}
	if (out->count < LW_RULE_MATCHES_MAX)
		out->rules[out->count++] = rule;
}

void
lw_rules_evaluate(
	struct lw_rules *s, const struct lw_rule_event *event, struct lw_rule_matches *out)
{
	*out = (struct lw_rule_matches){0};
	if (s->active_count == 0)
		return;
	lay_out(s, event);
	for (size_t i = 0; i < s->active_count; i++) {
		s->scratch.rule_limited = false;
		if (walk(s, s->active[i].entry))
			add_match(s, out, s->active[i].rule);
		if (s->scratch.rule_limited && out->limited_count < LW_RULE_MATCHES_MAX)
			out->limited_rules[out->limited_count++] = s->active[i].rule;
	}
	out->limited = s->scratch.limited;
	out->cut = s->scratch.cut;
}

bool
lw_rules_test(struct lw_rules *s, size_t rule, const struct lw_rule_event *event)
{
	lay_out(s, event);
	return walk(s, s->rules[rule].entry);
}

const char *
lw_rules_selection(struct lw_rules *s, size_t rule, size_t i, bool *held)
{
	const struct lw_rule *r = &s->rules[rule];

	if (i >= r->selection_count)
		return NULL;
	*held = walk(s, s->selections[r->first_selection + i].entry);
	return s->selections[r->first_selection + i].name;
}
