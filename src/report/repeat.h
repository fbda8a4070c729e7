/*
 * repeat: keeps a finding that says nothing new from being told again: folds repeats of (container,
 * detector, outcome, hash or path) within a window, and bounds the alerts of one container per
 * minute. What was held back is counted and told. Owned by report; bounded: the entry used longest
 * ago makes room.
 */
#ifndef LW_REPORT_REPEAT_H
#define LW_REPORT_REPEAT_H

#include "layerwatch/messages.h"
#include "base/util.h"
#include "report/detector.h"

#define LW_REPEAT_ENTRIES 4096
#define LW_REPEAT_CONTAINERS 1024
#define LW_MINUTE_US 60000000ull

struct lw_repeat;

/* What makes two findings the same. */
struct lw_repeat_key {
	uint32_t dev_major, dev_minor;
	const struct lw_detector *detector; /* NULL: rule tells instead */
	const char *rule; /* id of a detection rule that was met, or NULL */
	enum lw_outcome outcome;
	bool urgent; /* denied, or malicious: its first is never held back by the rate */
	const void *identity; /* SHA-256, or path */
	size_t identity_length;
};

enum lw_repeat_outcome {
	LW_REPEAT_TELL,
	LW_REPEAT_FOLDED, /* told within the window: counted for the next one */
	LW_REPEAT_HELD_BACK, /* the container's rate is used up: counted for the summary */
};

/* One container whose findings were held back. */
struct lw_held_back {
	uint32_t dev_major, dev_minor;
	uint64_t count;
};

int lw_repeat_new(struct lw_repeat **out);
struct lw_repeat *lw_repeat_free(struct lw_repeat *r); /* always NULL */
/* window_us 0 = no folding; per_minute 0 = no limit. What is remembered stays. */
void lw_repeat_configure(struct lw_repeat *r, uint64_t window_us, uint32_t per_minute);
/* now_us: CLOCK_MONOTONIC. *repeats (for TELL): how many were folded or held back since the last
 * one that was told. */
enum lw_repeat_outcome lw_repeat_check(
	struct lw_repeat *r, const struct lw_repeat_key *key, uint64_t now_us, uint64_t *repeats);
/* Takes one container whose findings have been held back for a minute; false when there is none
 * now. */
bool lw_repeat_summary(struct lw_repeat *r, uint64_t now_us, struct lw_held_back *out);
/* Does a summary wait? Then ask again within a minute. */
bool lw_repeat_waits(const struct lw_repeat *r);
uint64_t lw_repeat_folded(const struct lw_repeat *r);

#endif
