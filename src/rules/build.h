/*
 * build: a rule set in the making: what one rule adds to it, and what is taken back when that rule
 * is refused.
 *
 * Functions that return int give 0, 1 when the rule is refused (the place and reason are then in
 * b->error), or -ENOMEM.
 */
#ifndef LW_RULES_BUILD_H
#define LW_RULES_BUILD_H

#include "rules/lists.h"
#include "rules/pattern.h"
#include "rules/set.h"

/* Something to find, what it sets, and where it must be. */
struct lw_build_row {
	uint32_t scope, atom, at;
	bool dropped;
	struct lw_sought sought; /* owns its bytes */
};

struct lw_build {
	struct lw_rules *set;
	const struct lw_rule_lists *lists;
	struct lw_build_row *rows;
	size_t row_count, row_capacity;

	/* of the rule at hand */
	uint32_t line_offset; /* lines of the text before its document */
	struct lw_exprs exprs;
	uint64_t fields;
	size_t values;
	size_t expressions; /* that are sought, of all rules */
	struct lw_yaml_error error;
	char reason[LW_RULE_REASON_SIZE];
	/* what the set had before it */
	struct {
		size_t rows, columns, atoms, selections, steps;
	} before;
};

int lw_build_init(struct lw_build *b, struct lw_rules *set, const struct lw_rule_lists *lists);
void lw_build_done(struct lw_build *b);

void lw_build_begin(struct lw_build *b, uint32_t line_offset);
/* Takes back what was added since the beginning of the rule. */
void lw_build_undo(struct lw_build *b);

/* Notes the place and the reason; returns 1. */
int lw_refuse(struct lw_build *b, const struct lw_yaml_node *at, const char *fmt, ...)
	_printf_(3, 4);
/* The place of a value's key, for what is wrong with that. */
struct lw_yaml_node lw_key_place(const struct lw_yaml_node *n);
/* What a function with the bounds of pattern.h and expr.h returned, as build's own. */
int lw_build_result(struct lw_build *b, const struct lw_yaml_node *at, int r);

/* The column of a field, or of its member `name`. */
int lw_build_column(struct lw_build *b, const struct lw_yaml_node *at, enum lw_rule_field field,
	const char *name, uint32_t *out);
/* Takes what the atom owns, also when it fails. */
int lw_build_atom(struct lw_build *b, const struct lw_atom *atom, uint32_t *out);
/* Another text, or expression, that sets this atom when it is found where `at` says. */
int lw_build_row(struct lw_build *b, const struct lw_yaml_node *where, uint32_t atom,
	const struct lw_sought *sought, unsigned at);

/* Compiles the automata and allocates the scratch. 0, -EINVAL or -ENOMEM. */
int lw_build_finish(struct lw_build *b);

#endif
