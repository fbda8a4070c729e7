/*
 * url_list: lists of URLs. They are hash lists of another kind (hashset.h), whose digests are of
 * the URLs' expressions: a listed host or folder stands for all that lies in it.
 *
 * Called by classify (lookup) and by `layerwatch hashset` (the lines that a list is made of).
 */
#ifndef LW_CLASSIFY_URL_LIST_H
#define LW_CLASSIFY_URL_LIST_H

#include "base/digest.h"
#include "classify/hashset.h"
#include "classify/hashset_line.h"
#include "classify/url.h"

struct lw_url_match {
	char expression[LW_URL_EXPRESSION_SIZE]; /* that is on the list: host and path, escaped */
};

/*
 * Is the URL, or a host or folder that it lies in, on the list? Returns 1 and fills *out with the
 * most exact one, 0, or a negative errno of the digest. What is no URL is on no list.
 */
int lw_url_lookup(const struct lw_hashset *list, struct lw_sha256 *h, const void *url,
	size_t length, struct lw_url_match *out);

/*
 * Reads a line without its end: a URL, an expression (host and path without a scheme), a host, or
 * a line of a hosts file (0.0.0.0 or 127.0.0.1 and one host). "#" begins a comment. *why says what
 * is wrong with a bad one. Never LW_LINE_OTHER.
 */
enum lw_hashset_line lw_url_line(struct lw_sha256 *h, const char *line, size_t length,
	struct lw_hashset_entry *out, const char **why);

#endif
