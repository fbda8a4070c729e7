/*
 * asked: an execution that was described in words (options, JSON, a finding), as the policy's
 * subject.
 *
 * Called by `policy explain`. Owns the texts that the subject points to.
 */
#ifndef LW_CTL_ASKED_H
#define LW_CTL_ASKED_H

#include "ctl/tree.h"
#include "policy/policy.h"

struct lw_asked {
	struct lw_subject subject;
	struct lw_container_facts facts;
	uint8_t sha256[LW_SHA256_SIZE];
	char *path, *parent;
};

/* One thing that can be said of an execution: its option, its JSON key. */
struct lw_asked_key {
	const char *name; /* "parent-layer"; in JSON with "_" as well */
	/* NULL, or what is wrong with the value. */
	const char *(*set)(struct lw_asked *a, const char *value);
	const char *places[3]; /* of a finding: where it stands there, the first that is there */
};

extern const struct lw_asked_key lw_asked_keys[];
extern const size_t lw_asked_key_count;

/* A binary of layer unknown, judged and found nothing about, in no known container. */
void lw_asked_init(struct lw_asked *a);
void lw_asked_done(struct lw_asked *a);

/*
 * Takes what a JSON object says: our own keys, or a finding. Returns NULL, or what is wrong, with
 * the key in *key.
 */
const char *lw_asked_take(struct lw_asked *a, const struct lw_tree_node *map, const char **key);

#endif
