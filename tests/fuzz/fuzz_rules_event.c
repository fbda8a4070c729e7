/*
 * fuzz_rules_event: rules, a line of "=", and an execution as JSON. What all rules together say
 * must be what each says alone, and what is sought for all expressions at once what PCRE2 says of
 * each.
 */
#include <string.h>

#include "ctl/execution_json.h"
#include "rules/set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MARK "\n=\n"

static bool
is_listed(const struct lw_rule_matches *m, uint32_t rule)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->rules[i] == rule)
			return true;
	return m->more > 0;
}

/* 1 = PCRE2 finds it in a value of the column, 0 = in none, -1 = it gave up. */
static int
found(struct lw_rules *s, const struct lw_atom *a)
{
	const struct lw_scratch *c = &s->scratch;
	int result = 0;

	for (size_t i = 0; i < c->element_count && result == 0; i++) {
		const struct lw_element *e = &c->elements[i];
		bool ours = a->column == LW_COLUMN_KEYWORDS;

		for (uint32_t n = c->head[a->column]; n != LW_ATOM_NONE; n = c->elements[n].next)
			ours = ours || n == i;
		if (!ours)
			continue;
		int r = lw_regex_search(a->regex, (const char *)e->raw, e->length);

		result = r < 0 ? -1 : r;
	}
	return result;
}

static void
compare_expressions(struct lw_rules *s)
{
	for (size_t i = 0; i < s->atom_count; i++) {
		const struct lw_atom *a = &s->atoms[i];
		bool hit = a->guard != LW_ATOM_NONE && s->scratch.truth[a->guard] == 1;
		int r = a->kind == LW_ATOM_REGEX && a->guard != LW_ATOM_NONE ? found(s, a) : -1;

		if (r == 1 && !hit)
			abort();
		if (r == 0 && hit && a->can == LW_SEARCH_EXACT)
			abort();
	}
}

static void
evaluate(struct lw_rules *s, const struct lw_rule_event *event)
{
	struct lw_rule_matches all;

	for (size_t i = 0; i < lw_rules_count(s); i++)
		lw_rules_enable(s, i, true);
	lw_rules_evaluate(s, event, &all);
	if (lw_rules_count(s) > 0)
		compare_expressions(s);
	for (size_t i = 0; i < lw_rules_count(s) && all.limited == 0; i++)
		if (lw_rules_test(s, i, event) != is_listed(&all, i) && all.more == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = memmem(data, size, MARK, strlen(MARK));
	_cleanup_(lw_execution_json_done) struct lw_execution_json execution = {0};
	_cleanup_(lw_rules_freep) struct lw_rules *set = NULL;
	_cleanup_tree_ struct lw_tree *tree = NULL;
	char reason[LW_EXECUTION_REASON_SIZE];

	if (!mark)
		return 0;
	size_t length = mark - data, at = length + strlen(MARK);
	struct lw_rules_source source = {
		.name = "fuzz.yml", .text = (const char *)data, .length = length};

	if (lw_tree_parse((const char *)&data[at], size - at, &tree) != 0 ||
		lw_execution_json_read(lw_tree_root(tree), &execution, reason) != 0 ||
		lw_rules_load(&source, 1, &set) < 0)
		return 0;
	evaluate(set, &execution.event);
	return 0;
}
