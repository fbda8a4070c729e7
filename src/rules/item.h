/*
 * item: one line of a selection, "field|modifiers: values", or values without a field (keywords),
 * as an expression over atoms. Called by detection. Returns as build.h says.
 */
#ifndef LW_RULES_ITEM_H
#define LW_RULES_ITEM_H

#include "rules/build.h"

/* n: the value, with its key. */
int lw_item_compile(struct lw_build *b, const struct lw_yaml_node *n, uint32_t *out);
/* n: a text, or a list of texts, that may stand in any field. */
int lw_item_keywords(struct lw_build *b, const struct lw_yaml_node *n, uint32_t *out);

#endif
