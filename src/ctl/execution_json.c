#include "ctl/execution_json.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "rules/field.h"

void
lw_execution_json_done(struct lw_execution_json *e)
{
	free(e->ancestors);
	free(e->environment);
	free(e->labels);
	*e = (struct lw_execution_json){0};
}

static int _printf_(2, 3) refuse(char reason[LW_EXECUTION_REASON_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, LW_EXECUTION_REASON_SIZE, fmt, ap);
	va_end(ap);
	return 1;
}

static struct lw_rule_text
text_of(const struct lw_tree_node *n)
{
	return (struct lw_rule_text){.data = n->text ? n->text : "", .length = n->length};
}

static int
take_text(struct lw_execution_json *e, const struct lw_tree_node *n, enum lw_rule_field field,
	const char *name, char reason[LW_EXECUTION_REASON_SIZE])
{
	if (n->type != LW_TREE_STRING)
		return refuse(reason, "%.64s: a text belongs here", n->key);
	e->event.text[field] = text_of(n);
	return 0;
}

static int
take_number(struct lw_execution_json *e, const struct lw_tree_node *n, enum lw_rule_field field,
	const char *name, char reason[LW_EXECUTION_REASON_SIZE])
{
	int64_t v = lw_tree_number(n, "", INT64_MIN);

	if (v == INT64_MIN)
		return refuse(reason, "%.64s: a whole number belongs here", n->key);
	e->event.number[field] = v;
	e->event.numbers |= UINT64_C(1) << field;
	return 0;
}

static int
take_list(struct lw_execution_json *e, const struct lw_tree_node *n, enum lw_rule_field field,
	const char *name, char reason[LW_EXECUTION_REASON_SIZE])
{
	size_t count = 0;

	if (n->type != LW_TREE_LIST || e->ancestors)
		return refuse(reason, "%.64s: one list of texts belongs here", n->key);
	for (const struct lw_tree_node *c = n->first; c; c = c->next) {
		if (c->type != LW_TREE_STRING)
			return refuse(reason, "%.64s: a list of texts belongs here", n->key);
		count++;
	}
	e->ancestors = calloc(count + 1, sizeof(*e->ancestors));
	if (!e->ancestors)
		return -ENOMEM;
	for (const struct lw_tree_node *c = n->first; c; c = c->next)
		e->ancestors[e->event.ancestor_count++] = text_of(c);
	e->event.ancestors = e->ancestors;
	return 0;
}

static int
take_named(struct lw_execution_json *e, const struct lw_tree_node *n, enum lw_rule_field field,
	const char *name, char reason[LW_EXECUTION_REASON_SIZE])
{
	bool label = field == LW_RULE_LABEL;
	struct lw_rule_pair pair = {
		.name = {.data = name, .length = strlen(name)}, .value = text_of(n)};

	if (n->type != LW_TREE_STRING)
		return refuse(reason, "%.64s: a text belongs here", n->key);
	if (label)
		e->labels[e->event.label_count++] = pair;
	else
		e->environment[e->event.environment_count++] = pair;
	return 0;
}

static int (*const takers[])(struct lw_execution_json *e, const struct lw_tree_node *n,
	enum lw_rule_field field, const char *name, char reason[LW_EXECUTION_REASON_SIZE]) = {
	[LW_FIELD_TEXT] = take_text,
	[LW_FIELD_NUMBER] = take_number,
	[LW_FIELD_LIST] = take_list,
	[LW_FIELD_NAMED] = take_named,
};

static int
take(struct lw_execution_json *e, const struct lw_tree_node *n,
	char reason[LW_EXECUTION_REASON_SIZE])
{
	const char *rest;
	int field = lw_field_find(n->key, &rest);

	if (field < 0)
		return refuse(reason, "there is no field \"%.64s\"", n->key);
	if (n->type == LW_TREE_NULL)
		return 0;
	return takers[lw_field_row(field)->type](e, n, field, rest, reason);
}

int
lw_execution_json_read(const struct lw_tree_node *root, struct lw_execution_json *out,
	char reason[LW_EXECUTION_REASON_SIZE])
{
	_cleanup_(lw_execution_json_done) struct lw_execution_json e = {0};
	size_t count = 0;
	int r = 0;

	if (!root || root->type != LW_TREE_MAP)
		return refuse(reason, "an object of fields belongs here");
	for (const struct lw_tree_node *n = root->first; n; n = n->next)
		count++;
	e.environment = calloc(count + 1, sizeof(*e.environment));
	e.labels = calloc(count + 1, sizeof(*e.labels));
	if (!e.environment || !e.labels)
		return -ENOMEM;
	e.event.environment = e.environment;
	e.event.labels = e.labels;
	for (const struct lw_tree_node *n = root->first; r == 0 && n; n = n->next)
		r = take(&e, n, reason);
	if (r == 0) {
		*out = e;
		e = (struct lw_execution_json){0};
	}
	return r;
}
