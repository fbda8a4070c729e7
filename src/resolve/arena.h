/*
 * arena: the text of one execution, gathered in one bounded buffer and handed on in a memfd.
 *
 * Called by execution. Owns its buffer, which lives as long as the process and is used again for
 * each request. What does not fit is left out (an empty slice) and `full` is set.
 */
#ifndef LW_RESOLVE_ARENA_H
#define LW_RESOLVE_ARENA_H

#include "base/util.h"
#include "layerwatch/facts.h"

struct lw_arena {
	char *data;		/* LW_ARENA_MAX bytes */
	uint32_t length;
	bool full;
};

int lw_arena_init(struct lw_arena *a);	/* 0 or -ENOMEM */
void lw_arena_done(struct lw_arena *a);
void lw_arena_reset(struct lw_arena *a);
/* Copies the bytes in; a slice of length 0 when there are none or they do not fit. */
struct lw_slice lw_arena_add(struct lw_arena *a, const void *bytes, size_t length);
struct lw_slice lw_arena_adds(struct lw_arena *a, const char *s);
#endif
