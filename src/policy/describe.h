/*
 * describe: the schema for people and for the tests of the documentation. For ctl and
 * layerwatchd's help.
 */
#ifndef LW_POLICY_DESCRIBE_H
#define LW_POLICY_DESCRIBE_H

#include "policy/policy.h"

struct lw_policy_key {
	const char *key;	/* "decision.deadline_ms", "rules[].match.layer" */
	const char *type;	/* what may stand there: "time in milliseconds, 10 to 10000" */
	const char *fallback;	/* default as YAML; NULL = absent unless given */
	const char *doc;	/* one sentence */
	bool required;		/* in every object of its list */
};

typedef void (*lw_policy_schema_fn)(void *arg, const struct lw_policy_key *key);

/* Calls fn for every key, in the order of the dump; the strings live during the call. */
void lw_policy_schema_each(lw_policy_schema_fn fn, void *arg);

#endif
