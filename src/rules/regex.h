/*
 * regex: one regular expression of a rule, by PCRE2, which is included here and nowhere else. It
 * is sought anywhere in the text. Without just-in-time code: the process may not make memory
 * executable. Compiled when rules are loaded, before a hostile byte is read.
 *
 * A search takes at most LW_REGEX_STEPS steps over all its starting points (PCRE2 counts its match
 * limit anew for each, so the expression is compiled to begin at the start with ".*?" before it),
 * and LW_REGEX_HEAP_KIB of memory. Beyond that it is given up: the caller counts it.
 */
#ifndef LW_RULES_REGEX_H
#define LW_RULES_REGEX_H

#include "base/util.h"

#define LW_REGEX_BYTES_MAX 2048u /* of the expression */
#define LW_REGEX_STEPS 200000u
#define LW_REGEX_DEPTH 20000u
#define LW_REGEX_HEAP_KIB 4096u
#define LW_REGEX_REASON_SIZE 128

enum {
	LW_REGEX_CASELESS = 1 << 0, /* |i */
	LW_REGEX_MULTILINE = 1 << 1, /* |m: ^ and $ at each line */
	LW_REGEX_DOTALL = 1 << 2, /* |s: "." is a newline, too */
};

struct lw_regex;

/* Returns 0, 1 with the reason where it is none that can be taken, or -ENOMEM. */
int lw_regex_new(const char *text, size_t length, unsigned flags, struct lw_regex **out,
	char reason[LW_REGEX_REASON_SIZE]);
struct lw_regex *lw_regex_free(struct lw_regex *r); /* always NULL */

/* 1 = found, 0 = not, -E2BIG = given up. */
int lw_regex_search(struct lw_regex *r, const char *text, size_t length);

/*
 * Bytes that every text with a match must hold (compared without case where the expression is
 * caseless); NULL = not known. For the search ahead of the search.
 */
const uint8_t *lw_regex_literal(const struct lw_regex *r, size_t *length);

#endif
