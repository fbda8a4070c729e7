/*
 * ancestors: who started a task: the parents' names, executables and command lines.
 *
 * Called by execution. Owns a small cache, held by descriptors that belong to a process and not to
 * its number: a shell that starts a thousand programs is looked up once. Of the parent, which
 * policies ask about, executable and command line are read each time; its ids and name, and all of
 * what is further up, may be LW_ANCESTORS_FRESH_US old. Reading a command line touches that
 * process' memory and can block.
 */
#ifndef LW_RESOLVE_ANCESTORS_H
#define LW_RESOLVE_ANCESTORS_H

#include "resolve/arena.h"
#include "resolve/place.h"

#define LW_ANCESTORS_CACHED 24		/* processes, two descriptors each */
#define LW_ANCESTORS_FRESH_US 200000
#define LW_ANCESTORS_ARGS 4096u		/* bytes of a command line kept */

struct lw_ancestors;

int lw_ancestors_new(struct lw_ancestors **out);
struct lw_ancestors *lw_ancestors_free(struct lw_ancestors *c);	/* always NULL */

/* From the parent up, at most LW_ANCESTORS_MAX. Returns how many. */
uint32_t lw_ancestors_read(struct lw_ancestors *c, struct lw_place *p, uint32_t ppid,
	struct lw_arena *arena, struct lw_ancestor out[LW_ANCESTORS_MAX]);
/* One process, whoever it is; out->pid is 0 when it is gone. */
void lw_ancestors_one(struct lw_ancestors *c, struct lw_place *p, uint32_t pid,
	struct lw_arena *arena, struct lw_ancestor *out);

#endif
