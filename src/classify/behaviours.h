/*
 * behaviours: which atoms together make a behaviour, as "socket, connect and a shell".
 *
 * One table (behaviours.c). A behaviour is seen in one of three scopes, and the narrower the scope,
 * the more it says: anywhere in the text, within some 500 tokens, within one line (with what the
 * variables on that line were made from). The values are features for the model and its reasons;
 * for languages without a model the ones marked `alone` are the verdict.
 */
#ifndef LW_CLASSIFY_BEHAVIOURS_H
#define LW_CLASSIFY_BEHAVIOURS_H

#include "classify/atoms.h"

enum lw_scope {
	LW_SCOPE_NONE,
	LW_SCOPE_TEXT,
	LW_SCOPE_NEAR,
	LW_SCOPE_LINE,
};

#define LW_BEHAVIOUR_GROUPS 4

struct lw_behaviour {
	const char *name; /* for reasons: "decode-then-exec" */
	uint64_t any[LW_BEHAVIOUR_GROUPS]; /* one atom of each set that is not empty */
	bool alone; /* near: malicious in a language that has no model */
};

#define LW_BEHAVIOURS_MAX 64
extern const struct lw_behaviour lw_behaviours[];
extern const size_t lw_behaviour_count; /* at most LW_BEHAVIOURS_MAX */

/* How many kinds of atoms it needs. */
unsigned lw_behaviour_groups(const struct lw_behaviour *behaviour);
bool lw_behaviour_holds(const struct lw_behaviour *rule, uint64_t atoms);

#endif
