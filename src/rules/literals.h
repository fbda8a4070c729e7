/*
 * literals: where which of many texts occur in another, in one pass.
 *
 * literals-hyperscan.c does it with Hyperscan (or Vectorscan, its port to other machines: the same
 * API), literals-plain.c by an Aho-Corasick automaton of our own where it is not built in. What
 * Debian 12 has was weighed: no library of Aho-Corasick in C is packaged; RE2's sets are C++ and
 * made for regular expressions; YARA's automaton can't be had without its rules. Hyperscan is
 * kept well by two communities, plain C to its callers, and needs memory alone, so that it
 * works in a process without a filesystem. Called by the rule set only.
 */
#ifndef LW_RULES_LITERALS_H
#define LW_RULES_LITERALS_H

#include "base/util.h"

struct lw_literal {
	const uint8_t *bytes; /* at least one; any byte */
	size_t length;
	bool once; /* one hit is enough: the first is told, the others may be */
};

struct lw_literals;
/* What scans of all automata of a set share. One scan at a time. */
struct lw_literals_scratch;

/* Literal `id` ends at text[end - 1]. */
typedef void (*lw_literals_hit)(void *data, uint32_t id, size_t end);

/* Compiles; ids are indexes. Grows *scratch (NULL at first). 0, -ENOMEM or -EINVAL. */
int lw_literals_new(const struct lw_literal *literals, size_t count,
	struct lw_literals_scratch **scratch, struct lw_literals **out);
struct lw_literals *lw_literals_free(struct lw_literals *l); /* always NULL */
struct lw_literals_scratch *lw_literals_scratch_free(struct lw_literals_scratch *s); /* NULL */

void lw_literals_scan(const struct lw_literals *l, struct lw_literals_scratch *scratch,
	const uint8_t *text, size_t length, lw_literals_hit hit, void *data);

const char *lw_literals_engine(void);

#endif
