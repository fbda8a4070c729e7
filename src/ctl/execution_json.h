/*
 * execution_json: an execution as flat JSON, {"Image": "/usr/bin/nc", "Ancestors": ["/bin/sh"],
 * "Environment.LD_PRELOAD": "x", "ContainerAge": 12}, as an event for the rules. Keys are the
 * fields' names (src/rules/field.c); null is as if the key were not there.
 */
#ifndef LW_CTL_EXECUTION_JSON_H
#define LW_CTL_EXECUTION_JSON_H

#include "ctl/tree.h"
#include "rules/rules.h"

#define LW_EXECUTION_REASON_SIZE 160

/* Points into the tree that it was read from. */
struct lw_execution_json {
	struct lw_rule_event event;
	struct lw_rule_text *ancestors;
	struct lw_rule_pair *environment, *labels;
};

void lw_execution_json_done(struct lw_execution_json *e);

/* Returns 0, 1 with the reason where it is no such object, or -ENOMEM. */
int lw_execution_json_read(const struct lw_tree_node *root, struct lw_execution_json *out,
	char reason[LW_EXECUTION_REASON_SIZE]);

#endif
