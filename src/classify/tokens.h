/*
 * tokens: splits a script into words, strings, numbers and signs, without understanding it.
 *
 * One bounded pass over hostile bytes, no allocation, no recursion; every byte is looked at once
 * or twice. Two ways to read: code (Python, Perl, Ruby, PHP, JavaScript, Lua, awk) where a string
 * is one token, and shell, where quotes are signs and what they hold are words like all others,
 * since a shell's strings are mostly commands again.
 */
#ifndef LW_CLASSIFY_TOKENS_H
#define LW_CLASSIFY_TOKENS_H

#include "base/util.h"
#include "layerwatch/words.h"

enum lw_token_kind {
	LW_TOKEN_END,
	LW_TOKEN_WORD, /* a letter, '_' or a byte above 127 begins it */
	LW_TOKEN_NUMBER, /* a digit begins it */
	LW_TOKEN_STRING, /* code only: start and length are of what is between the quotes */
	LW_TOKEN_SIGN, /* one byte */
	LW_TOKEN_NEWLINE,
};

/* Bits of lw_token.flags. */
enum {
	LW_TOKEN_SPACED = 1 << 0, /* blanks, or a line's beginning, stand before it */
	LW_TOKEN_TEXT = 1 << 1, /* a string that is a statement of its own: a docstring */
	LW_TOKEN_ATTRIBUTE = 1 << 2, /* "." stands before it */
	LW_TOKEN_CALL = 1 << 3, /* "(" comes after it */
	LW_TOKEN_COMMAND = 1 << 4, /* shell: the first word of a command */
};

struct lw_token {
	uint8_t kind;
	uint8_t flags;
	uint8_t sign;
	uint32_t start, length; /* bytes of the text */
	uint32_t line; /* from 1 */
	uint64_t hash; /* of a word, letters made small; of a number its shape */
};

struct lw_lexer {
	const uint8_t *bytes;
	size_t length, at;
	bool shell, hash_comments;
	bool statement; /* code: nothing but blanks since the line began */
	bool command; /* shell: the next word is a command */
	bool attribute;
	uint8_t quote; /* shell: the quote that is open, over lines */
	uint8_t line_quote; /* shell: the same, as if each line began anew */
	uint32_t line;
	uint32_t comment_bytes, blank_run; /* the latter: the longest run of blanks before code */
	uint32_t blank_line; /* where that was */
};

void lw_lexer_init(struct lw_lexer *lexer, enum lw_language language, const uint8_t *bytes,
	size_t length); /* at most UINT32_MAX bytes */

/* The next token; false at the end. */
bool lw_lexer_next(struct lw_lexer *lexer, struct lw_token *out);

/* The hash that a word's token has, for tables of words. */
uint64_t lw_token_hash(const char *word, size_t length);

#endif
