#include "linear.h"

#include <math.h>
#include <string.h>

#define DAMPING 32 /* as in classify/model.c */

struct list {
	const uint32_t *items;
	uint32_t count;
};

struct problem {
	const struct samples *s;
	const uint32_t *which;
	size_t count;
	double *weights, bias;
	double *alpha;
	bool *use; /* kinds that enough clusters have */
	double cost;
	bool grams;
};

static struct list
list_of(const struct problem *p, const struct sample *one)
{
	return p->grams ? (struct list){one->grams, one->gram_count}
			: (struct list){one->kinds, one->kind_count};
}

static void
choose_kinds(struct problem *p, uint32_t least)
{
	uint64_t *last = calloc(LW_FEATURE_COUNT, sizeof(*last));
	uint32_t *clusters = calloc(LW_FEATURE_COUNT, sizeof(*clusters));

	for (size_t i = 0; i < p->count; i++) {
		const struct sample *one = &p->s->items[p->which[i]];

		struct list kinds = list_of(p, one);

		for (uint32_t k = 0; k < kinds.count; k++)
			if (last[kinds.items[k]] != one->cluster) {
				last[kinds.items[k]] = one->cluster;
				clusters[kinds.items[k]]++;
			}
	}
	for (size_t i = 0; i < LW_FEATURE_COUNT; i++)
		p->use[i] = clusters[i] >= least;
	free(last);
	free(clusters);
}

static double
step(struct problem *p, size_t i)
{
	const struct sample *one = &p->s->items[p->which[i]];
	struct list kinds = list_of(p, one);
	double y = one->malicious ? 1 : -1;
	double x = 1 / sqrt(kinds.count + DAMPING);
	double diagonal = 0.5 / (p->cost * one->weight);
	double sum = 0, square = 1;

	for (uint32_t k = 0; k < kinds.count; k++) {
		if (!p->use[kinds.items[k]])
			continue;
		sum += p->weights[kinds.items[k]];
		square += x * x;
	}
	double gradient = y * (sum * x + p->bias) - 1 + diagonal * p->alpha[i];
	double next = fmax(0, p->alpha[i] - gradient / (square + diagonal));
	double change = (next - p->alpha[i]) * y;

	p->alpha[i] = next;
	if (change == 0)
		return 0;
	for (uint32_t k = 0; k < kinds.count; k++)
		if (p->use[kinds.items[k]])
			p->weights[kinds.items[k]] += change * x;
	p->bias += change;
	return fabs(change);
}

/* Square-root steps: small weights keep their precision beside large ones. */
static void
quantise(struct linear *out, const double *weights)
{
	double most = 1e-9;

	for (size_t i = 0; i < LW_FEATURE_COUNT; i++)
		most = fmax(most, fabs(weights[i]));
	out->scale = most / (127 * 127);
	for (size_t i = 0; i < LW_FEATURE_COUNT; i++) {
		double root = sqrt(fabs(weights[i]) / out->scale);

		out->weights[i] = lrint(weights[i] < 0 ? -root : root);
	}
}

void
linear_fit(struct linear *out, const struct samples *s, const uint32_t *which, size_t count,
	const struct linear_options *options)
{
	struct problem p = {.s = s,
		.which = which,
		.count = count,
		.cost = options->cost,
		.grams = options->grams};
	uint32_t *order = malloc(count * sizeof(*order));
	uint64_t random = 20261122;

	p.weights = calloc(LW_FEATURE_COUNT, sizeof(double));
	p.use = calloc(LW_FEATURE_COUNT, sizeof(bool));
	p.alpha = calloc(count, sizeof(double));
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	choose_kinds(&p, options->least_clusters);
	for (uint32_t pass = 0; pass < options->passes; pass++) {
		shuffle(order, count, &random);
		for (size_t i = 0; i < count; i++)
			step(&p, order[i]);
	}
	quantise(out, p.weights);
	out->bias = p.bias;
	free(p.weights);
	free(p.use);
	free(p.alpha);
	free(order);
}
