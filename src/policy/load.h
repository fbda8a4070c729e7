/*
 * load: YAML trees into a policy by the schema. What parsers of values need of the loader.
 * Private to src/policy.
 */
#ifndef LW_POLICY_LOAD_H
#define LW_POLICY_LOAD_H

#include "policy/rule.h"
#include "policy/schema.h"

#define LW_ERRORS_MAX 64	/* errors told of one policy; then "more errors" */

struct lw_loader {
	struct lw_policy *policy;
	const struct lw_policy_source *sources;
	size_t source_count;
	size_t source;		/* being read; source_count = the defaults */
	const char *context;	/* "rules[]." while the keys of a rule are read, else "" */
	struct lw_text *errors;
	size_t error_count;
	size_t bytes_left, nodes_left;	/* that the sources may still have, together */
	uint64_t given;		/* bit i: a source has the key of row i of lw_schema */
};

/* What the sources may have together. */
struct lw_limits {
	size_t bytes, nodes;
};

/* lw_policy_load with limits of one's own. */
int lw_policy_load_within(const struct lw_policy_source *sources, size_t count,
	const struct lw_limits *limits, struct lw_policy **out, struct lw_text *errors);

/* "file:line:column: key: reason". Always returns LW_REFUSED. */
int lw_loader_refuse(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	const char *fmt, ...) _printf_(4, 5);
/* The same about a place. */
int lw_loader_refuse_at(struct lw_loader *l, size_t source, uint32_t line, uint32_t column,
	const char *key, const char *fmt, ...) _printf_(6, 7);

/* Reads the keys of a map into base by a table. 0, LW_REFUSED or -ENOMEM. */
int lw_loader_map(struct lw_loader *l, const struct lw_key *keys, size_t count,
	const struct lw_yaml_node *map, void *base);
/* Sets every field of base that has a default. */
int lw_loader_defaults(struct lw_loader *l, const struct lw_key *keys, size_t count, void *base);
/* Frees all fields of base. */
void lw_schema_done(const struct lw_key *keys, size_t count, void *base);

/* Rules that can never match, names that stand twice. 0 or LW_REFUSED. */
int lw_loader_check_rules(struct lw_loader *l);
/* Checks of single objects (struct lw_objects.finish). */
int lw_finish_sink(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	void *object);
int lw_finish_hash_list(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	void *object);
int lw_finish_rule(struct lw_loader *l, const struct lw_key *k, const struct lw_yaml_node *n,
	void *object);

/* The candidate nearest to word, or NULL when none is near. NULL candidates are skipped. */
const char *lw_suggest(const char *word, const char *const *candidates, size_t count);

/*
 * Is this a pattern that can be matched against hostile text at bounded cost? NULL or what is
 * wrong.
 */
const char *lw_pattern_check(const char *pattern);

#endif
