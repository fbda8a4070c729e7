/*
 * decode_look: what decoded bytes look like, so that only what is worth judging is kept. Pure, over
 * hostile bytes; each function reads its input at most once.
 */
#ifndef LW_CLASSIFY_DECODE_LOOK_H
#define LW_CLASSIFY_DECODE_LOOK_H

#include "classify/decode_codec.h"
#include "classify/decode_words.h"
#include "layerwatch/words.h"

enum lw_look {
	LW_LOOK_OTHER,
	LW_LOOK_TEXT,
	LW_LOOK_WIDE, /* text in UTF-16, low byte first: half of it zeros */
	LW_LOOK_ELF,
	LW_LOOK_ZLIB,
	LW_LOOK_GZIP,
	LW_LOOK_MARSHAL,
	LW_LOOK_PICKLE,
};

/* By the first bytes; text that only begins as such is LW_LOOK_OTHER. */
enum lw_look lw_look_at(const uint8_t *bytes, size_t n);
/* Could so few first bytes be the beginning of any but LW_LOOK_OTHER? For a quick no. */
bool lw_look_may_begin(const uint8_t *bytes, size_t n);

/* The words by which code is known; made once. */
void lw_look_words_init(struct lw_words *w);
/* The language that text is in by its words; `fallback` when they don't say. */
enum lw_language lw_look_language(const struct lw_words *w, const uint8_t *bytes, size_t n,
	enum lw_language fallback);
/* How many of the words that code uses and other text does not stand in it. */
unsigned lw_look_code_words(const struct lw_words *w, const uint8_t *bytes, size_t n);

/* Adds the strings of at least four characters that stand in binary bytes, a line each. */
void lw_look_strings(const uint8_t *bytes, size_t n, struct lw_out *out);

#endif
