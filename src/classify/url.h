/*
 * url: a URL in its canonical form, and the expressions that lists of URLs are searched for, as
 * Safe Browsing's documentation defines both ("URLs and Hashing",
 * https://developers.google.com/safe-browsing/v4/urls-hashing). Pure, over bytes of others.
 *
 * Beyond that document: a host in brackets is normalised as IPv6 and, where it stands for an IPv4
 * address, as that (as version 5 has it); of a URL of more than LW_URL_MAX bytes the rest is left
 * out, so that the expressions of its host and first folders remain what they are.
 */
#ifndef LW_CLASSIFY_URL_H
#define LW_CLASSIFY_URL_H

#include "base/util.h"

#define LW_URL_MAX 2048u /* bytes of a URL that are looked at */
#define LW_URL_SCHEME_SIZE 16
#define LW_URL_PART_SIZE (3 * LW_URL_MAX + 64) /* each byte escaped, an address spelt out, a NUL */
#define LW_URL_EXPRESSION_SIZE LW_URL_PART_SIZE /* the parts have room together */
#define LW_URL_EXPRESSIONS_MAX 30 /* 5 hosts and 6 paths */

/* Each part is escaped and ends in NUL. */
struct lw_url {
	char scheme[LW_URL_SCHEME_SIZE]; /* "http" where the URL has none */
	char host[LW_URL_PART_SIZE];
	char path[LW_URL_PART_SIZE]; /* begins with "/" */
	char query[LW_URL_PART_SIZE]; /* without its "?" */
	bool has_query; /* it may be empty */
	bool is_address; /* the host is one, and has no other names above it */
};

/* Returns 0, or -EINVAL for what has no host or a scheme that lists do not know. */
int lw_url_canonicalise(const void *bytes, size_t length, struct lw_url *out);
/*
 * Writes the next expression, host and path, and ends it in NUL; *at is 0 before the first. Returns
 * its length, 0 after the last. The first is the URL itself without scheme.
 */
size_t lw_url_expression(const struct lw_url *url, unsigned *at, char out[LW_URL_EXPRESSION_SIZE]);

#endif
