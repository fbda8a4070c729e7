/*
 * lru: a bounded map from a 64-bit key to a slot number, in order of use: the slot used longest ago
 * makes room. The payload lies in an array of the caller's, indexed by slot. Owns its index; for
 * repeat.
 */
#ifndef LW_REPORT_LRU_H
#define LW_REPORT_LRU_H

#include "base/util.h"

struct lw_lru;

int lw_lru_new(struct lw_lru **out, uint32_t capacity);
struct lw_lru *lw_lru_free(struct lw_lru *l); /* always NULL */
/*
 * The slot of key (0..capacity - 1), which becomes the most recently used. *fresh: it was not
 * there; the slot's former payload is void.
 */
uint32_t lw_lru_touch(struct lw_lru *l, uint64_t key, bool *fresh);
uint32_t lw_lru_used(const struct lw_lru *l); /* slots 0..used - 1 hold something */

#endif
