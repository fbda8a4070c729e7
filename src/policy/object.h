/*
 * object: the elements of the lists of objects, for whoever walks them by the schema. Private to
 * src/policy.
 */
#ifndef LW_POLICY_OBJECT_H
#define LW_POLICY_OBJECT_H

#include "policy/schema.h"

size_t lw_object_count(const struct lw_key *k, const void *field);
const void *lw_object_at(const struct lw_key *k, const void *field, size_t i);

#endif
