/*
 * decode_fold: string literals that are written in pieces or with escapes where no one needs them
 * ("cu" + "rl", "\x63\x75", chr(99) + chr(117), c'u'rl), put together again.
 *
 * What is told is not every literal but what only hides something: pieces joined in the middle of
 * a word, escapes of letters and digits, chr() of a constant. The result is a text of the lines
 * (their neighbourhood, where they are long) in which this was found, as they read when folded.
 * Hostile input: linear in its length.
 */
#ifndef LW_CLASSIFY_DECODE_FOLD_H
#define LW_CLASSIFY_DECODE_FOLD_H

#include "classify/decode_codec.h"
#include "layerwatch/words.h"

/* Where the folded text from `out` on comes from. */
struct lw_fold_origin {
	size_t out, in;
};

struct lw_fold {
	/* of the caller */
	const uint8_t *in;
	size_t length;
	struct lw_out out; /* the folded lines */
	struct lw_out value; /* room for one literal: as many bytes as `in` has */
	/* gets each literal that its escapes make binary; may be NULL */
	void (*binary)(void *arg, size_t at, const uint8_t *bytes, size_t n);
	/* gets each literal of at least LW_DECODE_LEAST bytes, folded or not; may be NULL */
	void (*literal)(void *arg, size_t at, const uint8_t *bytes, size_t n);
	void *arg;
	/* what was found */
	size_t joins, escapes, characters; /* pieces joined inside a word; escaped letters; chr() */
	struct lw_fold_origin *origins; /* ascending, the caller frees them */
	size_t origin_count, origin_room;
	/* of the fold itself */
	size_t copied; /* input before it is in out, or is left out */
	size_t dead[256]; /* by quote: none closes before this place */
};

/* Fills out. Returns 0 or -ENOMEM. */
int lw_fold(struct lw_fold *f, enum lw_language language);

/* For each other: [from, to) of in by the rules that most languages share; and a shell's text. */
int lw_fold_any(struct lw_fold *f, size_t from, size_t to);
int lw_fold_shell(struct lw_fold *f);

#endif
