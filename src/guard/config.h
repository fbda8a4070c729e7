/*
 * config: the policy in the form that children get: its canonical text in a sealed memfd, and the
 * hash lists and the model opened and the YARA rules read for those that can't open files. Used by
 * the guard only. One lw_config is one generation; it never changes after it was loaded.
 */
#ifndef LW_GUARD_CONFIG_H
#define LW_GUARD_CONFIG_H

#include "policy/policy.h"

struct lw_config {
	struct lw_policy *policy;
	uint64_t generation;
	int text; /* sealed memfd */
	uint32_t length; /* bytes of it */
	int lists[LW_HASH_LISTS_MAX]; /* read-only, in the order of content.hash_lists */
	size_t list_count;
	int yara; /* sealed memfd with the texts of content.yara; -1 = there are none */
	int rules; /* the same of content.rules */
	int model; /* read-only; -1 = none */
	bool model_missing; /* the installed model is not there: no script is judged by it */
};

/* Where the policy comes from. */
struct lw_config_source {
	/* a missing file means the built-in defaults; false after it was once read */
	const char *path;
	bool optional;
	bool built_in; /* set by loading: the defaults are in force */
};

/* `given` on the command line; NULL = LW_POLICY_PATH, which may be missing. */
struct lw_config_source lw_config_source(const char *given);

/*
 * Returns 0; -EINVAL when the policy or a hash list is at fault, with one line each in errors; or
 * another negative errno.
 */
int lw_config_load(struct lw_config **out, struct lw_config_source *source, uint64_t generation,
	struct lw_text *errors);
struct lw_config *lw_config_free(struct lw_config *c); /* always NULL */
void lw_config_freep(struct lw_config **c);

const struct lw_settings *lw_config_settings(const struct lw_config *c);

#define LW_CONFIG_ERRORS_MAX (64u * 1024) /* bytes of error lines kept */

#endif
