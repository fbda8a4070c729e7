#include <string.h>

#include "classify/url_find.h"

static const char *const schemes[] = {"http://", "https://", "ftp://", "ftps://"};
static const char *const downloaders[] = {
	"curl", "wget", "wget2", "aria2c", "axel", "fetch", "lynx", "http", "https", "xh"};

/* Where a word of a command line or of code ends. */
static bool
is_separator(char c)
{
	return (c >= 0 && c <= ' ') || (c != '\0' && strchr("\"'`<>|;&(){}\\", c));
}

/* Between two commands of a shell. */
static bool
ends_command(char c)
{
	return c != '\0' && strchr("\n;&|`()", c);
}

/* Does a scheme begin here? Returns its length. */
static size_t
scheme_at(const char *text, size_t length)
{
	for (size_t i = 0; i < LW_ARRAY_SIZE(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (length > n && strncasecmp(text, schemes[i], n) == 0)
			return n;
	}
	return 0;
}

/* Where a URL begins in a word, looked for by its "://"; *scheme is its length there. */
static size_t
find_scheme(const char *word, size_t length, size_t *scheme)
{
	for (size_t from = 0; from < length;) {
		const char *mark = memmem(&word[from], length - from, "://", 3);
		size_t end = mark ? (size_t)(mark - word) : length;

		/* The longest first: https ends in no other's name. */
		for (size_t back = 5; mark && back >= 3; back--) {
			if (end < back)
				continue;
			*scheme = scheme_at(&word[end - back], length - (end - back));
			if (*scheme == back + 3)
				return end - back;
		}
		from = end + 3;
	}
	return length;
}

static bool
is_downloader(const char *word, size_t length)
{
	const char *slash = memrchr(word, '/', length);
	size_t start = slash ? (size_t)(slash - word) + 1 : 0;

	for (size_t i = 0; i < LW_ARRAY_SIZE(downloaders); i++)
		if (strlen(downloaders[i]) == length - start &&
			memcmp(&word[start], downloaders[i], length - start) == 0)
			return true;
	return false;
}

static bool
is_host_character(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
	       c == '_' || c == '.';
}

/* "host.name", "host.name:80/path", or an address as one number. */
static bool
looks_like_host(const char *word, size_t length)
{
	size_t n = 0, dots = 0, digits = 0;

	for (; n < length && is_host_character(word[n]); n++) {
		dots += word[n] == '.' && n > 0 && n + 1 < length;
		digits += word[n] >= '0' && word[n] <= '9';
	}
	if (n == 0 || word[0] == '-' || word[0] == '.')
		return false;
	if (n < length && word[n] != '/' && word[n] != ':' && word[n] != '?' && word[n] != '#')
		return false;
	return dots > 0 || digits >= 8;
}

/* An argument that is a URL, or an option with one, is taken to its end. */
static bool
is_whole_argument(const char *argument, size_t length, size_t *start)
{
	const char *equals = memchr(argument, '=', length);

	*start = 0;
	if (argument[0] == '-' && equals)
		*start = equals + 1 - argument;
	return scheme_at(&argument[*start], length - *start) > 0;
}

/* The next word: [*start, the result). What was passed before it may end a downloader's command. */
static size_t
next_word(struct lw_url_text *t, size_t *start)
{
	size_t at = t->at;
	char quote = at > 0 ? t->text[at - 1] : '\0';

	for (; at < t->length && is_separator(t->text[at]); at++) {
		quote = t->text[at];
		t->fetching &= !ends_command(quote);
	}
	*start = at;
	if (quote == '\0' && at < t->length) {
		size_t length = strnlen(&t->text[at], t->length - at), from;

		if (is_whole_argument(&t->text[at], length, &from)) {
			*start = at + from;
			return at + length;
		}
	}
	while (at < t->length) {
		char c = t->text[at];

		/* In quotes "&" and its like are part of it. */
		if (quote == '"' || quote == '\'' ? (c >= 0 && c <= ' ') || c == quote
						  : is_separator(c))
			break;
		at++;
	}
	return at;
}

const char *
lw_url_next(struct lw_url_text *t, size_t *length)
{
	while (t->at < t->length && t->count < LW_URLS_MAX) {
		size_t start, end = next_word(t, &start), scheme = 0;
		const char *word = &t->text[start];
		size_t from = find_scheme(word, end - start, &scheme);

		if (from < end - start) {
			/* Another may lie in it: http://proxy/?u=http://other */
			t->at = start + from + scheme;
			t->covered = end;
			*length = end - start - from;
			t->count++;
			return &word[from];
		}
		t->at = end;
		if (t->fetching && start >= t->covered && looks_like_host(word, end - start)) {
			*length = end - start;
			t->count++;
			return word;
		}
		t->fetching |= is_downloader(word, end - start);
	}
	return NULL;
}
