/*
 * search: where which of many texts and regular expressions occur in another text, in one pass.
 *
 * search-hyperscan.c does it with Hyperscan (or Vectorscan, its port to other machines: the same
 * API), search-plain.c with an Aho-Corasick automaton of our own, and no regular expressions, where
 * it is not built in. What Debian 12 has was weighed: no library of Aho-Corasick in C is packaged;
 * RE2's sets are C++, and slow where thousands of plain texts are most of the work; YARA's
 * automaton can't be had without its rules. Hyperscan is kept well by two communities, plain C to
 * its callers, linear in the text whatever the expression, and needs memory alone, so that it works
 * in a process without a filesystem. Called by the rule set only.
 */
#ifndef LW_RULES_SEARCH_H
#define LW_RULES_SEARCH_H

#include "base/util.h"

/* What the search can say of an expression. */
enum lw_search_can {
	LW_SEARCH_NOTHING,
	LW_SEARCH_MAYBE, /* no hit: no match; a hit: to be looked at again */
	LW_SEARCH_EXACT,
};

/* A text to find, or an expression. */
struct lw_sought {
	const uint8_t *bytes; /* at least one; any byte; an expression ends in NUL */
	size_t length;
	bool once; /* one hit is enough: the first is told, the others may be */
	enum lw_search_can can; /* of an expression, which is not NOTHING; a text: NOTHING */
	unsigned flags; /* of an expression: LW_REGEX_* */
};

struct lw_search;
/* What scans by all searches of a set share. One scan at a time. */
struct lw_search_scratch;

/* Row `id` ends at text[end - 1]; of an expression that is maybe not the first end. */
typedef void (*lw_search_hit)(void *data, uint32_t id, size_t end);

/* Of an expression that PCRE2 takes. Whether it compiles, with others, is seen when it is. */
enum lw_search_can lw_search_can(const char *text, unsigned flags);

/*
 * Compiles rows that are all texts, or all expressions of which something can be said, each but
 * once; ids are indexes. Grows *scratch (NULL at first). Returns 0, -ENOMEM, -ENOTSUP on a CPU that
 * Hyperscan is not for, or -EINVAL with the row that is to blame in *bad (or `count`).
 */
int lw_search_new(const struct lw_sought *rows, size_t count, struct lw_search_scratch **scratch,
	struct lw_search **out, size_t *bad);
struct lw_search *lw_search_free(struct lw_search *s); /* always NULL */
struct lw_search_scratch *lw_search_scratch_free(struct lw_search_scratch *s); /* always NULL */

void lw_search_scan(const struct lw_search *s, struct lw_search_scratch *scratch,
	const uint8_t *text, size_t length, lw_search_hit hit, void *data);

const char *lw_search_engine(void);

#endif
