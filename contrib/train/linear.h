/*
 * linear: a support vector machine with squared hinge loss over the sparse features, or the grams,
 * by coordinate descent in the dual (Hsieh and others, ICML 2008, as in liblinear's -s 1).
 */
#ifndef LW_TRAIN_LINEAR_H
#define LW_TRAIN_LINEAR_H

#include "samples.h"

struct linear {
	int8_t weights[LW_FEATURE_COUNT]; /* as in the model file */
	float scale, bias;
};

struct linear_options {
	bool grams; /* of these, not of the kinds of entries */
	double cost;
	uint32_t passes;
	uint32_t least_clusters; /* kinds that fewer clusters have are left out */
};

/* which: the samples to learn from. */
void linear_fit(struct linear *out, const struct samples *s, const uint32_t *which, size_t count,
	const struct linear_options *options);

#endif
