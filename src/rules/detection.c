#include "rules/detection.h"

#include <errno.h>
#include <string.h>

#include "rules/condition.h"
#include "rules/grow.h"
#include "rules/item.h"

/* Each line of a map must hold. */
static int
compile_map(struct lw_build *b, const struct lw_yaml_node *map, uint32_t *out)
{
	int r = lw_build_result(b, map, lw_expr_add(&b->exprs, LW_EXPR_AND, 0, out));

	if (r == 0 && !map->first)
		return lw_refuse(b, map, "an empty selection");
	for (const struct lw_yaml_node *n = map->first; r == 0 && n; n = n->next) {
		uint32_t child;

		r = lw_item_compile(b, n, &child);
		if (r == 0)
			lw_expr_attach(&b->exprs, *out, child);
	}
	return r;
}

static bool
holds_texts_only(const struct lw_yaml_node *list)
{
	for (const struct lw_yaml_node *n = list->first; n; n = n->next)
		if (n->type != LW_YAML_SCALAR)
			return false;
	return true;
}

/* One of the maps, or one of the keywords. */
static int
compile_list(struct lw_build *b, const struct lw_yaml_node *list, uint32_t *out)
{
	int r;

	if (holds_texts_only(list))
		return lw_item_keywords(b, list, out);
	r = lw_build_result(b, list, lw_expr_add(&b->exprs, LW_EXPR_OR, 0, out));
	for (const struct lw_yaml_node *n = list->first; r == 0 && n; n = n->next) {
		uint32_t child;

		if (n->type == LW_YAML_LIST)
			return lw_refuse(b, n, "a list within a list");
		r = n->type == LW_YAML_MAP ? compile_map(b, n, &child)
					   : lw_item_keywords(b, n, &child);
		if (r == 0)
			lw_expr_attach(&b->exprs, *out, child);
	}
	return r;
}

static int
compile_selection(struct lw_build *b, const struct lw_yaml_node *n, uint32_t *out)
{
	if (n->type == LW_YAML_MAP)
		return compile_map(b, n, out);
	if (n->type == LW_YAML_LIST)
		return compile_list(b, n, out);
	return lw_item_keywords(b, n, out);
}

/* The selection by itself, for `rules test`. */
static int
keep_selection(struct lw_build *b, const struct lw_yaml_node *n, uint32_t node)
{
	struct lw_rules *s = b->set;
	struct lw_selection kept = {.name = lw_rules_keep(s, n->key, strlen(n->key))};
	int r;

	if (!kept.name || !lw_grow(&s->selections, &s->selection_capacity, s->selection_count + 1,
				  sizeof(*s->selections)))
		return -ENOMEM;
	r = lw_build_result(b, n, lw_expr_emit(&b->exprs, node, &s->steps, &kept.entry));
	if (r == 0)
		s->selections[s->selection_count++] = kept;
	return r;
}

struct selections {
	struct lw_selection_name rows[LW_RULE_SELECTIONS_MAX];
	size_t count;
};

static int
add_selection(struct lw_build *b, const struct lw_yaml_node *n, struct selections *out)
{
	uint32_t node;
	int r;

	if (strcmp(n->key, "timeframe") == 0)
		return lw_refuse(b, n, "timeframe: one execution is looked at, not several");
	if (out->count == LW_RULE_SELECTIONS_MAX)
		return lw_refuse(b, n, "more than %u selections", LW_RULE_SELECTIONS_MAX);
	r = compile_selection(b, n, &node);
	if (r == 0)
		r = keep_selection(b, n, node);
	if (r == 0)
		out->rows[out->count++] = (struct lw_selection_name){.name = n->key, .node = node};
	return r;
}

static int
add_condition(struct lw_build *b, const struct lw_yaml_node *n, const struct selections *s,
	uint32_t parent)
{
	char reason[LW_RULE_REASON_SIZE];
	uint32_t node;
	int r;

	if (n->type != LW_YAML_SCALAR || lw_yaml_is_null(n))
		return lw_refuse(b, n, "a condition is a text");
	r = lw_condition_parse(n->text, s->rows, s->count, &b->exprs, &node, reason);
	if (r == 1)
		return lw_refuse(b, n, "condition: %s", reason);
	if (r == 0)
		lw_expr_attach(&b->exprs, parent, node);
	return lw_build_result(b, n, r);
}

/* One condition, or a list of which one must hold. */
static int
compile_conditions(struct lw_build *b, const struct lw_yaml_node *n, const struct selections *s,
	struct lw_rule *rule)
{
	const struct lw_yaml_node *c = n->type == LW_YAML_LIST ? n->first : n;
	uint32_t root;
	int r = lw_build_result(b, n, lw_expr_add(&b->exprs, LW_EXPR_OR, 0, &root));

	if (!c)
		return lw_refuse(b, n, "a condition is missing");
	for (; r == 0 && c; c = n->type == LW_YAML_LIST ? c->next : NULL)
		r = add_condition(b, c, s, root);
	if (r == 0)
		r = lw_build_result(
			b, n, lw_expr_emit(&b->exprs, root, &b->set->steps, &rule->entry));
	return r;
}

int
lw_detection_compile(struct lw_build *b, const struct lw_yaml_node *detection, struct lw_rule *rule)
{
	const struct lw_yaml_node *condition;
	struct selections selections = {0};
	int r = 0;

	if (detection->type != LW_YAML_MAP)
		return lw_refuse(b, detection, "detection: a map of selections belongs here");
	condition = lw_yaml_child(detection, "condition");
	if (!condition)
		return lw_refuse(b, detection, "detection: the condition is missing");
	rule->first_selection = b->set->selection_count;
	for (const struct lw_yaml_node *n = detection->first; r == 0 && n; n = n->next)
		if (n != condition)
			r = add_selection(b, n, &selections);
	rule->selection_count = selections.count;
	if (r == 0)
		r = compile_conditions(b, condition, &selections, rule);
	rule->fields = b->fields;
	return r;
}
