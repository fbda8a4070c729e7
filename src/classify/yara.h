/*
 * yara: judges contents by YARA rules (libyara 4.2 or newer; https://yara.readthedocs.io). yara.c
 * is the only file that knows libyara; yara-none.c stands in where it is not built in, and takes
 * no rules.
 *
 * Rules are compiled when a configuration comes, before a content is judged by it. They can't
 * include files, and import only the modules that do without any. A rule may say by itself what a
 * match means: meta verdict = "malicious" (what it is without), "suspicious" or "none".
 * Contents are scanned in memory of our own, so nobody can cut them short meanwhile; libyara's
 * signal handlers stay unused.
 */
#ifndef LW_CLASSIFY_YARA_H
#define LW_CLASSIFY_YARA_H

#include "layerwatch/facts.h"

#define LW_YARA_DETAIL 200 /* bytes of an error with its NUL */
#define LW_YARA_MATCHES 4 /* rules named of one content */
#define LW_YARA_NAME (LW_REASON_SIZE - 6) /* with "yara: " it fits into a reason */
#define LW_YARA_SCAN_MAX (32u * 1024 * 1024) /* bytes of a content that are scanned */
#define LW_YARA_SUSPICIOUS 0.7f /* score of a match whose rule says suspicious */

struct lw_yara;

struct lw_yara_matches {
	enum lw_verdict verdict; /* the strongest; unknown = no rule that says one */
	size_t count; /* of names; more may have matched */
	char names[LW_YARA_MATCHES][LW_YARA_NAME]; /* the strongest first */
	bool partial; /* not all of it was scanned, or not in time */
};

/* What a verdict of the rules adds to a score. */
static inline float
lw_yara_score(enum lw_verdict verdict)
{
	if (verdict == LW_VERDICT_MALICIOUS)
		return 1.0f;
	return verdict == LW_VERDICT_SUSPICIOUS ? LW_YARA_SUSPICIOUS : 0.0f;
}

/* Once, before the sandbox. 0 or a negative errno. */
int lw_yara_start(void);

/*
 * Compiles the rules of such a text (policy/rule_files.h); *out stays NULL where it has none.
 * Returns 0, 1 with "FILE:LINE: reason" in detail, or a negative errno.
 */
int lw_yara_load(
	const char *text, size_t length, struct lw_yara **out, char detail[LW_YARA_DETAIL]);
struct lw_yara *lw_yara_free(struct lw_yara *y); /* always NULL */
void lw_yara_freep(struct lw_yara **y);

/* Rules in it; 0 for NULL. */
size_t lw_yara_count(const struct lw_yara *y);

/* Scans bytes for timeout_us at most (0 = no bound). y may be NULL: nothing matches. */
void lw_yara_scan(struct lw_yara *y, const void *bytes, size_t n, uint64_t timeout_us,
	struct lw_yara_matches *out);

#endif
