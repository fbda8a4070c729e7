/*
 * pattern: a value of a rule as the specification reads it: bytes and wildcards; several where
 * placeholders and modifiers made more of one. Called while rules are compiled. Owns its rows.
 *
 * "*" is any run, "?" one character; a backslash before one of them or before another backslash
 * makes it plain, before anything else it is itself.
 */
#ifndef LW_RULES_PATTERN_H
#define LW_RULES_PATTERN_H

#include "rules/lists.h"
#include "rules/rules.h"

/* An item is a byte or one of these. */
#define LW_PATTERN_ANY 256u
#define LW_PATTERN_ONE 257u
#define LW_PATTERNS_MAX 4096u /* variants of one value */

struct lw_pattern {
	uint16_t *items;
	size_t length, capacity;
};

struct lw_patterns {
	struct lw_pattern *rows;
	size_t count, capacity;
};

void lw_patterns_done(struct lw_patterns *p);
#define _cleanup_patterns_ _cleanup_(lw_patterns_done)

/* All return 0, -E2BIG beyond LW_RULE_PATTERN_MAX or LW_PATTERNS_MAX, or -ENOMEM. */

/* Another row with nothing in it. */
int lw_patterns_add(struct lw_patterns *p, struct lw_pattern **out);
int lw_pattern_add(struct lw_pattern *p, uint16_t item);
int lw_pattern_add_bytes(struct lw_pattern *p, const void *bytes, size_t length);
int lw_pattern_add_items(struct lw_pattern *p, const uint16_t *items, size_t length);
/* Each row is followed by each of the alternatives: count * alternatives rows. */
int lw_patterns_multiply(struct lw_patterns *p, const struct lw_patterns *alternatives);
/* The same for one item. */
int lw_patterns_append(struct lw_patterns *p, uint16_t item);

/*
 * Reads a value. With lists "%name%" stands for each value of that list ("\%" is plain); without
 * (NULL) it is text. Also returns -ENOENT with the name of a list that is not there in missing.
 */
int lw_patterns_parse(const char *text, size_t length, const struct lw_rule_lists *lists,
	struct lw_patterns *out, char missing[LW_LIST_NAME_SIZE]);

/* Wildcards that stand together say no more than one; called before the shape is asked for. */
void lw_pattern_simplify(struct lw_pattern *p);
bool lw_pattern_has_wildcard(const struct lw_pattern *p);

#endif
