/*
 * schema: the rows that describe every key of the policy, and the types that the values have.
 *
 * A row drives parsing, defaults, bounds, the dump, the descriptions for people and the tests of
 * the man page. Private to src/policy; others use describe.h.
 */
#ifndef LW_POLICY_SCHEMA_H
#define LW_POLICY_SCHEMA_H

#include "policy/policy.h"
#include "yaml/yaml.h"

#define LW_STRING_MAX 4096	/* bytes of one path, glob or other text */
#define LW_KEY_MAX 64		/* bytes of a dotted key, with its NUL */
#define LW_REFUSED 1		/* positive outcome: refused, and said so in the errors */

struct lw_loader;
struct lw_key;

/* One kind of value. All work on the field of the row, wherever it lies. */
struct lw_type {
	/* 0, LW_REFUSED or -ENOMEM. The field holds a value of this type, maybe an empty one. */
	int (*parse)(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
		void *field);
	/* The canonical YAML, in one line. NULL: the dump has a layout of its own. */
	void (*print)(const struct lw_key *k, const void *field, struct lw_text *out);
	/* Frees what the field owns and leaves it empty. */
	void (*done)(const struct lw_key *k, void *field);
	/* Has the field a value? NULL: always. */
	bool (*present)(const void *field);
	/* What may stand there, for people. */
	void (*describe)(const struct lw_key *k, struct lw_text *out);
};

/* The words of an enum; `allowed` is a bit mask over their numbers. */
struct lw_words {
	const char *(*word)(int v);
	int count;
};

struct lw_unit {
	const char *suffix;
	uint64_t factor;
};

/* Units from the largest to the smallest; the number is kept in units of factor 1. */
struct lw_units {
	const char *name;	/* "duration" */
	const struct lw_unit *units;
	size_t count;
	bool bare;		/* a number without suffix is meant too, and how the dump says it */
};

/* A list of objects: where they lie and how one is made. */
struct lw_objects {
	const struct lw_key *keys;	/* of one object */
	size_t key_count;
	size_t size;			/* bytes of one */
	size_t count_offset;		/* of the size_t that counts them, in the list's owner */
	const char *scalar;		/* key that a mere scalar stands for, or NULL */
	bool embedded;			/* the field is the array; else a pointer to it */
	/* a later file adds to an earlier one's list; else replaces */
	bool append;
	/* After its keys were read: 0, LW_REFUSED or -ENOMEM. May be NULL. */
	int (*finish)(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
		void *object);
};

struct lw_key {
	const char *key;		/* dotted */
	const struct lw_type *type;
	size_t offset;			/* of the field in the struct that the table is about */
	const char *fallback;		/* default as YAML; NULL: absent unless given */
	const char *doc;		/* one sentence */
	uint64_t min, max;		/* of a number; of a text's length; of a list's count */
	const struct lw_words *words;
	uint32_t allowed;		/* mask over words; 0 = all */
	const struct lw_units *units;
	const struct lw_objects *objects;
	const char *fixed;		/* the one value there is */
	const char *later;		/* a value that a later version has; "*" = all others */
	const char *(*check)(const char *text);	/* of each text: NULL or what is wrong with it */
	bool (*applies)(const void *base);	/* has this object the key at all? NULL: always */
	bool required;
};

extern const struct lw_type lw_type_bool, lw_type_enum, lw_type_u32, lw_type_u64, lw_type_string,
	lw_type_strings, lw_type_fixed, lw_type_set, lw_type_digests, lw_type_ranges,
	lw_type_objects;

/* All keys, in the order of the dump. */
extern const struct lw_key lw_schema[];
extern const size_t lw_schema_count;

/* The keys of one rule. An exception has the same but the last one (action). */
extern const struct lw_key lw_rule_schema[];
extern const size_t lw_rule_schema_count;
/* Those of them that are conditions: "match.*". */
extern const size_t lw_match_first, lw_match_count;

static inline void *
lw_field(const struct lw_key *k, void *base)
{
	return (char *)base + k->offset;
}

static inline const void *
lw_field_const(const struct lw_key *k, const void *base)
{
	return (const char *)base + k->offset;
}

#endif
