/*
 * url_find: the URLs in the arguments of a process. Pure, linear in time, over bytes of others.
 *
 * A URL is what begins with http, https, ftp or ftps and "://". An argument that is one, or an
 * option with one behind its "=", is taken whole. In other text (a shell's -c) it ends where a
 * shell or a programming language would end it. After the word curl, wget or another downloader,
 * what looks like a host with or without a path is a URL, too, up to the end of that command.
 */
#ifndef LW_CLASSIFY_URL_FIND_H
#define LW_CLASSIFY_URL_FIND_H

#include "base/util.h"

#define LW_URLS_MAX 64 /* of one text; those after them are not found */

struct lw_url_text {
	const char *text; /* NUL-separated arguments */
	size_t length;
	size_t at; /* what lies before has been looked at; 0 at the start */
	size_t covered; /* up to here lies a URL that has been found */
	bool fetching; /* the words here belong to a downloader */
	unsigned count; /* found so far */
};

/* The next URL; NULL after the last. It lies in the text. */
const char *lw_url_next(struct lw_url_text *t, size_t *length);

#endif
