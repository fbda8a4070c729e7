#include "classify/tokens.h"

#include <string.h>

#define HASH_START 0xcbf29ce484222325ull
#define HASH_PRIME 0x100000001b3ull
#define WORD_MAX 64 /* bytes of a word that its hash is of */

enum class {
	C_OTHER,
	C_BLANK,
	C_LETTER,
	C_DIGIT,
	C_NEWLINE,
	C_QUOTE,
};

static const uint8_t classes[256] = {
	['\t'] = C_BLANK,
	['\v'] = C_BLANK,
	['\f'] = C_BLANK,
	['\r'] = C_BLANK,
	[' '] = C_BLANK,
	['\n'] = C_NEWLINE,
	['"'] = C_QUOTE,
	['\''] = C_QUOTE,
	['`'] = C_QUOTE,
	['0' ... '9'] = C_DIGIT,
	['A' ... 'Z'] = C_LETTER,
	['a' ... 'z'] = C_LETTER,
	['_'] = C_LETTER,
	[128 ... 255] = C_LETTER,
};

static uint8_t
small(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static uint64_t
hash_byte(uint64_t hash, uint8_t c)
{
	return (hash ^ c) * HASH_PRIME;
}

uint64_t
lw_token_hash(const char *word, size_t length)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < LW_MIN(length, (size_t)WORD_MAX); i++)
		hash = hash_byte(hash, small(word[i]));
	return hash;
}

void
lw_lexer_init(
	struct lw_lexer *lexer, enum lw_language language, const uint8_t *bytes, size_t length)
{
	*lexer = (struct lw_lexer){
		.bytes = bytes,
		.length = LW_MIN(length, (size_t)UINT32_MAX),
		.shell = language == LW_LANGUAGE_SHELL,
		.hash_comments = language != LW_LANGUAGE_NODE && language != LW_LANGUAGE_LUA,
		.statement = true,
		.command = true,
		.line = 1,
	};
}

static uint8_t
peek(const struct lw_lexer *l, size_t offset)
{
	return offset < l->length - l->at ? l->bytes[l->at + offset] : 0;
}

/* Past blanks and escaped line ends; says whether there were any. */
static bool
skip_blanks(struct lw_lexer *l)
{
	size_t start = l->at;

	while (l->at < l->length) {
		if (classes[l->bytes[l->at]] == C_BLANK) {
			l->at++;
		} else if (peek(l, 0) == '\\' && peek(l, 1) == '\n') {
			l->at += 2;
			l->line++;
		} else {
			break;
		}
	}
	if (l->at - start > l->blank_run && l->at < l->length && l->bytes[l->at] != '\n') {
		l->blank_run = l->at - start;
		l->blank_line = l->line;
	}
	return l->at > start;
}

/* In a shell a "#" is a comment only where no reading of the quotes makes it part of a string. */
static bool
at_comment(const struct lw_lexer *l, bool spaced)
{
	if (peek(l, 0) != '#' || !l->hash_comments)
		return false;
	return !l->shell || (spaced && !l->quote && !l->line_quote);
}

static void
skip_comment(struct lw_lexer *l)
{
	const uint8_t *start = &l->bytes[l->at];
	const uint8_t *end = memchr(start, '\n', l->length - l->at);
	size_t length = end ? (size_t)(end - start) : l->length - l->at;

	l->comment_bytes += length;
	l->at += length;
}

static void
read_word(struct lw_lexer *l, struct lw_token *out)
{
	uint64_t hash = HASH_START;
	size_t i = l->at;
	uint8_t c;

	out->kind = LW_TOKEN_WORD;
	for (; i < l->length; i++) {
		uint8_t kind = classes[c = l->bytes[i]];

		if (kind != C_LETTER && kind != C_DIGIT &&
			!(l->shell && c == '-' && i > l->at && i + 1 < l->length &&
				classes[l->bytes[i + 1]] == C_LETTER))
			break;
		if (i - l->at < WORD_MAX)
			hash = hash_byte(hash, small(c));
	}
	out->hash = hash;
	l->at = i;
}

/* Numbers count by their shape: how long they are and whether they have letters in them. */
static void
read_number(struct lw_lexer *l, struct lw_token *out)
{
	size_t i = l->at;
	bool letters = false;

	out->kind = LW_TOKEN_NUMBER;
	for (; i < l->length; i++) {
		uint8_t kind = classes[l->bytes[i]];

		if (kind != C_LETTER && kind != C_DIGIT)
			break;
		letters |= kind == C_LETTER;
	}
	out->hash = HASH_PRIME * (2 * LW_MIN(i - l->at, (size_t)12) + letters + 1);
	if (i - l->at == 1)
		out->hash += l->bytes[l->at];
	l->at = i;
}

/* After an opening quote; the token is what the string holds. */
static void
read_string(struct lw_lexer *l, struct lw_token *out, uint8_t quote)
{
	bool triple = peek(l, 1) == quote && peek(l, 2) == quote;
	size_t width = triple ? 3 : 1;
	size_t i = l->at + width;

	out->kind = LW_TOKEN_STRING;
	out->start = i;
	for (; i < l->length; i++) {
		uint8_t c = l->bytes[i];

		if (c == '\\') {
			i++;
			l->line += i < l->length && l->bytes[i] == '\n';
			continue;
		}
		if (c == '\n') {
			if (!triple && quote != '`')
				break;
			l->line++;
		}
		if (c == quote && (!triple || (i + 2 < l->length && l->bytes[i + 1] == quote &&
						      l->bytes[i + 2] == quote)))
			break;
	}
	i = LW_MIN(i, l->length);
	out->length = i - LW_MIN((size_t)out->start, i);
	out->start = LW_MIN((size_t)out->start, i);
	l->at = LW_MIN(i + (i < l->length && l->bytes[i] == quote ? width : 0), l->length);
}

/* What of code was a word can be the r, b or f of a string: "rb'..'" is one token. */
static bool
is_prefix(const struct lw_lexer *l, const struct lw_token *word)
{
	return word->length <= 2 && classes[peek(l, 0)] == C_QUOTE && peek(l, 0) != '`' &&
	       memchr("rbfuRBFU", l->bytes[word->start], 8);
}

static void
read_code(struct lw_lexer *l, struct lw_token *out)
{
	uint8_t kind = classes[l->bytes[l->at]];
	bool statement = l->statement;

	l->statement = false;
	if (kind == C_LETTER) {
		read_word(l, out);
		out->length = l->at - out->start;
		if (!is_prefix(l, out))
			return;
		kind = C_QUOTE;
	}
	if (kind == C_QUOTE) {
		read_string(l, out, l->bytes[l->at]);
		if (statement && classes[peek(l, 0)] != C_OTHER)
			out->flags |= LW_TOKEN_TEXT;
	} else if (kind == C_DIGIT) {
		read_number(l, out);
		out->length = l->at - out->start;
	} else {
		out->kind = LW_TOKEN_SIGN;
		out->sign = l->bytes[l->at++];
		out->length = 1;
		l->statement = out->sign == ';';
	}
}

static void
toggle(uint8_t *quote, uint8_t sign)
{
	if (*quote == sign)
		*quote = 0;
	else if (*quote == 0)
		*quote = sign;
}

/* Signs after which the next word is a command's name. */
static bool
begins_command(uint8_t sign)
{
	return sign != 0 && strchr(";|&(`{!", sign);
}

static void
read_shell(struct lw_lexer *l, struct lw_token *out)
{
	uint8_t c = l->bytes[l->at];
	uint8_t kind = classes[c];

	if (kind == C_LETTER || kind == C_DIGIT) {
		if (kind == C_LETTER)
			read_word(l, out);
		else
			read_number(l, out);
		out->length = l->at - out->start;
		if (l->command)
			out->flags |= LW_TOKEN_COMMAND;
		l->command = l->command && peek(l, 0) == '/';
		return;
	}
	out->kind = LW_TOKEN_SIGN;
	out->sign = c;
	out->length = 1;
	l->at++;
	if (c == '\\' && l->at < l->length && l->bytes[l->at] != '\n') {
		l->at++;
		out->length = 2;
	} else if (c == '"' || c == '\'') {
		toggle(&l->quote, c);
		toggle(&l->line_quote, c);
	} else {
		l->command = begins_command(c) || (c == '/' && l->command);
	}
}

static void
read_newline(struct lw_lexer *l, struct lw_token *out)
{
	out->kind = LW_TOKEN_NEWLINE;
	out->length = 1;
	l->at++;
	l->line++;
	l->statement = l->command = true;
	l->line_quote = 0;
	l->attribute = false;
}

bool
lw_lexer_next(struct lw_lexer *l, struct lw_token *out)
{
	bool spaced = l->at == 0 || l->bytes[l->at - 1] == '\n';

	spaced |= skip_blanks(l);
	if (l->at < l->length && at_comment(l, spaced))
		skip_comment(l);
	*out = (struct lw_token){
		.start = l->at,
		.line = l->line,
		.flags = spaced ? LW_TOKEN_SPACED : 0,
	};
	if (l->at >= l->length)
		return false;
	if (l->bytes[l->at] == '\n') {
		read_newline(l, out);
		return true;
	}
	if (l->shell)
		read_shell(l, out);
	else
		read_code(l, out);
	if (l->attribute)
		out->flags |= LW_TOKEN_ATTRIBUTE;
	l->attribute = out->kind == LW_TOKEN_SIGN && out->sign == '.';
	if (peek(l, 0) == '(')
		out->flags |= LW_TOKEN_CALL;
	return true;
}
