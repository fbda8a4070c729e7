/*
 * judge: a script in, a verdict with its reasons out: what the model says of the text and of every
 * layer that decoding finds in it (decode.h), and the YARA rules of every layer; the worst counts.
 *
 * Pure over hostile bytes, bounded in time and memory whatever they are. Languages that the model
 * has no section for are judged by the rules marked `alone` (behaviours.h), which call short texts
 * malicious and others suspicious. Without a language there is no code, and nothing is said.
 */
#ifndef LW_CLASSIFY_JUDGE_H
#define LW_CLASSIFY_JUDGE_H

#include "classify/model.h"
#include "classify/yara.h"
#include "layerwatch/facts.h"

/* What scripts are judged by; whatever is absent says nothing. */
struct lw_judge_by {
	const struct lw_model *model;
	struct lw_yara *yara; /* of layers; the text itself is its caller's to scan, as a file */
	uint64_t deadline_us; /* of those scans, CLOCK_MONOTONIC; 0 = none */
};

struct lw_judgement {
	enum lw_verdict verdict; /* malicious, suspicious or unknown */
	double score; /* 0-1: the probability that the text is malicious */
	uint32_t reason_count; /* 0 when the verdict is unknown */
	char reasons[LW_REASONS_MAX][LW_REASON_SIZE];
	/* of the layer that this is said of; line 0 = of the text itself */
	struct lw_layer_excerpt decoded;
	bool rules_partial; /* the YARA rules have not seen every layer, or not in time */
};

/*
 * The worse of two stays, by verdict and then by score; its score is the higher one of both: no
 * layer makes a text look better.
 */
void lw_judgement_add(struct lw_judgement *worst, const struct lw_judgement *one);

/* Room to work in, made once. */
struct lw_judge;
int lw_judge_new(struct lw_judge **out); /* 0 or -ENOMEM */
struct lw_judge *lw_judge_free(struct lw_judge *j); /* always NULL */
void lw_judge_freep(struct lw_judge **j);

/*
 * Of a text longer than LW_FEATURE_TEXT_MAX its beginning, its end and its longest lines are judged
 * together, and what lies between in pieces of that length.
 */
void lw_judge_script(struct lw_judge *j, const struct lw_judge_by *by, enum lw_language language,
	const uint8_t *bytes, size_t length, struct lw_judgement *out);

#endif
