/*
 * lists: the hash lists of one configuration, each with the verdict that the policy gives it.
 */
#ifndef LW_CLASSIFY_LISTS_H
#define LW_CLASSIFY_LISTS_H

#include "classify/hashset.h"
#include "policy/policy.h"

struct lw_list {
	char name[LW_REASON_SIZE - 15]; /* as the policy calls it; its bound is 80 bytes */
	enum lw_verdict verdict; /* malicious or trusted */
	struct lw_hashset *set;
};

struct lw_lists {
	size_t count;
	struct lw_list rows[LW_HASH_LISTS_MAX];
};

void lw_lists_done(struct lw_lists *lists);

/*
 * Opens the list behind fd (not taken) as the next row. Returns 0, -E2BIG beyond
 * LW_HASH_LISTS_MAX, or what lw_hashset_open says.
 */
int lw_lists_add(struct lw_lists *lists, const char *name, enum lw_verdict verdict, int fd);

/*
 * The next list after `after` (NULL = from the start) that gives this verdict and holds the
 * digest; NULL = none. label gets the name that the list has for it, or "".
 */
const struct lw_list *lw_lists_find(const struct lw_lists *lists, enum lw_verdict verdict,
	const uint8_t sha256[LW_SHA256_SIZE], const struct lw_list *after,
	char label[LW_HASHSET_LABEL_SIZE]);

#endif
