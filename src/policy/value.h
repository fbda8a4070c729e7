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
/* What the items of a list are. */
struct lw_value_item {
	size_t size;		/* bytes of one, zeroed before it is read */
	int (*read)(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
		void *item);	/* 0, LW_REFUSED or -ENOMEM: then the item owns nothing */
	void (*done)(void *item);	/* NULL = it owns nothing */
};

/*
 * One value, or a list with as many as the row allows. 0 and *items (malloc, *count of them), else
 * LW_REFUSED or -ENOMEM.
 */
int lw_value_read_list(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	const struct lw_value_item *item, void **items, size_t *count);

#endif
