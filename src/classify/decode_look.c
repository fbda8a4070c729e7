#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "classify/decode_look.h"

#define STRING_LEAST 4 /* characters, as strings(1) has it */
#define WIDE_LEAST 6 /* bytes that show UTF-16 */
#define ODD_SHARE 32 /* one byte in so many may be none of text */
#define LANGUAGE_SAMPLE 4096 /* bytes that are looked at for a language */

static bool
is_plain(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || (c >= '\t' && c <= '\r') || c == 0x1b;
}

static bool
has_prefix(const uint8_t *bytes, size_t n, const char *prefix, size_t length)
{
	return n >= length && memcmp(bytes, prefix, length) == 0;
}

/* CMF and FLG of RFC 1950 with the window that compressors use. */
static bool
is_zlib(const uint8_t *bytes, size_t n)
{
	return n >= 2 && (bytes[0] == 0x78 || bytes[0] == 0x58 || bytes[0] == 0x68) &&
	       (bytes[0] * 256 + bytes[1]) % 31 == 0 && !(bytes[1] & 0x20);
}

/* A code object: its type, with or without the flag of a reference, a small argcount. */
static bool
is_marshal(const uint8_t *bytes, size_t n)
{
	if (n >= 16 && has_prefix(&bytes[1], n - 1, "\x0d\x0d\x0a", 3))
		return true; /* a .pyc file of Python 3 */
	return n >= 5 && (bytes[0] == 0xe3 || bytes[0] == 'c') && bytes[1] < 16 && !bytes[2] &&
	       !bytes[3] && !bytes[4];
}

static bool
is_pickle(const uint8_t *bytes, size_t n)
{
	return n >= 3 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && bytes[2] &&
	       strchr("\x95"
		      "c}]()XUK\x8c",
		       bytes[2]);
}

static bool
is_wide(const uint8_t *bytes, size_t n)
{
	size_t odd = 0;

	if (n < WIDE_LEAST)
		return false;
	for (size_t i = 0; i + 1 < n; i += 2)
		odd += bytes[i + 1] != 0 || !is_plain(bytes[i]);
	return odd <= n / ODD_SHARE;
}

/* Few bytes that are no characters, and no NUL. */
static bool
is_text(const uint8_t *bytes, size_t n)
{
	size_t odd = 0;

	for (size_t i = 0; i < n; i++) {
		size_t sequence;

		if (is_plain(bytes[i]))
			continue;
		sequence = bytes[i] >= 0x80 ? lw_utf8_sequence(&bytes[i], n - i) : 0;
		if (sequence > 1) {
			i += sequence - 1;
			continue;
		}
		if (!bytes[i] || ++odd > n / ODD_SHARE)
			return false;
	}
	return true;
}

static const struct {
	enum lw_look look;
	const char *magic;
	size_t length;
} magics[] = {
	{LW_LOOK_ELF,
		"\x7f"
		"ELF",
		4},
	{LW_LOOK_GZIP, "\x1f\x8b\x08", 3},
};

static enum lw_look
binary_look(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(magics); i++)
		if (has_prefix(bytes, n, magics[i].magic, magics[i].length))
			return magics[i].look;
	if (is_marshal(bytes, n))
		return LW_LOOK_MARSHAL;
	if (is_pickle(bytes, n))
		return LW_LOOK_PICKLE;
	return is_zlib(bytes, n) ? LW_LOOK_ZLIB : LW_LOOK_OTHER;
}

enum lw_look
lw_look_at(const uint8_t *bytes, size_t n)
{
	enum lw_look look = binary_look(bytes, n);

	/* "x^" and "h\x81" begin zlib streams and could begin text; only the rest tells. */
	if ((look == LW_LOOK_OTHER || look == LW_LOOK_ZLIB) && n > 0 && is_text(bytes, n))
		return LW_LOOK_TEXT;
	if (look == LW_LOOK_OTHER && is_wide(bytes, n))
		return LW_LOOK_WIDE;
	return look;
}

bool
lw_look_may_begin(const uint8_t *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && (is_plain(bytes[i]) || (bytes[i] >= 0xc2 && i > 0)))
		i += bytes[i] < 0x80 ? 1 : LW_MAX(lw_utf8_sequence(&bytes[i], n - i), (size_t)1);
	return i >= n || binary_look(bytes, n) != LW_LOOK_OTHER || is_wide(bytes, n);
}

/* What tells languages apart, and code from other text; NONE: of several. */
#define WORDS(X)                                                                                   \
	X(LW_LANGUAGE_PYTHON, "import ")                                                           \
	X(LW_LANGUAGE_PYTHON, "exec(")                                                             \
	X(LW_LANGUAGE_PYTHON, "def ")                                                              \
	X(LW_LANGUAGE_PYTHON, "print(")                                                            \
	X(LW_LANGUAGE_PYTHON, "__import__")                                                        \
	X(LW_LANGUAGE_PYTHON, "lambda ")                                                           \
	X(LW_LANGUAGE_PYTHON, "subprocess")                                                        \
	X(LW_LANGUAGE_PYTHON, "os.system")                                                         \
	X(LW_LANGUAGE_PYTHON, "except")                                                            \
	X(LW_LANGUAGE_PYTHON, "urlopen")                                                           \
	X(LW_LANGUAGE_SHELL, "/bin/")                                                              \
	X(LW_LANGUAGE_SHELL, "curl ")                                                              \
	X(LW_LANGUAGE_SHELL, "wget ")                                                              \
	X(LW_LANGUAGE_SHELL, "chmod ")                                                             \
	X(LW_LANGUAGE_SHELL, "echo ")                                                              \
	X(LW_LANGUAGE_SHELL, "/dev/tcp")                                                           \
	X(LW_LANGUAGE_SHELL, "; then")                                                             \
	X(LW_LANGUAGE_SHELL, "export ")                                                            \
	X(LW_LANGUAGE_SHELL, "bash ")                                                              \
	X(LW_LANGUAGE_SHELL, "rm -")                                                               \
	X(LW_LANGUAGE_PHP, "<?php")                                                                \
	X(LW_LANGUAGE_PHP, "$_POST")                                                               \
	X(LW_LANGUAGE_PERL, "use strict")                                                          \
	X(LW_LANGUAGE_PERL, "my $")                                                                \
	X(LW_LANGUAGE_NODE, "require(")                                                            \
	X(LW_LANGUAGE_NODE, "function(")                                                           \
	X(LW_LANGUAGE_NODE, "const ")                                                              \
	X(LW_LANGUAGE_RUBY, "TCPSocket")                                                           \
	X(LW_LANGUAGE_NONE, "http")                                                                \
	X(LW_LANGUAGE_NONE, "eval")                                                                \
	X(LW_LANGUAGE_NONE, "socket")                                                              \
	X(LW_LANGUAGE_NONE, "system")                                                              \
	X(LW_LANGUAGE_NONE, "base64")                                                              \
	X(LW_LANGUAGE_NONE, "/tmp/")                                                               \
	X(LW_LANGUAGE_NONE, "passw")

#define LANGUAGE(language, text) language,
#define TEXT(language, text) text,
static const uint8_t word_languages[] = {WORDS(LANGUAGE)};
static const char *const words[] = {WORDS(TEXT)};
static_assert(LW_ARRAY_SIZE(words) <= LW_WORDS_MAX, "one bit a word");

void
lw_look_words_init(struct lw_words *w)
{
	lw_words_init(w, words, LW_ARRAY_SIZE(words));
}

static bool
holds(const uint8_t *bytes, size_t n, const char *word)
{
	return memmem(bytes, n, word, strlen(word)) != NULL;
}

unsigned
lw_look_code_words(const struct lw_words *w, const uint8_t *bytes, size_t n)
{
	return __builtin_popcountll(lw_words_find(w, bytes, n));
}

static enum lw_language
language_of_line(const uint8_t *bytes, size_t n)
{
	const uint8_t *end = memchr(bytes, '\n', n);
	size_t length = end ? (size_t)(end - bytes) : n;

	if (!has_prefix(bytes, length, "#!", 2))
		return LW_LANGUAGE_NONE;
	if (holds(bytes, length, "python"))
		return LW_LANGUAGE_PYTHON;
	if (holds(bytes, length, "perl"))
		return LW_LANGUAGE_PERL;
	return holds(bytes, length, "sh") ? LW_LANGUAGE_SHELL : LW_LANGUAGE_NONE;
}

enum lw_language
lw_look_language(
	const struct lw_words *w, const uint8_t *bytes, size_t n, enum lw_language fallback)
{
	size_t sample = LW_MIN(n, (size_t)LANGUAGE_SAMPLE);
	unsigned counts[LW_LANGUAGE_COUNT] = {0};
	enum lw_language best = language_of_line(bytes, sample);
	uint64_t found;

	if (best != LW_LANGUAGE_NONE)
		return best;
	found = lw_words_find(w, bytes, sample);
	for (size_t i = 0; i < LW_ARRAY_SIZE(words); i++)
		counts[word_languages[i]] += found >> i & 1;
	best = fallback;
	for (size_t i = LW_LANGUAGE_NONE + 1; i < LW_LANGUAGE_COUNT; i++)
		if (counts[i] > 0 && (best == LW_LANGUAGE_NONE || counts[i] > counts[best]))
			best = i;
	return best;
}

void
lw_look_strings(const uint8_t *bytes, size_t n, struct lw_out *out)
{
	size_t start = 0;

	for (size_t at = 0; at <= n; at++) {
		if (at < n && is_plain(bytes[at]))
			continue;
		if (at - start >= STRING_LEAST) {
			lw_out_add(out, &bytes[start], at - start);
			lw_out_put(out, '\n');
		}
		start = at + 1;
	}
}
