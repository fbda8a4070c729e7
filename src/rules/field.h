/*
 * field: the table of what a rule can ask about, by the names that rules use. Pure.
 */
#ifndef LW_RULES_FIELD_H
#define LW_RULES_FIELD_H

#include "rules/rules.h"

enum lw_field_type {
	LW_FIELD_TEXT,
	LW_FIELD_NUMBER,
	LW_FIELD_LIST, /* of texts */
	LW_FIELD_NAMED, /* texts by name: the row's name is a prefix */
};

struct lw_field {
	const char *name;
	enum lw_field_type type;
	/* where the values are words of a fixed set: is this one? NULL = any text */
	bool (*is_word)(const char *text);
	const char *words; /* and that set, for messages */
};

const struct lw_field *lw_field_row(enum lw_rule_field field);
/*
 * Finds a field by its name in a rule; *rest becomes what follows the prefix of a named one (within
 * name), else "". Returns the enum lw_rule_field or -ENOENT.
 */
int lw_field_find(const char *name, const char **rest);

#endif
