/*
 * resolve: the role. Takes requests of the gates, one at a time, and answers each.
 *
 * Called by main and by tests. Single-threaded and blocking on purpose: whatever a request touches
 * can block (kernel-facts 21), the gate keeps the time, and the guard replaces a process that is
 * late.
 */
#ifndef LW_RESOLVE_RESOLVE_H
#define LW_RESOLVE_RESOLVE_H

#include "proc/child.h"
#include "proc/sandbox.h"

struct lw_resolve;

/* Opens what the sandbox would forbid. 0 or a negative errno. */
int lw_resolve_new(struct lw_resolve **out, struct lw_loop *loop);
struct lw_resolve *lw_resolve_free(struct lw_resolve *r);	/* always NULL */
void lw_resolve_freep(struct lw_resolve **r);

/* For lw_child_new, with the role itself as their argument. */
extern const struct lw_child_ops lw_resolve_ops;

/* What the role keeps: the ids of the command line are filled in by the caller. */
extern const struct lw_sandbox lw_resolve_sandbox;

#endif
