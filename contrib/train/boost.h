/*
 * boost: gradient-boosted trees on logistic loss over the dense features and linear scores, with
 * histograms of at most 64 bins. They begin from a margin of each sample's own.
 */
#ifndef LW_TRAIN_BOOST_H
#define LW_TRAIN_BOOST_H

#include "classify/model.h"

struct boost_options {
	uint32_t trees, depth;
	double rate, lambda, least_weight;
	double rows, columns; /* shares that a tree sees */
	uint64_t seed;
};

struct boost_data {
	size_t count;
	const float (*input)[LW_INPUT_COUNT];
	const bool *malicious;
	const float *weight, *margin;
};

struct boost {
	struct lw_model_node *nodes; /* roots first, as in the model file */
	uint32_t tree_count, node_count;
};

void boost_fit(struct boost *out, const struct boost_data *data, const struct boost_options *o);
void boost_free(struct boost *b);

#endif
