/*
 * expr: a rule's conditions as expressions over atoms while it is compiled, and the flat code that
 * they become.
 *
 * The code of an expression is a run of steps: test an atom, go on at one step or at another. A
 * step leads only to steps before it or to the end, so every walk ends, and "not" costs nothing.
 * Owns the nodes; the steps are the rule set's.
 */
#ifndef LW_RULES_EXPR_H
#define LW_RULES_EXPR_H

#include "rules/rules.h"

#define LW_STEP_TRUE UINT32_MAX
#define LW_STEP_FALSE (UINT32_MAX - 1)
#define LW_EXPR_NONE UINT32_MAX

struct lw_step {
	uint32_t atom;
	uint32_t yes, no; /* indexes of steps, or LW_STEP_TRUE, LW_STEP_FALSE */
};

struct lw_steps {
	struct lw_step *rows;
	size_t count, capacity;
};

enum lw_expr_kind { LW_EXPR_ATOM, LW_EXPR_AND, LW_EXPR_OR, LW_EXPR_NOT, LW_EXPR_REF };

struct lw_expr {
	enum lw_expr_kind kind;
	uint32_t of; /* the atom, or the node that a reference means */
	uint32_t first, next; /* children from the last to the first, in one chain */
};

struct lw_exprs {
	struct lw_expr *rows;
	size_t count, capacity;
};

void lw_exprs_done(struct lw_exprs *e);

/* A node without children; 0, -E2BIG beyond LW_RULE_NODES_MAX, or -ENOMEM. An empty "and" is true,
 * an empty "or" false. */
int lw_expr_add(struct lw_exprs *e, enum lw_expr_kind kind, uint32_t of, uint32_t *out);
/* The child must have no parent yet; what is meant twice needs a reference. */
void lw_expr_attach(struct lw_exprs *e, uint32_t parent, uint32_t child);

/*
 * Writes the code of a node; *entry is where it begins. Recursion is bounded by the depth of the
 * nodes. Returns 0, -E2BIG beyond LW_RULES_STEPS_MAX, or -ENOMEM.
 */
int lw_expr_emit(
	const struct lw_exprs *e, uint32_t node, struct lw_steps *steps, uint32_t *entry);

#endif
