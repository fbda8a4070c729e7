/*
 * detection: the `detection` section of a rule: its selections and conditions -> the code of the
 * rule. Called by rule. Returns as build.h says.
 */
#ifndef LW_RULES_DETECTION_H
#define LW_RULES_DETECTION_H

#include "rules/build.h"

int lw_detection_compile(
	struct lw_build *b, const struct lw_yaml_node *detection, struct lw_rule *rule);

#endif
