/*
 * features: a script in, numbers out: what the model weighs. Training and daemon run this same
 * code, so they cannot drift apart; a change here needs a new model file.
 *
 * Two kinds. Sparse: hashes of tokens, of two and three in a row, of words in strings, of atoms
 * that meet on a line; each is there or not. They keep their order, with marks every
 * LW_STEP_BYTES and at every line, so that parts of the text can be scored too. Grams: hashes of
 * four characters in a row, each once, without comments and documentation, of which whoever hides
 * can write as many as he likes. Dense: counts of atoms, rules, and the text's structure; few, with
 * names.
 */
#ifndef LW_CLASSIFY_FEATURES_H
#define LW_CLASSIFY_FEATURES_H

#include "classify/atoms.h"
#include "classify/behaviours.h"
#include "layerwatch/words.h"

#define LW_FEATURE_VERSION 2
#define LW_FEATURE_BITS 18
#define LW_FEATURE_COUNT (1u << LW_FEATURE_BITS) /* of sparse features, and of grams */
#define LW_GRAM_BYTES 4
#define LW_FEATURE_TEXT_MAX (512u * 1024) /* bytes of one text that are looked at */
#define LW_ENTRIES_MAX (1u << 20)
#define LW_STEP_BYTES 512u
#define LW_STEPS_MAX (LW_FEATURE_TEXT_MAX / LW_STEP_BYTES + 1)
#define LW_LINES_MAX 16384u /* the last one holds all further lines */

/* The text's structure; lengths and counts as log2(1 + n), shares as 0-1. */
enum lw_structure {
	LW_STRUCTURE_BYTES,
	LW_STRUCTURE_LINES,
	LW_STRUCTURE_LONGEST_LINE,
	LW_STRUCTURE_MEAN_LINE,
	LW_STRUCTURE_LONGEST_STRING,
	LW_STRUCTURE_STRING_SHARE,
	LW_STRUCTURE_COMMENT_SHARE,
	LW_STRUCTURE_LONGEST_BLANK, /* blanks before code */
	LW_STRUCTURE_HIGH_SHARE, /* bytes above 127 */
	LW_STRUCTURE_CONTROL_SHARE,
	LW_STRUCTURE_ENTROPY, /* bits a byte */
	LW_STRUCTURE_ESCAPES, /* \x and \u in strings */
	LW_STRUCTURE_LONGEST_BLOB, /* run of letters and digits */
	LW_STRUCTURE_SEMICOLONS, /* a line */
	LW_STRUCTURE_WORD_LENGTH,
	LW_STRUCTURE_ODD_WORDS, /* share of words that no one would choose */
	LW_STRUCTURE_NUMBERS, /* share of tokens */
	LW_STRUCTURE_NUMBER_RUN, /* numbers with commas between, the longest list */
	LW_STRUCTURE_SIGNS, /* share of tokens */
	LW_STRUCTURE_DEPTH, /* of parentheses */
	LW_STRUCTURE_IMPORTS,
	LW_STRUCTURE_DEFINITIONS,
	LW_STRUCTURE_CALLS,
	LW_STRUCTURE_DOCUMENTATION, /* strings that are statements */
	LW_STRUCTURE_JOINS, /* strings with "+" between */
	LW_STRUCTURE_SETUP, /* calls setup() and imports what has it */
	LW_STRUCTURE_NESTED_EXEC, /* exec(...decode...) in one expression */
	LW_STRUCTURE_NESTED_FETCH, /* exec or spawn (...download...) */
	LW_STRUCTURE_PIPED_SHELL, /* download | shell, shell <(download), eval $(download) */
	LW_STRUCTURE_TOKENS,
	LW_STRUCTURE_ATOMS, /* different ones */
	LW_STRUCTURE_COUNT
};

/* The dense vector: atoms in code, atoms in strings, rules, structure. */
enum {
	LW_DENSE_CODE = 0,
	LW_DENSE_STRING = LW_DENSE_CODE + LW_ATOM_COUNT,
	LW_DENSE_BEHAVIOUR = LW_DENSE_STRING + LW_ATOM_COUNT,
	LW_DENSE_STRUCTURE = LW_DENSE_BEHAVIOUR + LW_BEHAVIOURS_MAX,
	LW_DENSE_COUNT = LW_DENSE_STRUCTURE + LW_STRUCTURE_COUNT,
};

struct lw_features {
	uint32_t count, step_count, line_count;
	uint32_t entries[LW_ENTRIES_MAX]; /* below LW_FEATURE_COUNT, in the text's order */
	uint32_t steps[LW_STEPS_MAX]; /* entries before each step's beginning */
	uint32_t lines[LW_LINES_MAX]; /* entries before each line's beginning */
	uint32_t gram_count;
	uint32_t grams[LW_FEATURE_COUNT + 1]; /* below LW_FEATURE_COUNT, once each */
	uint64_t grams_seen[LW_FEATURE_COUNT / 64]; /* the same as bits */
	float dense[LW_DENSE_COUNT];
	uint32_t behaviour_lines[LW_BEHAVIOURS_MAX]; /* where each was seen best; from 1 */
	uint32_t structure_lines[LW_STRUCTURE_COUNT]; /* 0 = no line of its own */
	/* the model's room to work in */
	int16_t worth[LW_ENTRIES_MAX]; /* an entry's weight */
	uint32_t before[LW_ENTRIES_MAX]; /* the place after the same entry's last one; 0 = none */
	uint32_t last[LW_FEATURE_COUNT]; /* the place after each entry's last one */
	uint32_t places; /* of the texts before */
};

/*
 * Fills *out, which is large (some 13 MiB) and was zeroed when it was made: used for one text after
 * the other. Looks at
 * no more than LW_FEATURE_TEXT_MAX bytes (the caller chooses which). Never fails.
 */
void lw_features_extract(
	struct lw_features *out, enum lw_language language, const uint8_t *bytes, size_t length);

/* For people: the name of a dense feature, or NULL when it has no words worth showing. */
const char *lw_structure_to_str(enum lw_structure structure);

#endif
