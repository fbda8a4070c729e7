/*
 * value: what the types of values share (value_*.c). Private to src/policy.
 */
#ifndef LW_POLICY_VALUE_H
#define LW_POLICY_VALUE_H

#include "policy/load.h"

/* lw_type.done of a field that owns nothing. */
void lw_value_keep(const struct lw_key *k, void *field);
/* "one value is expected, not a list". Returns LW_REFUSED. */
int lw_value_refuse_shape(struct lw_loader *l, const struct lw_key *k,
	const struct lw_yaml_node *n);
/* Is this a scalar, or a list with as many items as the row allows? 0 or LW_REFUSED. */
int lw_value_check_list(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n);

#endif
