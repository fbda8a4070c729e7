/*
 * floor: the plain model that ours has to beat: a logistic regression over hashed words, in ones
 * and twos, and characters, in threes to fives. It learns from the same texts with the same weights
 * and is tested in the same folds. Nothing of it is in the daemon.
 */
#ifndef LW_TRAIN_FLOOR_H
#define LW_TRAIN_FLOOR_H

#include "samples.h"

#define FLOOR_GRAMS (1u << 20)

struct floor {
	double weights[FLOOR_GRAMS], bias;
};

/* Keeps a text's grams, once each. */
void floor_keep(struct sample *one, const uint8_t *text, size_t length);
void floor_fit(struct floor *out, const struct samples *s, const uint32_t *which, size_t count);
double floor_score(const struct floor *f, const struct sample *one);

#endif
