/*
 * extract: the state of one pass over a text, and the parts of it that code and shell share.
 * Internal to features.c and the extract_*.c files.
 */
#ifndef LW_CLASSIFY_EXTRACT_H
#define LW_CLASSIFY_EXTRACT_H

#include "classify/features.h"
#include "classify/tokens.h"

#define LW_EXTRACT_MULTIPLIER 0x9e3779b97f4a7c15ull
#define LW_EXTRACT_DEPTH 64 /* parentheses */
#define LW_EXTRACT_NAMES 512 /* variables whose making is remembered, by hash */
#define LW_BLOB_BYTES 48 /* a run of letters and digits of so many bytes is no word */
#define LW_LONG_WORD 40
#define LW_ATOM_BIT(name) (1ull << LW_ATOM_##name)

/* What keeps kinds of sparse features apart. */
enum {
	LW_SPACE_CODE = 1,
	LW_SPACE_STRING,
	LW_SPACE_WORD,
	LW_SPACE_PIPE,
	LW_SPACE_ATOM,
	LW_SPACE_LINE,
	LW_SPACE_NEAR,
	LW_SPACE_INSIDE,
	LW_SPACE_SHAPE,
	LW_SPACE_GIVEN, /* shell: what a command is given, wherever it stands */
};

/* The last tokens of one stream. */
struct lw_chain {
	uint64_t space, previous, before;
};

struct lw_extract {
	struct lw_features *out;
	const uint8_t *bytes;
	size_t length;
	enum lw_language language;
	struct lw_chain code, string, word;
	uint64_t line_atoms, block_atoms, last_block_atoms, all_atoms;
	uint32_t line, block_tokens;
	/* words that are joined without blanks, shell: one argument */
	uint64_t argument, pipe_command, command;
	uint64_t pipe_atoms;
	/* assignment: the name before the first "=" of the line */
	uint64_t name, last_word;
	bool assigned;
	uint8_t depth;
	uint64_t open[LW_EXTRACT_DEPTH]; /* atoms of the calls whose parentheses are open */
	uint64_t called; /* the atom of the word before "(" */
	uint64_t made_of[LW_EXTRACT_NAMES];
	uint32_t atoms_code[LW_ATOM_COUNT], atoms_string[LW_ATOM_COUNT];
	uint8_t behaviour_scope[LW_BEHAVIOURS_MAX];
	uint32_t words, word_bytes, odd_words, numbers, signs, tokens, calls;
	uint32_t imports, definitions, documentation, joins, semicolons, escapes;
	uint32_t string_bytes, longest_string, string_line, longest_blob, blob_line;
	uint32_t number_run, longest_number_run, number_line, depth_max;
	uint32_t nested_exec, nested_fetch, piped;
	uint8_t last_kind, last_sign;
	uint32_t skip_until; /* what lies before is part of a token that was told */
	uint32_t comment_bytes; /* before the last token */
	size_t gram_at; /* the bytes before are in grams, or are not to be */
};

static inline uint64_t
lw_extract_mix(uint64_t a, uint64_t b)
{
	uint64_t h = a ^ (b + LW_EXTRACT_MULTIPLIER + (a << 6) + (a >> 2));

	h *= LW_EXTRACT_MULTIPLIER;
	return h ^ (h >> 29);
}

static inline void
lw_extract_emit(struct lw_features *f, uint64_t hash)
{
	if (f->count < LW_ENTRIES_MAX)
		f->entries[f->count++] = (hash * LW_EXTRACT_MULTIPLIER) >> (64 - LW_FEATURE_BITS);
}

/* One, two and three in a row. */
static inline void
lw_extract_chain(struct lw_features *f, struct lw_chain *c, uint64_t token)
{
	uint64_t one = lw_extract_mix(c->space, token);

	lw_extract_emit(f, one);
	if (c->previous) {
		uint64_t two = lw_extract_mix(c->previous, one);

		lw_extract_emit(f, two);
		if (c->before)
			lw_extract_emit(f, lw_extract_mix(c->before, two));
	}
	c->before = c->previous;
	c->previous = one;
}

static inline void
lw_extract_break(struct lw_chain *c)
{
	c->previous = c->before = 0;
}

/* log2 in whole numbers: the size class of a length. */
static inline unsigned
lw_extract_size_class(size_t n)
{
	return n == 0 ? 0 : 64 - __builtin_clzll(n);
}

/* Which behaviours these atoms make, in this scope. */
void lw_extract_check(struct lw_extract *s, uint64_t atoms, enum lw_scope scope);
/* Atoms that are on this line, by what its variables are made of. */
void lw_extract_line_atoms(struct lw_extract *s, uint64_t atoms);
/* An atom was seen, in code or in a string. */
void lw_extract_atom(struct lw_extract *s, unsigned atom, bool in_string);
/* A run of letters and digits that is no word. */
void lw_extract_blob(struct lw_extract *s, size_t length);
/* The token of a word: the word, or, where it is none, its shape. */
uint64_t lw_extract_word(struct lw_extract *s, const uint8_t *word, size_t length, uint64_t hash);
/* Four numbers with dots between: the length in bytes, 0 = it is none. */
size_t lw_extract_read_address(const uint8_t *p, size_t left);
/* An address that lw_extract_read_address found; returns its token. */
uint64_t lw_extract_address(struct lw_extract *s, const uint8_t *p, size_t length, bool in_string);
/* "/dev/tcp" and "/dev/udp"; "/inet/tcp" of awk. */
bool lw_extract_is_devtcp(const uint8_t *p, size_t left);
bool lw_extract_is_word(const struct lw_extract *s, const struct lw_token *t, const char *word);
/* Counts imports and definitions. */
void lw_extract_keyword(struct lw_extract *s, const struct lw_token *t);
/* A variable brings along the atoms of the line that made it. */
void lw_extract_recall(struct lw_extract *s, uint64_t hash);
/* The end of a statement: what its variable is made of is kept. */
void lw_extract_end_name(struct lw_extract *s);
void lw_extract_number(struct lw_extract *s, const struct lw_token *t);

/* One token, each in its file: extract_code.c, extract_shell.c. */
void lw_extract_code(struct lw_extract *s, const struct lw_token *t);
void lw_extract_shell(struct lw_extract *s, struct lw_lexer *lexer, const struct lw_token *t);
void lw_extract_end_argument(struct lw_extract *s);
/* The dense features, at the end (extract_measure.c). */
void lw_extract_measure(struct lw_extract *s, const struct lw_lexer *lexer);

#endif
