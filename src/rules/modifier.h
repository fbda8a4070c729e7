/*
 * modifier: what follows a field's name, "CommandLine|base64offset|contains": the table of
 * modifiers, and one key taken apart. Pure.
 */
#ifndef LW_RULES_MODIFIER_H
#define LW_RULES_MODIFIER_H

#include "rules/encode.h"

#define LW_KEY_ENCODERS_MAX 8

enum {
	LW_MOD_ALL = 1 << 0,
	LW_MOD_CASED = 1 << 1,
	LW_MOD_REGEX = 1 << 2,
	LW_MOD_CIDR = 1 << 3,
	LW_MOD_COMPARE = 1 << 4,
	LW_MOD_EXISTS = 1 << 5,
	LW_MOD_FIELDREF = 1 << 6,
	LW_MOD_EXPAND = 1 << 7,
	LW_MOD_NOT = 1 << 8,
	LW_MOD_REGEX_FLAG = 1 << 9,
	LW_MOD_SHAPE = 1 << 10, /* contains, startswith, endswith */
	LW_MOD_ENCODES = 1 << 11,
};

struct lw_key {
	char field[256]; /* "" = keywords */
	unsigned modifiers; /* LW_MOD_* */
	unsigned regex; /* LW_REGEX_* */
	unsigned compare; /* enum lw_compare */
	unsigned at; /* LW_AT_*, of the shape; meaningful with LW_MOD_FIELDREF */
	lw_encoder encoders[LW_KEY_ENCODERS_MAX]; /* in the order of the key */
	size_t encoder_count;
};

/* Returns 0, or 1 with the reason. */
int lw_key_parse(const char *text, struct lw_key *out, char reason[LW_RULE_REASON_SIZE]);

#endif
