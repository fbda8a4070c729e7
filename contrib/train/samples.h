/*
 * samples: the labelled texts that a model is made from, as features.
 */
#ifndef LW_TRAIN_SAMPLES_H
#define LW_TRAIN_SAMPLES_H

#include "classify/model.h"

#define FOLDS 5
#define SKETCH 128

enum scheme { BY_CLUSTER, BY_SOURCE, SCHEMES };

struct sample {
	char id[40];
	uint8_t language;
	bool malicious;
	bool found; /* not made for training: thresholds are set by such */
	float weight;
	uint64_t cluster;
	uint8_t fold[SCHEMES];
	uint32_t count, step_count, kind_count;
	uint32_t *entries, *steps; /* as in struct lw_features */
	uint32_t *kinds; /* entries once each, ascending */
	uint32_t *grams, gram_count; /* as in struct lw_features */
	float dense[LW_DENSE_COUNT];
	float linear[LW_LINEAR_COUNT]; /* by a model that has not seen this sample */
	uint64_t sketch[SKETCH]; /* of its shape: the smallest hashes */
	uint32_t sketch_count;
	uint64_t *shape; /* tokens, until the sketch is made */
	uint32_t shape_count;
	uint32_t *plain, plain_count; /* of floor.h, where they are wanted: once each, ascending */
};

struct samples {
	struct sample *items;
	size_t count, room;
	struct lw_features *scratch;
	bool floor; /* what floor.h needs is kept, too */
};

/*
 * Reads frames from a stream: a line "id TAB language TAB malicious TAB weight TAB cluster TAB
 * source group TAB found TAB bytes", then the bytes. 0 or -1 after a message.
 */
int samples_read(struct samples *s, FILE *in);
void samples_free(struct samples *s);

/* Puts a sample's sparse features back into scratch. */
void sample_restore(const struct sample *one, struct lw_features *scratch);

/* Sketches of every text's shape: tokens in fours, rare words masked. */
void samples_sketch(struct samples *s, enum lw_language language);
/* The estimated likeness (Jaccard, 0-1) of two shapes. */
float sketch_likeness(const struct sample *a, const struct sample *b);

/* A generator of numbers that are the same in every run. */
uint64_t next_random(uint64_t *state);
void shuffle(uint32_t *items, size_t count, uint64_t *state);

#endif
