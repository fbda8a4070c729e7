/*
 * condition: the text of a rule's condition -> an expression over its selections.
 *
 *   or      = and { "or" and }            and = not { "and" not }
 *   not     = "not" not | primary         primary = "(" or ")" | quantifier "of" what | name
 *   quantifier = "1" | "any" | "all"      what = "them" | name with "*"
 *
 * Words are taken in either case. "them" leaves out the selections whose name begins with "_".
 * Pure but for memory; recursion is bounded by LW_RULE_DEPTH_MAX.
 */
#ifndef LW_RULES_CONDITION_H
#define LW_RULES_CONDITION_H

#include "rules/expr.h"

struct lw_selection_name {
	const char *name;
	uint32_t node;
};

/*
 * Returns 0 with the root in *out, 1 with the reason, -E2BIG beyond the bounds of expr.h, or
 * -ENOMEM.
 */
int lw_condition_parse(const char *text, const struct lw_selection_name *selections, size_t count,
	struct lw_exprs *exprs, uint32_t *out, char reason[LW_RULE_REASON_SIZE]);

#endif
