/*
 * decode_piece: the pieces that decode_fold puts together: a literal with its escapes, a quoted
 * part of a word; and the writing of what they come to. For decode_fold and decode_fold_shell.
 */
#ifndef LW_CLASSIFY_DECODE_PIECE_H
#define LW_CLASSIFY_DECODE_PIECE_H

#include "classify/decode_fold.h"

/* One expression of joined pieces while it is read. */
struct lw_expression {
	size_t start, end; /* of the input */
	size_t pieces, joins, escapes, characters;
	bool binary; /* an escape gave a byte that no text has */
	bool characters_last; /* the last piece was chr() */
};

/* The place of one literal's text, and where it ends with its quotes. */
struct lw_literal {
	size_t from, to, end;
	bool escapes, raw;
};

static inline bool
lw_piece_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool lw_piece_has_at(const struct lw_fold *f, size_t at, const char *word);
/* The next line end from `at` on, or f->length. */
size_t lw_piece_line_end(const struct lw_fold *f, size_t at);
/* Up to `most` digits of a number at `at`; returns how many there were. */
size_t lw_piece_read_digits(
	const struct lw_fold *f, size_t at, unsigned base, size_t most, unsigned *value);
/* Adds a code point as UTF-8. */
void lw_piece_put_code(struct lw_out *o, unsigned code);
/*
 * The closing quote of the literal whose text begins at `from`; f->length when there is none: on
 * this line, or with `lines` at all. Each place is looked at once for one quote.
 */
size_t lw_piece_find_quote(
	struct lw_fold *f, size_t from, uint8_t quote, bool lines, bool *escapes);
/* Is the place `before` in the value, with this byte after it, the middle of a word? */
bool lw_piece_is_inside_word(const struct lw_fold *f, size_t before, uint8_t next);
/* Adds a literal's text to the value, escapes undone. */
void lw_piece_add_literal(
	struct lw_fold *f, const struct lw_literal *l, struct lw_expression *e);
/* What a whole expression comes to: told, or written where it hides something. 0 or -ENOMEM. */
int lw_piece_tell(struct lw_fold *f, const struct lw_expression *e);
/* Writes the rest of the line of the last fold, as far as it is kept. */
void lw_piece_finish_line(struct lw_fold *f);

#endif
