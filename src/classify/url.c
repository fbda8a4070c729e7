/*
 * The steps of the document in its order: tab, CR and LF out, fragment off, escapes undone until
 * there are none, then the parts, each by its own rules, then what is not printable is escaped.
 */
#include <errno.h>
#include <string.h>

#include "classify/url.h"
#include "classify/url_host.h"

#define HOST_ROOM 64 /* that a host can grow by when it is an address */
#define LABELS_MAX 5 /* of a host that is not the exact one */
#define EXACT_PATHS 2 /* with and without the query */
#define PATHS 6 /* with the root and its folders */

static const char *const schemes[] = {"http", "https", "ftp", "ftps"};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Undoes escapes until there are none. One pass does it: an escape that others make up ends with
 * the byte that was just put, so it is enough to look back from there.
 */
static size_t
unescape(const char *in, size_t length, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		out[n++] = in[i];
		while (n >= 3 && out[n - 3] == '%' && hex_digit(out[n - 2]) >= 0 &&
			hex_digit(out[n - 1]) >= 0) {
			out[n - 3] = hex_digit(out[n - 2]) << 4 | hex_digit(out[n - 1]);
			n -= 2;
		}
	}
	return n;
}

/* Trims blanks, leaves tab, CR and LF out, and ends at the fragment. */
static size_t
strip(const char *in, size_t length, char *out)
{
	size_t n = 0, at = 0;

	while (at < length && in[at] == ' ')
		at++;
	while (length > at && in[length - 1] == ' ')
		length--;
	for (; at < length && n < LW_URL_MAX && in[at] != '#'; at++)
		if (in[at] != '\t' && in[at] != '\r' && in[at] != '\n')
			out[n++] = in[at];
	return n;
}

static void
escape(char out[LW_URL_PART_SIZE], const char *in, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < length && n + 3 < LW_URL_PART_SIZE; i++) {
		uint8_t c = in[i];

		if (c > ' ' && c < 0x7f && c != '#' && c != '%') {
			out[n++] = c;
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = '\0';
}

/* Takes "scheme://" off; *at is where the rest begins. A text without one is http. */
static bool
take_scheme(const char *text, size_t length, size_t *at, char out[LW_URL_SCHEME_SIZE])
{
	const char *end = memmem(text, length, "://", 3);
	size_t n = end ? (size_t)(end - text) : 0;

	*at = 0;
	lw_copy_string(out, LW_URL_SCHEME_SIZE, schemes[0]);
	/* "host/?u=http://other" has none: a scheme holds no such characters. */
	if (!end || memchr(text, '/', n) || memchr(text, '?', n) || memchr(text, '.', n))
		return true;
	for (size_t i = 0; i < LW_ARRAY_SIZE(schemes); i++) {
		if (strlen(schemes[i]) == n && strncasecmp(text, schemes[i], n) == 0) {
			lw_copy_string(out, LW_URL_SCHEME_SIZE, schemes[i]);
			*at = n + 3;
			return true;
		}
	}
	return false;
}

/* User and password in front and the port behind are no part of it. */
static void
trim_authority(const char **host, size_t *length)
{
	const char *at = memrchr(*host, '@', *length);
	size_t end;

	if (at) {
		*length -= at + 1 - *host;
		*host = at + 1;
	}
	for (end = *length; end > 0 && (*host)[end - 1] >= '0' && (*host)[end - 1] <= '9'; end--)
		;
	if (end > 0 && (*host)[end - 1] == ':')
		*length = end - 1;
}

static bool
is_dots(const char *component, size_t length)
{
	return length > 0 && length <= 2 && component[0] == '.' && component[length - 1] == '.';
}

/* Resolves "." and "..", several slashes are one. Returns the length; out begins with "/". */
static size_t
resolve(const char *path, size_t length, char *out)
{
	size_t n = 1;

	out[0] = '/';
	for (size_t at = 0; at < length;) {
		const char *slash = memchr(&path[at], '/', length - at);
		size_t size = slash ? (size_t)(slash - &path[at]) : length - at;

		if (size == 2 && is_dots(&path[at], size)) {
			while (n > 1 && out[n - 2] != '/')
				n--;
			n -= n > 1;
		} else if (size > 0 && !is_dots(&path[at], size)) {
			memcpy(&out[n], &path[at], size);
			n += size;
			if (slash)
				out[n++] = '/';
		}
		at += size + (slash != NULL);
	}
	return n;
}

static int
split(const char *text, size_t length, struct lw_url *out)
{
	char scratch[LW_URL_MAX + HOST_ROOM];
	const char *query = memchr(text, '?', length), *host = text, *slash;
	size_t before = query ? (size_t)(query - text) : length, host_length;

	out->has_query = query != NULL;
	escape(out->query, query ? &query[1] : "", query ? length - before - 1 : 0);
	slash = memchr(text, '/', before);
	host_length = slash ? (size_t)(slash - text) : before;
	before -= host_length;
	trim_authority(&host, &host_length);
	memcpy(scratch, host, host_length);
	host_length = lw_url_host(scratch, host_length, sizeof(scratch), &out->is_address);
	if (host_length == 0)
		return -EINVAL;
	escape(out->host, scratch, host_length);
	escape(out->path, scratch, resolve(slash ? slash : "", before, scratch));
	return 0;
}

int
lw_url_canonicalise(const void *bytes, size_t length, struct lw_url *out)
{
	char stripped[LW_URL_MAX], text[LW_URL_MAX];
	size_t n = unescape(stripped, strip(bytes, length, stripped), text), at;

	if (!take_scheme(text, n, &at, out->scheme))
		return -EINVAL;
	return split(&text[at], n - at, out);
}

/* Where the last `labels` labels of a host begin; NULL when it has no more than these. */
static const char *
last_labels(const char *host, unsigned labels)
{
	for (size_t at = strlen(host); at > 0; at--)
		if (host[at - 1] == '.' && --labels == 0)
			return &host[at];
	return NULL;
}

/* The exact host, then its last five labels, four, three and two; NULL where that is none more. */
static const char *
host_at(const struct lw_url *url, unsigned i)
{
	if (i == 0)
		return url->host;
	return url->is_address ? NULL : last_labels(url->host, LABELS_MAX + 1 - i);
}

/* The length of the path's first folders with their slashes; 0 when the path has no more. */
static size_t
folders_length(const char *path, unsigned slashes)
{
	size_t at = 0;

	for (; path[at]; at++)
		if (path[at] == '/' && --slashes == 0)
			break;
	return path[at] && path[at + 1] ? at + 1 : 0;
}

/* The exact path with its query, without, then the root and its folders one by one. */
static size_t
path_at(const struct lw_url *url, unsigned i, char *out, size_t size)
{
	size_t length = i < EXACT_PATHS ? strlen(url->path)
					: folders_length(url->path, i - EXACT_PATHS + 1);
	int n;

	if (length == 0 || (i == 0 && url->query[0] == '\0'))
		return 0;
	n = snprintf(out, size, "%.*s%s%s", (int)length, url->path, i == 0 ? "?" : "",
		i == 0 ? url->query : "");
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t
lw_url_expression(const struct lw_url *url, unsigned *at, char out[LW_URL_EXPRESSION_SIZE])
{
	while (*at < LW_URL_EXPRESSIONS_MAX) {
		const char *host = host_at(url, *at / PATHS);
		size_t length = host ? strlen(host) : 0, path;
		unsigned which = (*at)++ % PATHS;

		if (!host)
			continue;
		lw_copy_string(out, LW_URL_EXPRESSION_SIZE, host);
		path = path_at(url, which, &out[length], LW_URL_EXPRESSION_SIZE - length);
		if (path > 0)
			return length + path;
	}
	return 0;
}
