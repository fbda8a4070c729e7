#include "linear.h"

#include <math.h>
#include <string.h>

#define DAMPING 32 /* as in classify/model.c */

struct problem {
	const struct samples *s;
	const uint32_t *which;
	size_t count;
	double *weights, bias;
	double *alpha;
	bool *use; /* kinds that enough clusters have */
	double cost;
};

static void
choose_kinds(struct problem *p, uint32_t least)
{
	uint64_t *last = calloc(LW_FEATURE_COUNT, sizeof(*last));
	uint32_t *clusters = calloc(LW_FEATURE_COUNT, sizeof(*clusters));

	for (size_t i = 0; i < p->count; i++) {
		const struct sample *one = &p->s->items[p->which[i]];

		for (uint32_t k = 0; k < one->kind_count; k++)
			if (last[one->kinds[k]] != one->cluster) {
				last[one->kinds[k]] = one->cluster;
				clusters[one->kinds[k]]++;
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
	double y = one->malicious ? 1 : -1;
	double x = 1 / sqrt(one->kind_count + DAMPING);
	double diagonal = 0.5 / (p->cost * one->weight);
	double sum = 0, square = 1;

	for (uint32_t k = 0; k < one->kind_count; k++) {
		if (!p->use[one->kinds[k]])
			continue;
		sum += p->weights[one->kinds[k]];
		square += x * x;
	}
	double gradient = y * (sum * x + p->bias) - 1 + diagonal * p->alpha[i];
	double next = fmax(0, p->alpha[i] - gradient / (square + diagonal));
	double change = (next - p->alpha[i]) * y;

	p->alpha[i] = next;
	if (change == 0)
		return 0;
	for (uint32_t k = 0; k < one->kind_count; k++)
		if (p->use[one->kinds[k]])
			p->weights[one->kinds[k]] += change * x;
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
	struct problem p = {.s = s, .which = which, .count = count, .cost = options->cost};
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
