#include <string.h>

#include "base/util.h"
#include "layerwatch/interpreter.h"

/*
 * What distributions put behind a name or its version: CPython's ABI flags and builds of their
 * own.
 */
static const char *const builds[] = {
	"",
	"d",
	"m",
	"dm",
	"u",
	"mu",
	"dmu",
	"t",
	"td",
	"-dbg",
	"-debug",
	"-static",
	"-minimal",
	"-cgi",
	"-cli",
	"-intel64",
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of a version such as "3.11", "-5.9" or "93" at the start of rest, 0 without one. */
static size_t
version_length(const char *rest, size_t length)
{
	size_t i = length > 1 && rest[0] == '-' ? 1 : 0;

	if (i == length || !is_digit(rest[i]))
		return 0;
	while (i < length && (is_digit(rest[i]) || rest[i] == '.'))
		i++;
	return i;
}

static bool
is_build(const char *rest, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(builds); i++)
		if (strlen(builds[i]) == length && memcmp(builds[i], rest, length) == 0)
			return true;
	return false;
}

static bool
is_version_or_build(const char *rest, size_t length)
{
	size_t version = version_length(rest, length);

	/* "shm" is no shell: an ABI letter stands behind a version only. */
	if (version == 0 && length > 0 && rest[0] != '-')
		return false;
	return is_build(&rest[version], length - version);
}

const char *
lw_interpreter_word(const char **list, size_t *length)
{
	const char *word = &(*list)[strspn(*list, " ")];

	*length = strcspn(word, " ");
	*list = &word[*length];
	return word;
}

/* busybox knows itself by the beginning of its name. */
static bool
is_named(const struct lw_interpreter *i, const char *name, size_t length)
{
	const char *names = i->names;
	size_t n;

	for (const char *word = lw_interpreter_word(&names, &n); n > 0;
		word = lw_interpreter_word(&names, &n))
		if (length >= n && memcmp(word, name, n) == 0 &&
			(i->traits & LW_TRAIT_MULTICALL ||
				is_version_or_build(&name[n], length - n)))
			return true;
	return false;
}

/* '*' stands for any bytes, also none. */
static bool
is_like(const char *pattern, size_t pattern_length, const char *name, size_t length)
{
	size_t p = 0, n = 0, star = SIZE_MAX, again = 0;

	while (n < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			again = n;
		} else if (p < pattern_length && pattern[p] == name[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++again;
		} else {
			return false;
		}
	}
	while (p < pattern_length && pattern[p] == '*')
		p++;
	return p == pattern_length;
}

static bool
is_like_one_of(const char *names, const char *name, size_t length)
{
	size_t n;

	for (const char *word = lw_interpreter_word(&names, &n); n > 0;
		word = lw_interpreter_word(&names, &n))
		if (is_like(word, n, name, length))
			return true;
	return false;
}

const struct lw_interpreter *
lw_interpreter_find(const struct lw_interpreters *more, const char *name, size_t length)
{
	for (size_t i = 0; length > 0 && more && i < more->count; i++)
		if (is_like_one_of(more->items[i].names, name, length))
			return &more->items[i];
	for (size_t i = 0; i < lw_interpreter_count; i++)
		if (is_named(&lw_interpreter_rows[i], name, length))
			return &lw_interpreter_rows[i];
	return NULL;
}

const struct lw_interpreter *
lw_interpreter_of(enum lw_language language)
{
	for (size_t i = 0; language != LW_LANGUAGE_OTHER && i < lw_interpreter_count; i++)
		if (lw_interpreter_rows[i].language == language)
			return &lw_interpreter_rows[i];
	return NULL;
}

enum lw_language
lw_interpreter_language(const char *name, size_t length)
{
	const struct lw_interpreter *i = lw_interpreter_find(NULL, name, length);

	return i ? i->language : LW_LANGUAGE_NONE;
}

bool
lw_interpreter_is_loader(const char *name, size_t length)
{
	static const char *const prefixes[] = {"ld-", "ld.so", "ld64.so"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (length >= n && memcmp(name, prefixes[i], n) == 0)
			return memmem(name, length, ".so", 3) != NULL;
	}
	return false;
}

const char *
lw_interpreter_base_name(const char *path, size_t length, size_t *base_length)
{
	size_t at = length;

	while (at > 0 && path[at - 1] != '/')
		at--;
	*base_length = length - at;
	return &path[at];
}
