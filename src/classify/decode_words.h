/*
 * decode_words: which of a few fixed words stand in a text, all of them found in one pass that
 * steps over most bytes (Wu and Manber, 1994, with blocks of two bytes).
 */
#ifndef LW_CLASSIFY_DECODE_WORDS_H
#define LW_CLASSIFY_DECODE_WORDS_H

#include "base/util.h"

#define LW_WORDS_MAX 64
#define LW_WORDS_HASH 4096

struct lw_words {
	const char *const *words;
	size_t count;
	size_t least; /* bytes of the shortest word: of each so many are looked for first */
	uint8_t shift[LW_WORDS_HASH]; /* bytes that can be stepped over */
	uint8_t head[LW_WORDS_HASH]; /* where it is 0: the first word that may end here, plus 1 */
	uint8_t next[LW_WORDS_MAX];
	uint8_t length[LW_WORDS_MAX];
};

/* The words (at most LW_WORDS_MAX of 2 to 255 bytes) must outlive it. */
void lw_words_init(struct lw_words *w, const char *const *words, size_t count);
/* Bit i says that words[i] stands in the text. */
uint64_t lw_words_find(const struct lw_words *w, const uint8_t *bytes, size_t n);

#endif
