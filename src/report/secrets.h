/*
 * secrets: finds what looks like a secret in a text: one scanner for each known shape, in a table.
 * Linear in time: scanners start only at their trigger byte, and what one has walked over is either
 * skipped or bounded. Pure; for redact.
 */
#ifndef LW_REPORT_SECRETS_H
#define LW_REPORT_SECRETS_H

#include "base/util.h"

struct lw_range {
	size_t start, end; /* bytes [start, end) */
};

/* The first secret that begins at or after `from`; false when there is none. */
bool lw_secret_find(const char *text, size_t length, size_t from, struct lw_range *out);

/* Does this name (of a variable, key or flag) say that its value is secret? */
bool lw_secret_name(const char *name, size_t length);

#endif
