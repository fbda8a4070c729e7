/*
 * held: observations that wait, each with a time when waiting ends: before they are told, for their
 * container's facts; after they were told without facts, for the facts that complete them. Bounded:
 * the caller takes the oldest out first.
 */
#ifndef LW_REPORT_HELD_H
#define LW_REPORT_HELD_H

#include "report/evidence.h"

#define LW_HELD_MAX 256
#define LW_HELD_BYTES (4u * 1024 * 1024) /* of arenas and captures */

struct lw_held_item {
	struct lw_evidence evidence;
	bool tell[LW_OBJECTS]; /* which objects have a finding */
	uint64_t repeats[LW_OBJECTS];
	uint64_t due_us;
	struct lw_held_item *next;
};

struct lw_held {
	struct lw_held_item *first, *last;
	size_t count, bytes;
};

struct lw_held_item *lw_held_item_free(struct lw_held_item *i); /* always NULL */
void lw_held_item_freep(struct lw_held_item **i);
void lw_held_done(struct lw_held *h);
/* Takes the item; due_us never lies before that of an item added earlier. */
void lw_held_add(struct lw_held *h, struct lw_held_item *item);
bool lw_held_full(const struct lw_held *h);
/* Each hands out the oldest item that fits, the caller's now; NULL when there is none. */
struct lw_held_item *lw_held_take(struct lw_held *h);
struct lw_held_item *lw_held_take_due(struct lw_held *h, uint64_t now_us);
struct lw_held_item *lw_held_take_container(
	struct lw_held *h, uint32_t dev_major, uint32_t dev_minor);
/* When the first one is due; UINT64_MAX when none waits. */
uint64_t lw_held_due(const struct lw_held *h);

#endif
