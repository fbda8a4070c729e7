#include "rules/expr.h"

#include <errno.h>

#include "rules/grow.h"

void
lw_exprs_done(struct lw_exprs *e)
{
	free(e->rows);
	*e = (struct lw_exprs){0};
}

int
lw_expr_add(struct lw_exprs *e, enum lw_expr_kind kind, uint32_t of, uint32_t *out)
{
	if (e->count == LW_RULE_NODES_MAX)
		return -E2BIG;
	if (!lw_grow(&e->rows, &e->capacity, e->count + 1, sizeof(*e->rows)))
		return -ENOMEM;
	e->rows[e->count] = (struct lw_expr){
		.kind = kind, .of = of, .first = LW_EXPR_NONE, .next = LW_EXPR_NONE};
	*out = e->count++;
	return 0;
}

void
lw_expr_attach(struct lw_exprs *e, uint32_t parent, uint32_t child)
{
	e->rows[child].next = e->rows[parent].first;
	e->rows[parent].first = child;
}

struct emitter {
	const struct lw_exprs *e;
	struct lw_steps *steps;
	size_t most; /* steps */
	int error;
};

static uint32_t
emit_atom(struct emitter *m, uint32_t atom, uint32_t yes, uint32_t no)
{
	struct lw_steps *s = m->steps;

	if (s->count >= m->most)
		m->error = -E2BIG;
	else if (!lw_grow(&s->rows, &s->capacity, s->count + 1, sizeof(*s->rows)))
		m->error = -ENOMEM;
	if (m->error < 0)
		return LW_STEP_FALSE;
	s->rows[s->count] = (struct lw_step){.atom = atom, .yes = yes, .no = no};
	return s->count++;
}

static uint32_t emit(struct emitter *m, uint32_t node, uint32_t yes, uint32_t no);

/* The last child first: each leads on to what was written before it. */
static uint32_t
emit_children(struct emitter *m, uint32_t node, uint32_t yes, uint32_t no)
{
	const struct lw_expr *rows = m->e->rows;
	bool all = rows[node].kind == LW_EXPR_AND;
	uint32_t entry = all ? yes : no;

	for (uint32_t c = rows[node].first; c != LW_EXPR_NONE && m->error == 0; c = rows[c].next)
		entry = all ? emit(m, c, entry, no) : emit(m, c, yes, entry);
	return entry;
}

static uint32_t
emit(struct emitter *m, uint32_t node, uint32_t yes, uint32_t no)
{
	const struct lw_expr *x = &m->e->rows[node];

	switch (x->kind) {
	case LW_EXPR_ATOM:
		return emit_atom(m, x->of, yes, no);
	case LW_EXPR_NOT:
		return emit(m, x->first, no, yes);
	case LW_EXPR_REF:
		return emit(m, x->of, yes, no);
	default:
		return emit_children(m, node, yes, no);
	}
}

int
lw_expr_emit(const struct lw_exprs *e, uint32_t node, struct lw_steps *steps, uint32_t *entry)
{
	struct emitter m = {.e = e,
		.steps = steps,
		.most = LW_MIN(steps->count + LW_RULE_NODES_MAX, LW_RULES_STEPS_MAX)};
	uint32_t begin = emit(&m, node, LW_STEP_TRUE, LW_STEP_FALSE);

	if (m.error == 0)
		*entry = begin;
	return m.error;
}
