/*
 * wildcard: a value with "*" or "?" in its middle, compiled to the pieces between its stars, which
 * are looked for one after the other. "?" is one character of UTF-8, or one byte that belongs to
 * none. Owns its memory; matching is pure.
 *
 * Time: each piece is sought once from where the one before it ended. A piece of plain bytes costs
 * what memmem(3) does, which is linear; one with "?" its length for each place, and is therefore
 * bounded.
 */
#ifndef LW_RULES_WILDCARD_H
#define LW_RULES_WILDCARD_H

#include "rules/pattern.h"

#define LW_WILDCARD_PIECE_MAX 128u /* items of a piece with "?" that follows a "*" */

struct lw_wildcard;

/* Returns 0, -E2BIG where a piece with "?" is longer than that, or -ENOMEM. */
int lw_wildcard_new(const struct lw_pattern *p, struct lw_wildcard **out);
struct lw_wildcard *lw_wildcard_free(struct lw_wildcard *w); /* always NULL */

bool lw_wildcard_match(const struct lw_wildcard *w, const uint8_t *text, size_t length);
/* The longest run of plain bytes, within p; false where there is none. */
bool lw_wildcard_literal(const struct lw_pattern *p, size_t *start, size_t *length);

#endif
