/*
 * spool: lines that wait in memory for a reader that is slow or a disk that is full. Bounded: what
 * does not fit is not taken, and the caller counts it. Lines leave in the order they came.
 */
#ifndef LW_REPORT_SPOOL_H
#define LW_REPORT_SPOOL_H

#include "base/util.h"

struct lw_spool_line;

struct lw_spool {
	struct lw_spool_line *first, *last;
	uint64_t bytes, bound; /* of the lines */
	uint64_t lines;
};

void lw_spool_init(struct lw_spool *s, uint64_t bound);
void lw_spool_done(struct lw_spool *s);
/* Copies the line. False when it does not fit, or memory ran out. */
bool lw_spool_add(struct lw_spool *s, const char *line, size_t length);
/* The oldest line, NULL when there is none. */
const char *lw_spool_first(const struct lw_spool *s, size_t *length);
void lw_spool_drop_first(struct lw_spool *s);

#endif
