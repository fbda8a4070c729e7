/*
 * rule: one document of YAML -> one rule of the set: what is said about it, where it applies, and
 * by detection.h when it matches. Called by the loader. Returns as build.h says.
 */
#ifndef LW_RULES_RULE_H
#define LW_RULES_RULE_H

#include "rules/build.h"

#define LW_RULE_MODULE_DEFAULT "SIGMA_RULE_MATCHED"

/* source: the text's name, kept by the set. */
int lw_rule_compile(struct lw_build *b, const struct lw_yaml_node *root, const char *source,
	struct lw_rule *out);

#endif
