/*
 * custom: interpreters that the policy adds (capture.interpreters), as rows of the table.
 *
 * For classify and resolve. Owns the rows and their texts.
 */
#ifndef LW_POLICY_CUSTOM_H
#define LW_POLICY_CUSTOM_H

#include "layerwatch/interpreter.h"
#include "policy/policy.h"

struct lw_custom;

/* Copies what it needs. 0 or -ENOMEM. */
int lw_custom_new(
	struct lw_custom **out, const struct lw_interpreter_settings *settings, size_t count);
struct lw_custom *lw_custom_free(struct lw_custom *c);	/* always NULL */
void lw_custom_freep(struct lw_custom **c);

/* Valid as long as it. */
struct lw_interpreters lw_custom_rows(const struct lw_custom *c);

#endif
