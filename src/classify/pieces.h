/*
 * pieces: of a text that is too long to be judged whole, what is: its beginning, the longest lines
 * of what is between, its end. And where in the text a line of that stood.
 *
 * Called by judge. Owns a copy of what was chosen.
 */
#ifndef LW_CLASSIFY_PIECES_H
#define LW_CLASSIFY_PIECES_H

#include "classify/features.h"

#define LW_PIECES_HEAD (LW_FEATURE_TEXT_MAX / 2)
#define LW_PIECES_TAIL (LW_FEATURE_TEXT_MAX / 4)
#define LW_PIECES_LINES 8 /* the longest ones */

struct lw_piece {
	size_t start, length; /* in the text */
	uint32_t line; /* of start, from 1 */
	uint32_t shown; /* the same among the pieces */
};

struct lw_pieces {
	size_t length; /* of bytes */
	size_t count;
	struct lw_piece items[LW_PIECES_LINES + 2];
	uint8_t bytes[LW_FEATURE_TEXT_MAX]; /* the pieces, a newline behind each */
};

/* Of a text longer than LW_FEATURE_TEXT_MAX. */
void lw_pieces_choose(struct lw_pieces *p, const uint8_t *bytes, size_t length);
/* Newlines in it. */
uint32_t lw_pieces_count_lines(const uint8_t *bytes, size_t length);
/* The text's line for a line of p->bytes, from 1. */
uint32_t lw_pieces_line(const struct lw_pieces *p, uint32_t line);

#endif
