#include <string.h>

#include "classify/url_list.h"

int
lw_url_lookup(const struct lw_hashset *list, struct lw_sha256 *h, const void *url, size_t length,
	struct lw_url_match *out)
{
	struct lw_url canonical;
	uint8_t digest[LW_SHA256_SIZE];
	unsigned at = 0;
	size_t n;

	if (lw_url_canonicalise(url, length, &canonical) < 0)
		return 0;
	while ((n = lw_url_expression(&canonical, &at, out->expression)) > 0) {
		int r = lw_sha256_begin(h);

		if (r == 0)
			r = lw_sha256_add(h, out->expression, n);
		if (r == 0)
			r = lw_sha256_end(h, digest);
		if (r < 0)
			return r;
		if (lw_hashset_has(list, digest))
			return 1;
	}
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A hosts file gives bad hosts an address that leads nowhere: where the host begins. */
static size_t
skip_address(const char *line, size_t length)
{
	static const char *const nowhere[] = {"0.0.0.0", "127.0.0.1"};

	for (size_t i = 0; i < LW_ARRAY_SIZE(nowhere); i++) {
		size_t n = strlen(nowhere[i]);

		if (length <= n || strncmp(line, nowhere[i], n) != 0 || !is_blank(line[n]))
			continue;
		while (n < length && is_blank(line[n]))
			n++;
		return n;
	}
	return 0;
}

static bool
has_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (is_blank(text[i]) || text[i] == '\0')
			return true;
	return false;
}

enum lw_hashset_line
lw_url_line(struct lw_sha256 *h, const char *line, size_t length, struct lw_hashset_entry *out,
	const char **why)
{
	struct lw_url url;
	char expression[LW_URL_EXPRESSION_SIZE];
	unsigned at = 0;
	size_t start = 0, n;

	while (length > 0 && is_blank(line[length - 1]))
		length--;
	while (start < length && is_blank(line[start]))
		start++;
	if (start == length || line[start] == '#')
		return LW_LINE_NOTHING;
	start += skip_address(&line[start], length - start);
	out->name[0] = '\0';
	if (has_blank(&line[start], length - start)) {
		*why = "more than a URL: one a line is wanted, its blanks as %20";
		return LW_LINE_BAD;
	}
	if (length - start > LW_URL_MAX) {
		*why = "the URL is too long";
		return LW_LINE_BAD;
	}
	if (lw_url_canonicalise(&line[start], length - start, &url) < 0) {
		*why = "not a URL of http, https or ftp, and not a host";
		return LW_LINE_BAD;
	}
	n = lw_url_expression(&url, &at, expression);
	if (lw_sha256_begin(h) < 0 || lw_sha256_add(h, expression, n) < 0 ||
		lw_sha256_end(h, out->digest) < 0) {
		*why = "its SHA-256 could not be made";
		return LW_LINE_BAD;
	}
	return LW_LINE_DIGEST;
}
