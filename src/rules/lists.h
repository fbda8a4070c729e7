/*
 * lists: the named lists that "%name%" stands for in a value with |expand. A text of lists is a map
 * of names to lists of texts. Called by the loader. Owns the names and values.
 */
#ifndef LW_RULES_LISTS_H
#define LW_RULES_LISTS_H

#include "yaml/yaml.h"

#define LW_LIST_NAME_SIZE 64
#define LW_LISTS_MAX 1024u
#define LW_LIST_VALUES_MAX 4096u /* of one list */

struct lw_rule_list {
	char name[LW_LIST_NAME_SIZE];
	char **values;
	size_t count, capacity;
};

struct lw_rule_lists {
	struct lw_rule_list *rows;
	size_t count, capacity;
};

void lw_rule_lists_done(struct lw_rule_lists *lists);

/*
 * Adds the lists of a text; a name that was there gets the further values. Returns 0, 1 with *error
 * filled (what came before it stays), or -ENOMEM.
 */
int lw_rule_lists_add(struct lw_rule_lists *lists, const char *text, size_t length,
	struct lw_yaml_error *error);
const struct lw_rule_list *lw_rule_lists_find(
	const struct lw_rule_lists *lists, const char *name, size_t length);

#endif
