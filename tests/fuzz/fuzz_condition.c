/*
 * fuzz_condition: any text as a condition over five selections. The code that it becomes must say
 * what the expression says, whatever the selections are.
 */
#include <string.h>

#include "rules/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SELECTIONS 5

static const char *const names[SELECTIONS] = {"a", "sel_b", "sel_c", "_d", "of"};

static bool
says(const struct lw_exprs *e, uint32_t node, unsigned truth)
{
	const struct lw_expr *x = &e->rows[node];
	bool all = x->kind == LW_EXPR_AND;

	if (x->kind == LW_EXPR_ATOM)
		return truth >> x->of & 1;
	if (x->kind == LW_EXPR_REF)
		return says(e, x->of, truth);
	if (x->kind == LW_EXPR_NOT)
		return !says(e, x->first, truth);
	for (uint32_t c = x->first; c != LW_EXPR_NONE; c = e->rows[c].next)
		if (says(e, c, truth) != all)
			return !all;
	return all;
}

static bool
walk(const struct lw_steps *steps, uint32_t at, unsigned truth)
{
	while (at < LW_STEP_FALSE) {
		const struct lw_step *s = &steps->rows[at];
		uint32_t next = truth >> s->atom & 1 ? s->yes : s->no;

		if (next < LW_STEP_FALSE && next >= at)
			abort();
		at = next;
	}
	return at == LW_STEP_TRUE;
}

static void
compare(struct lw_exprs *e, uint32_t root)
{
	struct lw_steps steps = {0};
	uint32_t entry;

	if (lw_expr_emit(e, root, &steps, &entry) == 0)
		for (unsigned truth = 0; truth < 1u << SELECTIONS; truth++)
			if (says(e, root, truth) != walk(&steps, entry, truth))
				abort();
	free(steps.rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lw_exprs_done) struct lw_exprs e = {0};
	struct lw_selection_name selections[SELECTIONS];
	char reason[LW_RULE_REASON_SIZE];
	_cleanup_free_ char *text = strndup((const char *)data, size);
	uint32_t root;

	for (uint32_t i = 0; i < SELECTIONS; i++) {
		selections[i].name = names[i];
		lw_expr_add(&e, LW_EXPR_ATOM, i, &selections[i].node);
	}
	if (text && lw_condition_parse(text, selections, SELECTIONS, &e, &root, reason) == 0)
		compare(&e, root);
	return 0;
}
